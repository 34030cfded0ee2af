"""Looking somebody up, with what is personal masked."""

from typing import Annotated

from admin_front import api
from aws_lambda_powertools.event_handler.openapi.params import Path

from daojia.accounts import store as accounts
from daojia.catalogue.model import Family
from daojia.kernel.ids import AccountId, ProviderId, ServiceId
from daojia.kernel.money import Fen
from daojia.kernel.parallel import both
from daojia.kernel.sealed import mask_phone
from daojia.ledger import store as ledger
from daojia.platform.shapes import Instant, View
from daojia.providers import store as providers
from daojia.providers.model import Standing

TAG = "人员"
AccountPath = Annotated[str, Path(max_length=64, pattern=r"^a_\w+$", description="账号标识")]


class ProviderView(View):
    """A provider as an administrator sees them, and where their money is."""

    provider_id: ProviderId
    name: str
    family: Family
    phone: str
    standing: Standing
    resting: bool
    service_ids: tuple[ServiceId, ...]
    radius_m: int
    daily_cap: int
    rating: float
    jobs_done: int
    completion_percent: float
    earned_fen: Fen
    payable_fen: Fen
    in_transfer_fen: Fen
    paid_out_fen: Fen


class CustomerView(View):
    """A customer as an administrator sees them."""

    account_id: AccountId
    nickname: str
    phone: str | None
    followed: bool
    in_official_account: bool
    in_miniprogram: bool
    addresses: int
    created_at: Instant


@api.get("/v1/admin/providers/<provider_id>", tags=[TAG], summary="师傅")
def provider(provider_id: Annotated[str, Path(max_length=64, description="师傅标识")]) -> ProviderView:
    found, money = both(
        lambda: providers.get(provider_id), lambda: ledger.balances_of_provider(ProviderId(AccountId(provider_id)))
    )
    return ProviderView(
        provider_id=found.provider_id,
        name=found.name,
        family=found.family,
        phone=mask_phone(found.phone),
        standing=found.standing,
        resting=found.resting,
        service_ids=tuple(sorted(found.service_ids)),
        radius_m=found.radius_m,
        daily_cap=found.daily_cap,
        rating=found.rating_hundredths / 100,
        jobs_done=found.jobs_done,
        completion_percent=found.completion_basis_points / 100,
        earned_fen=money.earned_fen,
        payable_fen=money.payable_fen,
        in_transfer_fen=money.in_transfer_fen,
        paid_out_fen=money.paid_out_fen,
    )


@api.get("/v1/admin/customers/<account_id>", tags=[TAG], summary="客户")
def customer(
    account_id: Annotated[str, Path(max_length=64, pattern=r"^a_\w+$", description="账号标识")],
) -> CustomerView:
    found = accounts.get(account_id)
    return CustomerView(
        account_id=found.account_id,
        nickname=found.nickname,
        phone=mask_phone(found.phone) if found.phone else None,
        followed=found.followed,
        in_official_account=found.openid is not None,
        in_miniprogram=found.miniprogram_openid is not None,
        addresses=len(found.addresses),
        created_at=found.created_at,
    )
