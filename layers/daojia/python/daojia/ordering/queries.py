"""Lists of orders: by customer, by provider, by state."""

import base64
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from daojia.kernel.errors import InvalidInputError
from daojia.kernel.ids import AccountId
from daojia.kernel.texts import say
from daojia.kernel.times import iso
from daojia.kernel.value import Value
from daojia.ordering.model import Order, State
from daojia.ordering.store import OrderItem

PAGE_MAX: Final = 50
_POSITION: Final = TypeAdapter(dict[str, dict[str, str]])


class Page(Value):
    """A piece of a list; `next` asks for the following piece, None at the end."""

    items: tuple[Order, ...]
    next: str | None


def of_customer(
    customer_id: AccountId, states: Collection[State] = (), *, cursor: str | None = None, limit: int = 20
) -> Page:
    """A customer's orders, latest visit first."""
    return _page(OrderItem.by_customer, customer_id, states, cursor, limit, newest_first=True)


def under_way(customer_id: AccountId, since: datetime) -> tuple[Order, ...]:
    """A customer's orders with which something may still happen, soonest visit first: those with a visit from `since`
    on, PAGE_MAX at most. However many others they have, none of these is missed."""
    found = OrderItem.by_customer.query(
        customer_id,
        OrderItem.start_at >= iso(since),
        filter_condition=OrderItem.agenda.exists(),
        limit=PAGE_MAX,
        page_size=PAGE_MAX,
    )
    return tuple(item.body for item in found)


def of_provider(
    provider_id: AccountId, states: Collection[State] = (), *, cursor: str | None = None, limit: int = 20
) -> Page:
    """The orders a provider took, latest visit first."""
    return _page(OrderItem.by_provider, provider_id, states, cursor, limit, newest_first=True)


def in_state(state: State, *, cursor: str | None = None, limit: int = 20) -> Page:
    """All orders in a state, earliest visit first: what needs attention soonest."""
    return _page(OrderItem.by_state, state.value, (), cursor, limit, newest_first=False)


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
        last_evaluated_key=_decoded(cursor, key) if cursor else None,
    )
    orders = tuple(item.body for item in found)
    return Page(items=orders, next=_encoded(found.last_evaluated_key) if len(orders) == limit else None)


def _encoded(position: dict[str, Any] | None) -> str | None:
    if not position:
        return None
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode()


def _decoded(cursor: str, key: str) -> dict[str, Any]:
    """The position a cursor stands for. InvalidInputError unless it is one within the list of `key`."""
    try:
        position: dict[str, dict[str, str]] = _POSITION.validate_json(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise InvalidInputError(problem=say("errors.problems.cursor")) from error
    names = position.keys()
    texts = all(value.keys() == {"S"} for value in position.values())
    if (
        len(names) != 4
        or not texts
        or not {"order_id", "sk", "start_at"} <= names
        or {"S": key} not in position.values()
    ):
        raise InvalidInputError(problem=say("errors.problems.cursor"))
    return position
