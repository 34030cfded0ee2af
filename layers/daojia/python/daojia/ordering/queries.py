"""Reading orders: lists by customer, provider and state; one order with everything about it."""

import base64
import json
from collections.abc import Collection
from typing import Any

from daojia.dispatch.model import Sheet
from daojia.dispatch.store import SheetItem
from daojia.kernel.errors import InvalidInputError
from daojia.kernel.ids import AccountId
from daojia.kernel.parallel import both
from daojia.kernel.texts import say
from daojia.kernel.table import read_partition
from daojia.kernel.value import Value
from daojia.ledger import store as ledger
from daojia.ledger.model import Posting
from daojia.ordering.errors import OrderNotFoundError
from daojia.ordering.model import Event, Order, State
from daojia.ordering.store import EventItem, OrderItem

PAGE_MAX = 50


class Page(Value):
    """A piece of a list; `next` asks for the following piece, None at the end."""

    items: tuple[Order, ...]
    next: str | None


class OrderPage(Value):
    """One order with its timeline, how it was dispatched and where its money is."""

    order: Order
    timeline: tuple[Event, ...]
    sheets: tuple[Sheet, ...]
    postings: tuple[Posting, ...]


def of_customer(
    customer_id: AccountId, states: Collection[State] = (), *, cursor: str | None = None, limit: int = 20
) -> Page:
    """A customer's orders, latest visit first."""
    return _page(OrderItem.by_customer, customer_id, states, cursor, limit, newest_first=True)


def of_provider(
    provider_id: AccountId, states: Collection[State] = (), *, cursor: str | None = None, limit: int = 20
) -> Page:
    """The orders a provider took, latest visit first."""
    return _page(OrderItem.by_provider, provider_id, states, cursor, limit, newest_first=True)


def in_state(state: State, *, cursor: str | None = None, limit: int = 20) -> Page:
    """All orders in a state, earliest visit first: what needs attention soonest."""
    return _page(OrderItem.by_state, state.value, (), cursor, limit, newest_first=False)


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


def _page(
    index: Any, key: str, states: Collection[State], cursor: str | None, limit: int, *, newest_first: bool
) -> Page:
    limit = max(1, min(limit, PAGE_MAX))
    found = index.query(
        key,
        filter_condition=OrderItem.state.is_in(*(state.value for state in states)) if states else None,
        scan_index_forward=not newest_first,
        limit=limit,
        page_size=limit if not states else PAGE_MAX,
        last_evaluated_key=_decoded(cursor) if cursor else None,
    )
    orders = tuple(item.body for item in found)
    return Page(items=orders, next=_encoded(found.last_evaluated_key) if len(orders) == limit else None)


def _encoded(position: dict[str, Any] | None) -> str | None:
    if not position:
        return None
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode()


def _decoded(cursor: str) -> dict[str, Any]:
    try:
        return json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise InvalidInputError(problem=say("errors.problems.cursor")) from error
