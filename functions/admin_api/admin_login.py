"""Logging in as an administrator: user name and password from the channels secret, guessing slowed down."""

import hmac
from datetime import timedelta
from typing import Any

from admin_front import api
from pydantic import Field

from daojia.kernel.errors import UnavailableError
from daojia.kernel.ids import AccountId
from daojia.kernel.secrets import channel
from daojia.kernel.times import now as clock
from daojia.platform import throttle, tokens
from daojia.platform.errors import WrongPasswordError
from daojia.platform.passwords import matches
from daojia.platform.shapes import View, Wish
from daojia.platform.tokens import CallerRole, Session

TAG = "登录"
ATTEMPTS_MAX = 5
WINDOW = timedelta(minutes=15)


class PasswordLogin(Wish):
    """User name and password."""

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=200)


class RefreshWish(Wish):
    """The refresh token of a session."""

    refresh_token: str = Field(min_length=1, max_length=200)


class LoggedOut(View):
    """Nothing is left of the session but the access token, which ends within the hour."""

    ok: bool = True


@api.post(
    "/v1/admin/auth/login",
    tags=[TAG],
    summary="管理员登录",
    description="同一用户名 15 分钟内最多试 5 次，之后返回 429。",
)
def log_in(wish: PasswordLogin) -> Session:
    now, what = clock(), f"admin-login#{wish.username}"
    throttle.attempt(what, limit=ATTEMPTS_MAX, window=WINDOW, now=now)
    settings = _settings()
    known = hmac.compare_digest(wish.username.encode(), str(settings["username"]).encode())
    if not matches(wish.password, settings["password_hash"] if known else None):
        raise WrongPasswordError
    throttle.forget(what)
    return tokens.issue(AccountId(wish.username), CallerRole.ADMINISTRATOR, now)


@api.post("/v1/admin/auth/refresh", tags=[TAG], summary="换新的登录凭证", description="refresh_token 只能用一次。")
def stay(wish: RefreshWish) -> Session:
    return tokens.refresh(wish.refresh_token, clock())


@api.post("/v1/admin/auth/logout", tags=[TAG], summary="退出登录")
def log_out(wish: RefreshWish) -> LoggedOut:
    tokens.revoke(wish.refresh_token)
    return LoggedOut()


def _settings() -> dict[str, Any]:
    """The administrator's entry of the channels secret. UnavailableError until the operator has filled it in."""
    try:
        return channel("admin")
    except KeyError as error:
        raise UnavailableError(missing="admin") from error
