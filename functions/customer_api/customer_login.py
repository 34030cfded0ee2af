"""Logging in with WeChat's mini-program, staying logged in, logging out."""

import json
import os
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import urllib3
from customer_front import api
from pydantic import BaseModel, Field

from daojia.accounts import store as accounts
from daojia.accounts.model import Account
from daojia.kernel.errors import UnavailableError
from daojia.kernel.ids import AccountId, account_id_of
from daojia.kernel.parallel import both
from daojia.kernel.secrets import channel
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction, committed
from daojia.messaging.wechat_client import BASE_URL, WeChatRefusedError
from daojia.platform import tokens
from daojia.platform.errors import WeChatCodeRefusedError
from daojia.platform.shapes import View, Wish
from daojia.platform.tokens import CallerRole, Session
from daojia.providers import store as providers

TAG = "登录"
CODE_REFUSED = {40029, 40163, 40226}
"""Invalid, used before, user blocked by WeChat."""
TRY_LATER = {-1, 45011}
_http = urllib3.PoolManager(maxsize=4, retries=False)
_TIMEOUT = urllib3.Timeout(connect=2, read=5)


class WeChatLogin(Wish):
    """The code `wx.login` gave the mini-program."""

    code: str = Field(min_length=1, max_length=512)


class RefreshWish(Wish):
    """The refresh token of a session."""

    refresh_token: str = Field(min_length=1, max_length=200)


class LoggedOut(View):
    """Nothing is left of the session but the access token, which ends within the hour."""

    ok: bool = True


class Identity(BaseModel):
    """Who WeChat says somebody is, in the mini-program and, where known, in all apps of the operator."""

    openid: str
    unionid: str | None = None


@api.post("/v1/auth/wechat", tags=[TAG], summary="小程序登录", description="师傅和客户用同一个入口登录。")
def log_in(wish: WeChatLogin) -> Session:
    identity, now = identity_of(wish.code), clock()
    account = committed(lambda tx: account_of(identity, tx=tx, now=now))
    role = CallerRole.PROVIDER if providers.find(account.account_id) else CallerRole.CUSTOMER
    return tokens.issue(account.account_id, role, now)


@api.post("/v1/auth/refresh", tags=[TAG], summary="换新的登录凭证", description="refresh_token 只能用一次。")
def stay(wish: RefreshWish) -> Session:
    return tokens.refresh(wish.refresh_token, clock())


@api.post("/v1/auth/logout", tags=[TAG], summary="退出登录")
def log_out(wish: RefreshWish) -> LoggedOut:
    tokens.revoke(wish.refresh_token)
    return LoggedOut()


def identity_of(code: str) -> Identity:
    """Ask WeChat whose code this is. WeChatCodeRefusedError for a bad one, UnavailableError when WeChat is away."""
    settings = channel("wechat")
    question = {
        "appid": settings["miniprogram_appid"],
        "secret": settings["miniprogram_secret"],
        "js_code": code,
        "grant_type": "authorization_code",
    }
    base_url = (os.environ.get("WECHAT_API_BASE_URL") or BASE_URL).rstrip("/")
    try:
        response = _http.request("GET", f"{base_url}/sns/jscode2session?{urlencode(question)}", timeout=_TIMEOUT)
        answer: Any = json.loads(response.data) if response.status == 200 else None
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise UnavailableError(call="/sns/jscode2session") from error
    if not isinstance(answer, dict):
        raise UnavailableError(call="/sns/jscode2session")
    errcode = int(answer.get("errcode") or 0)
    if errcode in CODE_REFUSED:
        raise WeChatCodeRefusedError(errcode=errcode)
    if errcode in TRY_LATER:
        raise UnavailableError(call="/sns/jscode2session", errcode=errcode)
    if errcode:
        raise WeChatRefusedError(errcode, str(answer.get("errmsg", "")))
    return Identity(openid=answer["openid"], unionid=answer.get("unionid") or None)


def account_of(identity: Identity, *, tx: Transaction, now: datetime) -> Account:
    """The person's account: the one their unionid leads to, else the one of their mini-program openid, made if new.

    What was not known yet of their identities is added.
    """
    own_id = account_id_of(channel("wechat")["miniprogram_appid"], identity.openid)
    joined_id, item = both(lambda: joined(identity.unionid), lambda: accounts.find_item(own_id))
    if joined_id is not None and joined_id != own_id:
        item = accounts.find_item(joined_id)
    if identity.unionid and joined_id is None:
        accounts.link_union(tx, identity.unionid, own_id)
    if item is None:
        account = Account(
            account_id=joined_id or own_id,
            miniprogram_openid=identity.openid,
            unionid=identity.unionid,
            created_at=now,
        )
        accounts.create(tx, account)
        return account
    unionid = identity.unionid or item.body.unionid
    known = item.body.model_copy(update={"miniprogram_openid": identity.openid, "unionid": unionid})
    if known != item.body:
        accounts.save(tx, item, known)
    return known


def joined(unionid: str | None) -> AccountId | None:
    """The account a unionid leads to."""
    return accounts.account_of_union(unionid) if unionid else None
