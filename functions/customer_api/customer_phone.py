"""Logging in with a mobile number and a code sent to it."""

from datetime import datetime

from customer_front import api
from pydantic import Field

from daojia.accounts import codes
from daojia.accounts import store as accounts
from daojia.accounts.model import Account
from daojia.kernel.ids import AccountId, account_id_of
from daojia.kernel.sealed import lookup_hash
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction, committed
from daojia.platform import tokens
from daojia.platform.shapes import View, Wish
from daojia.platform.tokens import CallerRole, Session
from daojia.providers import store as providers

TAG = "登录"
MOBILE = r"^1[3-9][0-9]{9}$"


class CodeWish(Wish):
    """The number that wants a code."""

    phone: str = Field(pattern=MOBILE, description="中国大陆手机号，11 位")


class CodeSent(View):
    """The same answer for every number."""

    ok: bool = True
    expires_in: int = Field(description="验证码有效秒数")


class PhoneLogin(Wish):
    """A number and the code it got."""

    phone: str = Field(pattern=MOBILE)
    code: str = Field(pattern=r"^[0-9]{6}$", description="短信里的 6 位验证码")


@api.post(
    "/v1/auth/phone/code",
    tags=[TAG],
    summary="发送短信验证码",
    description="每个手机号每分钟一条、每天十条；是否注册过，回答都一样。",
)
def send(wish: CodeWish) -> CodeSent:
    address = str(api.current_event.request_context.http.source_ip or "")
    codes.send(wish.phone, address, clock())
    return CodeSent(expires_in=int(codes.GOOD_FOR.total_seconds()))


@api.post(
    "/v1/auth/phone",
    tags=[TAG],
    summary="手机号登录",
    description="验证码只能用一次，五分钟内有效，最多试五次。没有账户会自动创建。",
)
def log_in(wish: PhoneLogin) -> Session:
    now = clock()

    def decide(tx: Transaction) -> Session:
        codes.redeem(tx, wish.phone, wish.code, now)
        account_id = account_of(wish.phone, tx=tx, now=now)
        role = CallerRole.PROVIDER if providers.find(account_id) else CallerRole.CUSTOMER
        return tokens.issue_within(tx, account_id, role, now)

    # Once: every round would count as a try.
    return committed(decide, attempts=1)


def account_of(phone: str, *, tx: Transaction, now: datetime) -> AccountId:
    """The account a proven number leads to, made if there is none."""
    whose = lookup_hash("phone", phone)
    known = accounts.account_of_phone(whose)
    if known is not None:
        return known
    account = Account(account_id=account_id_of("phone", whose), phone=phone, created_at=now, followed=False)
    accounts.link_phone(tx, whose, account.account_id)
    accounts.create(tx, account)
    return account.account_id
