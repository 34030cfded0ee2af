"""One order with everything about it: timeline, dispatch sheets, money."""

from daojia.dispatch.model import Sheet
from daojia.dispatch.store import SheetItem
from daojia.kernel.parallel import both
from daojia.kernel.table import read_partition
from daojia.kernel.value import Value
from daojia.ledger import store as ledger
from daojia.ledger.model import Posting
from daojia.ordering.errors import OrderNotFoundError
from daojia.ordering.model import Event, Order
from daojia.ordering.store import EventItem, OrderItem


class OrderPage(Value):
    """One order with its timeline, how it was dispatched and where its money is."""

    order: Order
    timeline: tuple[Event, ...]
    sheets: tuple[Sheet, ...]
    postings: tuple[Posting, ...]


def page(order_id: str) -> OrderPage:
    """Everything about one order; the two tables are read side by side. OrderNotFoundError when there is none."""
    items, postings = both(
        lambda: read_partition({"ORDER": OrderItem, "EVENT#": EventItem, "SHEET#": SheetItem}, order_id),
        lambda: ledger.order_postings(order_id),
    )
    order = next((item.body for item in items if isinstance(item, OrderItem)), None)
    if order is None:
        raise OrderNotFoundError(order_id=order_id)
    return OrderPage(
        order=order,
        timeline=tuple(item.body for item in items if isinstance(item, EventItem)),
        sheets=tuple(item.body for item in items if isinstance(item, SheetItem)),
        postings=tuple(postings),
    )
