"""What administrators see of orders: everything that helps to decide, names and telephones masked."""

import os
from datetime import datetime, timedelta
from typing import Any

from daojia.catalogue.model import CancellationPolicy, PriceLine
from daojia.dispatch.model import Sheet, SheetRow
from daojia.dispatch.pages import OrderPage
from daojia.kernel.ids import AccountId, OrderId, ProviderId
from daojia.kernel.money import Fen
from daojia.kernel.sealed import mask_phone
from daojia.kernel.texts import known, say
from daojia.kernel.times import local
from daojia.ledger.model import Posting
from daojia.ordering.model import Cancellation, Event, Order, Payment, Proposal, Refund, State, WaitKind
from daojia.platform.shapes import Instant, Position, View


class PlaceView(View):
    """Where the visit happens; who lives there only in outline."""

    point: Position
    area: str
    contact: str
    phone: str


class OrderView(View):
    """An order as an administrator sees it."""

    order_id: OrderId
    number: str
    version: int
    state: State
    state_text: str
    customer_id: AccountId
    provider_id: ProviderId | None
    provider_name: str | None
    named_provider_id: ProviderId | None
    service_id: str
    service_name: str
    service_version: int
    quantity: int
    shown: tuple[str, ...]
    start: Instant
    end: Instant
    minutes: int
    place: PlaceView
    notes: str
    price_lines: tuple[PriceLine, ...]
    total_fen: Fen
    commission_basis_points: int
    earned_fen: Fen
    commission_fen: Fen
    policy: CancellationPolicy
    payment: Payment
    refunds: tuple[Refund, ...]
    proposal: Proposal | None
    cancellation: Cancellation | None
    placed_at: Instant
    pay_by: Instant
    offered: int
    wave: int
    dispatch_round: int
    offer_until: Instant | None
    escalated_at: Instant | None
    overdue_at: Instant | None
    trouble: str | None
    waits_for: WaitKind
    waits_until: Instant | None

    @classmethod
    def of(cls, order: Order) -> "OrderView":
        return cls(**_fields(order))


class Moment(View):
    """Something that happened to the order."""

    name: str
    text: str
    at: Instant
    by: str
    by_id: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> "Moment":
        return cls(
            name=event.name,
            text=words(event.name),
            at=event.at,
            by=event.by.role.value,
            by_id=event.by.id,
            data=event.data,
        )


class RowView(View):
    """One candidate of a dispatch sheet: the score with its parts, or why not."""

    provider_id: ProviderId
    name: str
    distance_m: int
    score: float
    parts: dict[str, float]
    excluded: str | None
    excluded_text: str | None
    asked: bool

    @classmethod
    def of(cls, row: SheetRow, chosen: tuple[ProviderId, ...]) -> "RowView":
        return cls(
            provider_id=row.provider_id,
            name=row.name,
            distance_m=round(row.distance_m),
            score=row.score,
            parts=row.parts,
            excluded=row.excluded,
            excluded_text=say(f"pages.obstacles.{row.excluded}")
            if row.excluded and known(f"pages.obstacles.{row.excluded}")
            else row.excluded,
            asked=row.provider_id in chosen,
        )


class SheetView(View):
    """Why a wave went to whom (B3)."""

    policy: str
    at: Instant
    rows: tuple[RowView, ...]

    @classmethod
    def of(cls, sheet: Sheet) -> "SheetView":
        rows = tuple(RowView.of(row, sheet.chosen) for row in sheet.rows)
        return cls(policy=sheet.policy, at=sheet.at, rows=rows)


class OrderPageView(OrderView):
    """An order with its whole timeline, its dispatch sheets, its ledger lines and where its workflow is to be found."""

    timeline: tuple[Moment, ...]
    sheets: tuple[SheetView, ...]
    postings: tuple[Posting, ...]
    workflows: tuple[str, ...]

    @classmethod
    def of_page(cls, page: OrderPage) -> "OrderPageView":
        return cls(
            **_fields(page.order),
            timeline=tuple(Moment.of(event) for event in page.timeline),
            sheets=tuple(SheetView.of(sheet) for sheet in page.sheets),
            postings=page.postings,
            workflows=executions(page.timeline),
        )


class OrderList(View):
    """A piece of a list of orders."""

    items: tuple[OrderView, ...]
    next: str | None


def words(name: str) -> str:
    """An event's name in Chinese."""
    found = (f"pages.{table}.{name}" for table in ("timeline", "internal"))
    return next((say(key) for key in found if known(key)), name)


def executions(timeline: tuple[Event, ...]) -> tuple[str, ...]:
    """The ARNs of the order's workflows as they are named when an event starts one."""
    prefix = os.environ.get("ORDER_LIFECYCLE_ARN", "").replace(":stateMachine:", ":execution:")
    starting = [event for event in timeline if event.name in ("OrderPlaced", "LatePaymentReceived")]
    return tuple(f"{prefix}:{event.order_id}-{event.version}" for event in starting) if prefix else ()


def _fields(order: Order) -> dict[str, Any]:
    place, wait = order.place, order.next_wait()
    return {
        "order_id": order.order_id,
        "number": order.number,
        "version": order.version,
        "state": order.state,
        "state_text": say(f"pages.states.{order.state.value}"),
        "customer_id": order.customer_id,
        "provider_id": order.provider_id,
        "provider_name": order.provider_name,
        "named_provider_id": order.named_provider_id,
        "service_id": order.service.service_id,
        "service_name": order.service.name,
        "service_version": order.service.version,
        "quantity": order.service.wanted.quantity,
        "shown": order.service.shown,
        "start": order.start,
        "end": local(order.start) + timedelta(minutes=order.minutes),
        "minutes": order.minutes,
        "place": PlaceView(
            point=Position(lat=place.point.lat, lng=place.point.lng),
            area=place.area,
            contact=f"{place.contact[:1]}**",
            phone=mask_phone(place.phone),
        ),
        "notes": order.notes,
        "price_lines": order.quote.lines,
        "total_fen": order.total_fen,
        "commission_basis_points": order.commission_basis_points,
        "earned_fen": order.earned_fen,
        "commission_fen": order.commission_fen,
        "policy": order.policy,
        "payment": order.payment,
        "refunds": order.refunds,
        "proposal": order.proposal,
        "cancellation": order.cancellation,
        "placed_at": order.placed_at,
        "pay_by": order.pay_by,
        "offered": len(order.offered),
        "wave": order.wave,
        "dispatch_round": order.dispatch_round,
        "offer_until": order.offer_until,
        "escalated_at": order.escalated_at,
        "overdue_at": order.overdue_at,
        "trouble": order.trouble,
        "waits_for": wait.kind,
        "waits_until": wait.until,
    }


def soonest_first(orders: list[Order]) -> list[Order]:
    """What needs attention soonest comes first."""

    def when(order: Order) -> datetime:
        return order.start

    return sorted(orders, key=when)
