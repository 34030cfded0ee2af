"""What customers see of orders. The provider's name only after acceptance, the arrival code only while it matters."""

from datetime import datetime, timedelta
from typing import Any, Literal

from daojia.catalogue.model import CancellationPolicy, Family, PriceLine
from daojia.dispatch.pages import OrderPage
from daojia.kernel.ids import OrderId, ProviderId, ServiceId
from daojia.kernel.money import Fen
from daojia.kernel.sealed import mask_phone
from daojia.kernel.texts import known, say
from daojia.kernel.times import local
from daojia.ordering.model import Event, Order, RefundState, State
from daojia.ordering.queries import Page
from daojia.platform.shapes import Instant, Position, View

EXPECTED = {State.ACCEPTED, State.EN_ROUTE}
Action = Literal["pay", "cancel", "confirm"]


class PlaceView(View):
    """Where the visit happens, as the customer gave it; the phone masked."""

    point: Position
    area: str
    detail: str
    contact: str
    phone: str


class ComingProvider(View):
    """Who comes."""

    provider_id: ProviderId
    name: str


class RefundView(View):
    """Money on its way back."""

    amount_fen: Fen
    state: RefundState
    requested_at: Instant


class CancellationView(View):
    """How the order ended before its time."""

    by: str
    reason: str
    at: Instant


class ProposalView(View):
    """A cancellation the provider has not answered yet."""

    reason: str
    refund_fen: Fen
    at: Instant


class OrderView(View):
    """An order as its customer sees it."""

    order_id: OrderId
    number: str
    state: State
    state_text: str
    service_id: ServiceId
    service_name: str
    service_version: int
    quantity: int
    shown: tuple[str, ...]
    family: Family
    start: Instant
    end: Instant
    minutes: int
    place: PlaceView
    notes: str
    price_lines: tuple[PriceLine, ...]
    total_fen: Fen
    policy: CancellationPolicy
    refund_if_cancelled_fen: Fen
    placed_at: Instant
    pay_by: Instant
    paid_at: Instant | None
    provider: ComingProvider | None
    arrival_code: str | None
    proposal: ProposalView | None
    cancellation: CancellationView | None
    refunds: tuple[RefundView, ...]
    finished_at: Instant | None
    confirmed_at: Instant | None
    actions: tuple[Action, ...]

    @classmethod
    def of(cls, order: Order, now: datetime) -> "OrderView":
        return cls(**_fields(order, now))


class Moment(View):
    """Something that happened to the order."""

    name: str
    text: str
    at: Instant
    by: str


class OrderPageView(OrderView):
    """An order with what happened to it so far."""

    timeline: tuple[Moment, ...]

    @classmethod
    def of_page(cls, page: OrderPage, now: datetime) -> "OrderPageView":
        return cls(**_fields(page.order, now), timeline=moments(page.timeline))


class OrderList(View):
    """A piece of a list of orders; `next` asks for the following piece, null at the end."""

    items: tuple[OrderView, ...]
    next: str | None

    @classmethod
    def of(cls, page: Page, following: str | None, now: datetime) -> "OrderList":
        return cls(items=tuple(OrderView.of(order, now) for order in page.items), next=following)


def moments(timeline: tuple[Event, ...]) -> tuple[Moment, ...]:
    """What of a timeline has words for customers, without what is only the platform's business."""
    told = [event for event in timeline if known(f"pages.timeline.{event.name}")]
    return tuple(
        Moment(name=event.name, text=say(f"pages.timeline.{event.name}"), at=event.at, by=event.by.role.value)
        for event in told
    )


def actions(order: Order, now: datetime) -> tuple[Action, ...]:
    """What the customer may do now."""
    match order.state:
        case State.PENDING_PAYMENT:
            return ("pay", "cancel") if now < order.pay_by else ("cancel",)
        case State.PENDING_ACCEPTANCE:
            return ("cancel",)
        case State.ACCEPTED | State.EN_ROUTE if order.proposal is None:
            return ("cancel",)
        case State.COMPLETED if order.confirmed_at is None:
            return ("confirm",)
        case _:
            return ()


def _fields(order: Order, now: datetime) -> dict[str, Any]:
    accepted = order.accepted_at is not None and order.provider_id is not None
    place, proposal, ended = order.place, order.proposal, order.cancellation
    return {
        "order_id": order.order_id,
        "number": order.number,
        "state": order.state,
        "state_text": say(f"pages.states.{order.state.value}"),
        "service_id": order.service.service_id,
        "service_name": order.service.name,
        "service_version": order.service.version,
        "quantity": order.service.wanted.quantity,
        "shown": order.service.shown,
        "family": order.service.family,
        "start": local(order.start),
        "end": local(order.start) + timedelta(minutes=order.minutes),
        "minutes": order.minutes,
        "place": PlaceView(
            point=Position(lat=place.point.lat, lng=place.point.lng),
            area=place.area,
            detail=place.detail,
            contact=place.contact,
            phone=mask_phone(place.phone),
        ),
        "notes": order.notes,
        "price_lines": order.quote.lines,
        "total_fen": order.total_fen,
        "policy": order.policy,
        "refund_if_cancelled_fen": order.refund_if_cancelled(now),
        "placed_at": order.placed_at,
        "pay_by": order.pay_by,
        "paid_at": order.payment.paid_at,
        "provider": ComingProvider(provider_id=order.provider_id, name=order.provider_name or "")
        if accepted and order.provider_id
        else None,
        "arrival_code": order.arrival_code if order.state in EXPECTED else None,
        "proposal": proposal and ProposalView(reason=proposal.reason, refund_fen=proposal.refund_fen, at=proposal.at),
        "cancellation": ended and CancellationView(by=ended.by.role.value, reason=ended.reason, at=ended.at),
        "refunds": tuple(
            RefundView(amount_fen=each.amount_fen, state=each.state, requested_at=each.requested_at)
            for each in order.refunds
        ),
        "finished_at": order.finished_at,
        "confirmed_at": order.confirmed_at,
        "actions": actions(order, now),
    }
