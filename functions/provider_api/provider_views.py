"""What providers see of orders: address and telephone after acceptance, and only while they matter (B13)."""

from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

from daojia.dispatch.pages import OrderPage
from daojia.dispatch.store import Offer
from daojia.kernel.ids import OrderId, ServiceId
from daojia.kernel.money import Fen
from daojia.kernel.sealed import mask_phone
from daojia.kernel.texts import known, say
from daojia.kernel.times import local
from daojia.messaging.rendering import way_to
from daojia.ordering.model import Event, Order, State
from daojia.ordering.queries import Page
from daojia.platform.shapes import Instant, Position, View

VISITING = {State.ACCEPTED, State.EN_ROUTE, State.IN_SERVICE}
Action = Literal["depart", "start", "finish", "withdraw", "answer-cancellation"]


class OfferView(View):
    """An order that may be taken: where roughly, never the address or the customer's name."""

    order_id: OrderId
    number: str
    service_name: str
    start: Instant
    end: Instant
    minutes: int
    area: str
    distance_m: int
    income_fen: Fen
    named: bool
    until: Instant

    @classmethod
    def of(cls, offer: Offer) -> "OfferView":
        return cls(
            order_id=offer.order_id,
            number=offer.number,
            service_name=offer.service_name,
            start=offer.start,
            end=offer.start + timedelta(minutes=offer.minutes),
            minutes=offer.minutes,
            area=offer.area,
            distance_m=offer.distance_m,
            income_fen=offer.income_fen,
            named=offer.named,
            until=offer.until,
        )


class OfferList(View):
    """The offers on the provider's desk, the soonest visit first."""

    items: tuple[OfferView, ...]
    next: str | None = None


class VisitPlace(View):
    """Where to go and whom to meet. The telephone is masked: calls go through the platform."""

    point: Position
    detail: str
    contact: str
    phone: str
    ways: dict[str, str]
    """Links that open the way there, by map."""


class ProposalView(View):
    """The customer wishes to cancel; the provider answers."""

    reason: str
    refund_fen: Fen
    at: Instant


class JobView(View):
    """An order as the provider who took it sees it."""

    order_id: OrderId
    number: str
    state: State
    state_text: str
    service_id: ServiceId
    service_name: str
    start: Instant
    end: Instant
    minutes: int
    area: str
    notes: str
    place: VisitPlace | None
    income_fen: Fen
    proposal: ProposalView | None
    accepted_at: Instant | None
    departed_at: Instant | None
    started_at: Instant | None
    finished_at: Instant | None
    confirmed_at: Instant | None
    actions: tuple[Action, ...]

    @classmethod
    def of(cls, order: Order) -> "JobView":
        return cls(**_fields(order))


class Moment(View):
    """Something that happened to the order."""

    name: str
    text: str
    at: Instant
    by: str


class JobPage(JobView):
    """A job with what happened to it so far."""

    timeline: tuple[Moment, ...]

    @classmethod
    def of_page(cls, page: OrderPage) -> "JobPage":
        return cls(**_fields(page.order), timeline=_moments(page.timeline))


class JobList(View):
    """A piece of a list of jobs."""

    items: tuple[JobView, ...]
    next: str | None

    @classmethod
    def of(cls, page: Page, following: str | None) -> "JobList":
        return cls(items=tuple(JobView.of(order) for order in page.items), next=following)


class Released(View):
    """The order is no longer this provider's concern."""

    order_id: OrderId
    number: str
    ok: bool = True


def actions(order: Order) -> tuple[Action, ...]:
    """What the provider may do now."""
    answer: tuple[Action, ...] = ("answer-cancellation",) if order.proposal is not None else ()
    match order.state:
        case State.ACCEPTED:
            return ("depart", "start", "withdraw", *answer)
        case State.EN_ROUTE:
            return ("start", "withdraw", *answer)
        case State.IN_SERVICE:
            return ("finish",)
        case _:
            return ()


def ways_to(order: Order) -> dict[str, str]:
    """Links that open the way in Amap and in Tencent's map. Coordinates GCJ-02; mind the order of the two numbers."""
    point, name = order.place.point, order.place.area
    tencent = (
        f"https://apis.map.qq.com/uri/v1/routeplan?type=drive&to={quote(name)}"
        f"&tocoord={point.lat:.6f},{point.lng:.6f}&referer=daojia"
    )
    return {"amap": way_to(point.lat, point.lng, name), "tencent": tencent}


def _moments(timeline: tuple[Event, ...]) -> tuple[Moment, ...]:
    told = [event for event in timeline if known(f"pages.timeline.{event.name}")]
    return tuple(
        Moment(name=event.name, text=say(f"pages.timeline.{event.name}"), at=event.at, by=event.by.role.value)
        for event in told
    )


def _place(order: Order) -> VisitPlace | None:
    if order.state not in VISITING:
        return None
    place = order.place
    return VisitPlace(
        point=Position(lat=place.point.lat, lng=place.point.lng),
        detail=place.detail,
        contact=place.contact,
        phone=mask_phone(place.phone),
        ways=ways_to(order),
    )


def _fields(order: Order) -> dict[str, Any]:
    proposal = order.proposal
    return {
        "order_id": order.order_id,
        "number": order.number,
        "state": order.state,
        "state_text": say(f"pages.states.{order.state.value}"),
        "service_id": order.service.service_id,
        "service_name": order.service.text,
        "start": local(order.start),
        "end": local(order.start) + timedelta(minutes=order.minutes),
        "minutes": order.minutes,
        "area": order.place.area,
        "notes": order.notes if order.state in VISITING else "",
        "place": _place(order),
        "income_fen": income(order),
        "proposal": proposal and ProposalView(reason=proposal.reason, refund_fen=proposal.refund_fen, at=proposal.at),
        "accepted_at": order.accepted_at,
        "departed_at": order.departed_at,
        "started_at": order.started_at,
        "finished_at": order.finished_at,
        "confirmed_at": order.confirmed_at,
        "actions": actions(order),
    }


def income(order: Order) -> Fen:
    """What the provider gets: fixed once confirmed, nothing for a visit called off for free, else as agreed."""
    if order.confirmed_at is not None:
        return order.earned_fen
    return 0 if order.state is State.CANCELLED else order.split(order.refunded_fen)["earned_fen"]
