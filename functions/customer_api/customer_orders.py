"""Ordering, paying, cancelling, confirming; a customer's orders."""

from datetime import datetime
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from customer_front import api
from customer_views import OrderList, OrderPageView, OrderView
from pydantic import Field

from daojia.accounts import store as accounts
from daojia.accounts.model import Account, Place
from daojia.catalogue import store as catalogue
from daojia.catalogue.model import CancellationPolicy, PriceLine
from daojia.catalogue.pricing import OPTIONS_MAX, Chosen, Wanted, priced
from daojia.dispatch import pages
from daojia.kernel.errors import NotFoundError
from daojia.kernel.ids import OrderId, ProviderId, ServiceId
from daojia.kernel.money import Fen
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction
from daojia.ordering import cancelling, paying, placing, queries, visits
from daojia.ordering import store as orders
from daojia.ordering.errors import OrderNotFoundError
from daojia.ordering.model import Actor, Order, Role, State
from daojia.ordering.timing import timing
from daojia.platform import cursors
from daojia.platform.errors import NoWeChatIdentityError
from daojia.platform.http import Cursor, IdempotencyKey, Limit
from daojia.platform.shapes import Instant, View, Wish

TAG = "订单"
OrderPath = Annotated[str, Path(max_length=64, description="订单标识 order_id")]


class OptionWish(Wish):
    """An answer to an option of the service."""

    option_id: str = Field(min_length=1, max_length=64)
    choice_id: str | None = Field(default=None, max_length=64, description="选择类选项：选哪一项")
    quantity: int = Field(default=1, ge=1, le=999, description="加项：几份")


def wanted_of(quantity: int, options: tuple[OptionWish, ...]) -> Wanted:
    """How much of a service, with what, as the catalogue prices it."""
    return Wanted(quantity=quantity, options=tuple(Chosen(**each.model_dump()) for each in options))


class OrderWish(Wish):
    """A visit wished for at an address of the address book."""

    service_id: ServiceId = Field(max_length=64)
    start: Instant
    address_id: str = Field(max_length=64)
    notes: str = Field(default="", max_length=placing.NOTES_MAX)
    provider_id: ProviderId | None = Field(default=None, max_length=64)
    quantity: int = Field(default=1, ge=1, le=999, description="数量，单位见服务的 unit")
    options: tuple[OptionWish, ...] = Field(default=(), max_length=OPTIONS_MAX, description="选项，见服务的 options")
    expected_total_fen: Fen | None = Field(
        default=None, ge=0, description="客户看到的合计（分）；与现价不同时返回 PRICE_CHANGED，不下单"
    )

    @property
    def wanted(self) -> Wanted:
        return wanted_of(self.quantity, self.options)


class QuoteWish(Wish):
    """What would it cost; with start and address also whether somebody could come."""

    service_id: ServiceId = Field(max_length=64)
    start: Instant | None = None
    address_id: str | None = Field(default=None, max_length=64)
    provider_id: ProviderId | None = Field(default=None, max_length=64)
    quantity: int = Field(default=1, ge=1, le=999, description="数量，单位见服务的 unit")
    options: tuple[OptionWish, ...] = Field(default=(), max_length=OPTIONS_MAX, description="选项，见服务的 options")


class QuoteView(View):
    """What the customer would agree to. `available` is null unless start and address were given."""

    service_id: ServiceId
    service_version: int
    shown: tuple[str, ...] = Field(description="数量和选项，给人看的文字")
    minutes: int
    price_lines: tuple[PriceLine, ...]
    total_fen: Fen
    policy: CancellationPolicy
    available: bool | None


class PayWish(Wish):
    """How the customer wants to pay."""

    channel: Literal["wechat_pay"]
    app: Literal["official", "miniprogram"] | None = Field(
        default=None, description="在哪里付款；不填时，有小程序身份的用小程序，否则用公众号"
    )


class PayParams(View):
    """The argument of `wx.requestPayment` (and of `getBrandWCPayRequest`, with `appId`)."""

    appId: str  # noqa: N815
    timeStamp: str  # noqa: N815
    nonceStr: str  # noqa: N815
    package: str
    signType: str  # noqa: N815
    paySign: str  # noqa: N815


class CancelWish(Wish):
    """Why the customer no longer wants it."""

    reason: str = Field(default="", max_length=200)


