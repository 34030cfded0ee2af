"""The provider's own: profile, offers, income."""

from provider_front import api
from provider_views import OfferList, OfferView
from pydantic import Field

from daojia.dispatch import store as desk
from daojia.kernel.ids import ServiceId
from daojia.kernel.money import Fen
from daojia.kernel.sealed import mask_phone
from daojia.kernel.secrets import channel
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction, committed
from daojia.payments import payouts
from daojia.payments.model import Payout, PayoutState
from daojia.platform.shapes import Instant, View, Wish
from daojia.providers import store as providers
from daojia.providers.model import Provider, Standing

TAG = "师傅"


class ProfileView(View):
    """The provider as the platform knows them; the telephone masked."""

    provider_id: str
    name: str
    gender: str
    phone: str
    portrait: str
    years: int
    about: str
    service_ids: tuple[ServiceId, ...]
    radius_m: int
    standing: Standing
    resting: bool
    daily_cap: int
    rating: float
    jobs_done: int
    completion_percent: float
    certificates: tuple[str, ...]

    @classmethod
    def of(cls, provider: Provider) -> "ProfileView":
        return cls(
            provider_id=provider.provider_id,
            name=provider.name,
            gender=provider.gender,
            phone=mask_phone(provider.phone),
            portrait=provider.portrait,
            years=provider.years,
            about=provider.about,
            service_ids=tuple(sorted(provider.service_ids)),
            radius_m=provider.radius_m,
            standing=provider.standing,
            resting=provider.resting,
            daily_cap=provider.daily_cap,
            rating=provider.rating_hundredths / 100,
            jobs_done=provider.jobs_done,
            completion_percent=provider.completion_basis_points / 100,
            certificates=tuple(certificate.name for certificate in provider.certificates),
        )


class ProfileChange(Wish):
    """接单 or 休息."""

    resting: bool = Field(description="true 为休息：不再收到新的派单")


class Confirmation(View):
    """The argument of `wx.requestMerchantTransfer`, with which the provider takes a payout."""

    mchId: str  # noqa: N815
    appId: str  # noqa: N815
    package: str


class PayoutView(View):
    """Money sent to the provider. One that waits for confirmation says how to give it."""

    bill_no: str
    amount_fen: Fen
    state: PayoutState
    started_at: Instant
    updated_at: Instant
    fail_reason: str | None
    confirmation: Confirmation | None

    @classmethod
    def of(cls, payout: Payout) -> "PayoutView":
        return cls(
            bill_no=payout.bill_no,
            amount_fen=payout.amount_fen,
            state=payout.state,
            started_at=payout.started_at,
            updated_at=payout.updated_at,
            fail_reason=payout.fail_reason,
            confirmation=_confirmation(payout),
        )


class IncomeView(View):
    """Where the provider's money is: waiting for the settlement delay, payable, on its way, received."""

    earned_fen: Fen
    payable_fen: Fen
    in_transfer_fen: Fen
    paid_out_fen: Fen
    payouts: tuple[PayoutView, ...]


@api.get("/v1/provider/profile", tags=[TAG], summary="我的资料")
def profile() -> ProfileView:
    return ProfileView.of(providers.get(api.caller.account_id))


@api.patch("/v1/provider/profile", tags=[TAG], summary="接单或休息")
def change(wish: ProfileChange) -> ProfileView:
    def decide(tx: Transaction) -> ProfileView:
        provider = providers.get(api.caller.account_id)
        if provider.resting == wish.resting:
            return ProfileView.of(provider)
        changed = provider.model_copy(update={"resting": wish.resting})
        return ProfileView.of(providers.update(tx, provider, changed))

    return committed(decide)


@api.get("/v1/provider/offers", tags=[TAG], summary="可以抢的订单")
def offers() -> OfferList:
    found = desk.offers_of(api.caller.account_id, clock())
    return OfferList(items=tuple(OfferView.of(offer) for offer in found))


@api.get("/v1/provider/income", tags=[TAG], summary="我的收入", description="余额和最近的打款；待确认的附确认参数。")
def income() -> IncomeView:
    found = payouts.income(api.caller.account_id)
    return IncomeView(
        earned_fen=found.earned_fen,
        payable_fen=found.payable_fen,
        in_transfer_fen=found.in_transfer_fen,
        paid_out_fen=found.paid_out_fen,
        payouts=tuple(PayoutView.of(payout) for payout in found.payouts),
    )


def _confirmation(payout: Payout) -> Confirmation | None:
    if payout.state is not PayoutState.AWAITING_CONFIRMATION or payout.package_info is None:
        return None
    wechat = channel("wechat")
    appid = wechat["appid"] if payout.app == "official" else wechat["miniprogram_appid"]
    return Confirmation(mchId=channel("wechat_pay")["mchid"], appId=appid, package=payout.package_info)
