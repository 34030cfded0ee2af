"""Orders, their events and short numbers in the orders table.

The partition of an order holds `ORDER` (the order as it is), one `EVENT#<version>` per decision, one `SHEET#...` per
dispatch wave and `WAIT#...` while a workflow waits. `NUMBER#8321` reserves a short number while its order is alive.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from daojia.kernel.ids import OrderId
from daojia.kernel.table import Document, Table, table_name
from daojia.kernel.times import iso
from daojia.kernel.transaction import Otherwise, Transaction
from daojia.ordering.errors import NumberTakenError, OrderChangedError, OrderNotFoundError
from daojia.ordering.model import Decision, Event, Order, State, WaitKind
from daojia.scheduling import store as calendar

AGENDA_OPEN: Final = "OPEN"
_PATIENCE: Final = {
    WaitKind.DISPATCH: timedelta(minutes=15),
    WaitKind.REFUND: timedelta(minutes=15),
    WaitKind.VISIT: timedelta(days=1),
    WaitKind.FINISH: timedelta(days=1),
}
"""How long a wait without a deadline may last before the sweep looks after it."""


class ByCustomer(GlobalSecondaryIndex["OrderItem"]):
    class Meta:
        index_name = "by_customer"
        projection = AllProjection()

    customer_id = UnicodeAttribute(hash_key=True)
    start_at = UnicodeAttribute(range_key=True)


class ByProvider(GlobalSecondaryIndex["OrderItem"]):
    class Meta:
        index_name = "by_provider"
        projection = AllProjection()

    provider_id = UnicodeAttribute(hash_key=True)
    start_at = UnicodeAttribute(range_key=True)


class ByState(GlobalSecondaryIndex["OrderItem"]):
    class Meta:
        index_name = "by_state"
        projection = AllProjection()

    state = UnicodeAttribute(hash_key=True)
    start_at = UnicodeAttribute(range_key=True)


class ByNumber(GlobalSecondaryIndex["OrderItem"]):
    class Meta:
        index_name = "by_number"
        projection = AllProjection()

    live_number = UnicodeAttribute(hash_key=True)


class Agenda(GlobalSecondaryIndex["OrderItem"]):
    class Meta:
        index_name = "agenda"
        projection = KeysOnlyProjection()

    agenda = UnicodeAttribute(hash_key=True)
    agenda_at = UnicodeAttribute(range_key=True)


class OrderItem(Table):
    """An order; the attributes beside `body` are what conditions and indexes need."""

    class Meta:
        table_name = table_name("ORDERS_TABLE")

    order_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default="ORDER")
    version = NumberAttribute()
    state = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    provider_id = UnicodeAttribute(null=True)
    start_at = UnicodeAttribute()
    live_number = UnicodeAttribute(null=True)
    agenda = UnicodeAttribute(null=True)
    agenda_at = UnicodeAttribute(null=True)
    body = Document(Order)

    by_customer = ByCustomer()
    by_provider = ByProvider()
    by_state = ByState()
    by_number = ByNumber()
    by_agenda = Agenda()

    @classmethod
    def of(cls, order: Order, now: datetime) -> "OrderItem":
        wait = order.next_wait()
        due = wait.until or (order.offer_until if wait.kind is WaitKind.DISPATCH else None)
        due = now if order.trouble else due or now + _PATIENCE.get(wait.kind, timedelta(0))
        return cls(
            order_id=order.order_id,
            version=order.version,
            state=order.state.value,
            customer_id=order.customer_id,
            provider_id=order.provider_id if order.accepted_at else None,
            start_at=iso(order.start),
            live_number=order.number if holds_number(order) else None,
            agenda=AGENDA_OPEN if order.open else None,
            agenda_at=iso(due) if order.open else None,
            body=order,
        )


class EventItem(Table):
    """What happened, once per version; the table's stream carries it on."""

    class Meta:
        table_name = table_name("ORDERS_TABLE")

    order_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = Document(Event)

    @classmethod
    def of(cls, event: Event) -> "EventItem":
        return cls(order_id=event.order_id, sk=f"EVENT#{event.version:06d}", body=event)


class NumberItem(Table):
    """A short number in use."""

    class Meta:
        table_name = table_name("ORDERS_TABLE")

    order_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default="NUMBER")
    target = UnicodeAttribute()

    @classmethod
    def key(cls, number: str) -> str:
        return f"NUMBER#{number}"


def holds_number(order: Order) -> bool:
    """Whether people may still call the order by its short number."""
    return order.state is not State.CANCELLED and order.released_at is None


def get(order_id: str) -> Order:
    """The order, strongly consistent. OrderNotFoundError when there is none."""
    try:
        return OrderItem.get(order_id, "ORDER", consistent_read=True).body
    except OrderItem.DoesNotExist as error:
        raise OrderNotFoundError(order_id=order_id) from error


def by_number(number: str) -> Order:
    """The live order people call by this number. The index may lag a moment: what is written next has a condition."""
    item = next(iter(OrderItem.by_number.query(number, limit=1)), None)
    if item is None:
        raise OrderNotFoundError(number=number)
    return item.body


def place(tx: Transaction, order: Order, event: Event, now: datetime) -> None:
    """Write a new order and reserve its number. NumberTakenError if another order drew the same one meanwhile."""
    tx.put(OrderItem.of(order, now), condition=OrderItem.order_id.does_not_exist(), otherwise=OrderChangedError())
    tx.put(EventItem.of(event), condition=EventItem.order_id.does_not_exist(), otherwise=OrderChangedError())
    tx.put(
        NumberItem(order_id=NumberItem.key(order.number), target=order.order_id),
        condition=NumberItem.order_id.does_not_exist(),
        otherwise=NumberTakenError(),
    )


def record(tx: Transaction, decision: Decision, *, otherwise: Otherwise | None = None) -> Order:
    """Write what a verb decided: order, event, the provider's time if it is freed, the number if it is done with.

    The condition is the version the decision was made on; `OrderChangedError` (or `otherwise`) when it has moved on.
    """
    before, after = decision.before, decision.after
    stale: Otherwise = otherwise or OrderChangedError(number=before.number)
    tx.put(OrderItem.of(after, decision.event.at), condition=OrderItem.version == before.version, otherwise=stale)
    tx.put(EventItem.of(decision.event), condition=EventItem.order_id.does_not_exist(), otherwise=stale)
    if decision.frees_provider:
        assert before.provider_id is not None
        assert before.reserved_mask is not None
        calendar.release(tx, before.provider_id, before.interval.day, before.order_id, before.reserved_mask)
    if holds_number(before) and not holds_number(after):
        number = NumberItem(order_id=NumberItem.key(before.number), target=before.order_id)
        tx.delete(number, condition=NumberItem.target == before.order_id, otherwise=stale)
    return after


def taken_numbers(numbers: list[str]) -> set[str]:
    """Which of these short numbers are in use."""
    keys = [(NumberItem.key(number), "NUMBER") for number in numbers]
    return {item.order_id.removeprefix("NUMBER#") for item in NumberItem.batch_get(keys, consistent_read=True)}


def overdue(now: datetime, limit: int) -> list[OrderId]:
    """Open orders whose agenda time has passed: their workflow should have acted."""
    found: Any = OrderItem.by_agenda.query(AGENDA_OPEN, OrderItem.agenda_at < iso(now), limit=limit)
    return [OrderId(item.order_id) for item in found]


def all_open() -> list[OrderId]:
    """Every open order. For restarting the workflows of a stack, never on a path a person waits for."""
    found: Any = OrderItem.by_agenda.query(AGENDA_OPEN)
    return [OrderId(item.order_id) for item in found]
