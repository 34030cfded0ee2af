"""What is known of the person who asks."""

from customer_front import api
from pydantic import Field

from daojia.accounts import store as accounts
from daojia.accounts.errors import AccountNotFoundError
from daojia.accounts.model import Account
from daojia.kernel.sealed import mask_phone
from daojia.kernel.transaction import Transaction, committed
from daojia.platform.shapes import Instant, View, Wish

TAG = "我的账户"


class MeView(View):
    """One's own account; the phone masked."""

    account_id: str
    nickname: str
    phone: str | None = Field(description="手机号，中间四位隐藏")
    in_official_account: bool
    in_miniprogram: bool
    addresses: int = Field(description="地址簿里有几个地址")
    created_at: Instant

    @classmethod
    def of(cls, account: Account) -> "MeView":
        return cls(
            account_id=account.account_id,
            nickname=account.nickname,
            phone=mask_phone(account.phone) if account.phone else None,
            in_official_account=account.openid is not None,
            in_miniprogram=account.miniprogram_openid is not None,
            addresses=len(account.addresses),
            created_at=account.created_at,
        )


class MeChange(Wish):
    """What is to be different."""

    nickname: str = Field(min_length=1, max_length=20)


@api.get("/v1/me", tags=[TAG], summary="我的资料")
def me() -> MeView:
    return MeView.of(accounts.get(api.caller.account_id))


@api.patch("/v1/me", tags=[TAG], summary="修改我的资料")
def change(wish: MeChange) -> MeView:
    def decide(tx: Transaction) -> MeView:
        item = accounts.find_item(api.caller.account_id)
        if item is None:
            raise AccountNotFoundError(account_id=api.caller.account_id)
        changed = item.body.model_copy(update={"nickname": wish.nickname})
        if changed != item.body:
            accounts.save(tx, item, changed)
        return MeView.of(changed)

    return committed(decide)