@api.post("/v1/quotes", tags=[TAG], summary="下单前询价", description="给出开始时间和地址时，同时检查能否上门。")
def quote(wish: QuoteWish) -> QuoteView:
    service = catalogue.load().on_sale(wish.service_id)
    wanted = wanted_of(wish.quantity, wish.options)
    agreed = priced(service, wanted)
    available = None
    if wish.start is not None and wish.address_id is not None:
        command = placing.PlaceOrder(
            service_id=wish.service_id,
            start=wish.start,
            place=_place(wish.address_id),
            named_provider_id=wish.provider_id,
            wanted=wanted,
        )
        placing.prepare(command, now=clock())
        available = True
    return QuoteView(
        service_id=service.service_id,
        service_version=service.version,
        shown=agreed.shown,
        minutes=agreed.minutes,
        price_lines=agreed.quote.lines,
        total_fen=agreed.quote.total_fen,
        policy=service.policy,
        available=available,
    )


@api.post("/v1/orders", tags=[TAG], summary="下单", status_code=201)
def place(wish: OrderWish, key: IdempotencyKey) -> OrderView:
    def decide(tx: Transaction, now: datetime) -> OrderView:
        command = placing.PlaceOrder(
            service_id=wish.service_id,
            start=wish.start,
            place=_place(wish.address_id),
            notes=wish.notes,
            named_provider_id=wish.provider_id,
            wanted=wish.wanted,
            expected_fen=wish.expected_total_fen,
        )
        order = placing.place(api.caller.account_id, command, timing=timing(), tx=tx, now=now)
        return OrderView.of(order, now)

    return api.once(key, OrderView, decide)


@api.get("/v1/orders", tags=[TAG], summary="我的订单", description="最近上门的在前；status 可以重复给出。")
def mine(
    status: Annotated[list[State] | None, Query(description="只要这些状态的订单")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> OrderList:
    now, owner = clock(), api.caller.account_id
    at = cursors.taken_back(cursor, f"orders#{owner}", now)
    page = queries.of_customer(owner, status or (), cursor=at, limit=limit)
    return OrderList.of(page, cursors.given_out(page.next, f"orders#{owner}", now), now)


@api.get("/v1/orders/<order_id>", tags=[TAG], summary="订单详情", description="含时间线；接单后、开始前含上门码。")
def show(order_id: OrderPath) -> OrderPageView:
    page = pages.page(order_id)
    _require_own(page.order)
    return OrderPageView.of_page(page, clock())


@api.post(
    "/v1/orders/<order_id>/pay",
    tags=[TAG],
    summary="付款",
    description="返回调起微信支付所需的参数；重复请求无害，不需要请求编号。",
)
def pay(order_id: OrderPath, wish: PayWish) -> PayParams:
    now = clock()
    order = _own(order_id)
    account = accounts.get(api.caller.account_id)
    app, openid = _payer(account, wish.app)
    return PayParams.model_validate(paying.start_payment(order, openid, app, now=now).for_wechat())


@api.post(
    "/v1/orders/<order_id>/cancel",
    tags=[TAG],
    summary="取消订单",
    description="接单前立即取消、全额退款；接单后先向师傅提出，由师傅或平台答复（见返回的 proposal）。",
)
def cancel(order_id: OrderPath, wish: CancelWish, key: IdempotencyKey) -> OrderView:
    def decide(tx: Transaction, now: datetime) -> OrderView:
        return OrderView.of(cancelling.cancel(_own(order_id), _customer(), wish.reason, tx=tx, now=now), now)

    return api.once(key, OrderView, decide)


@api.post("/v1/orders/<order_id>/confirm", tags=[TAG], summary="确认完成", description="满意后确认，师傅的收入入账。")
def confirm(order_id: OrderPath, key: IdempotencyKey) -> OrderView:
    def decide(tx: Transaction, now: datetime) -> OrderView:
        return OrderView.of(visits.confirm(_own(order_id), _customer(), tx=tx, now=now), now)

    return api.once(key, OrderView, decide)


def _customer() -> Actor:
    return Actor(role=Role.CUSTOMER, id=api.caller.account_id)


def _own(order_id: str) -> Order:
    order = orders.get(OrderId(order_id))
    _require_own(order)
    return order


def _require_own(order: Order) -> None:
    """Somebody else's order is none: its existence is nobody's business."""
    if order.customer_id != api.caller.account_id:
        raise OrderNotFoundError(order_id=order.order_id)


def _place(address_id: str) -> Place:
    account = accounts.get(api.caller.account_id)
    place = next((each.place for each in account.addresses if each.address_id == address_id), None)
    if place is None:
        raise NotFoundError(address_id=address_id)
    return place


def _payer(
    account: Account, wished: Literal["official", "miniprogram"] | None
) -> tuple[Literal["official", "miniprogram"], str]:
    """In which app the customer pays, and their openid there. NoWeChatIdentityError if they have none in it."""
    app = wished or ("miniprogram" if account.miniprogram_openid else "official")
    openid = account.miniprogram_openid if app == "miniprogram" else account.openid
    if openid is None:
        raise NoWeChatIdentityError(app=app)
    return app, openid
