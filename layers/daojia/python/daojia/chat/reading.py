"""Reading what the dialogue asked for, all of it side by side."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from daojia.chat.situation import Facts, Lookup, Situation
from daojia.dispatch import store as offers
from daojia.kernel.parallel import gather
from daojia.ordering import queries
from daojia.ordering import store as orders
from daojia.ordering.errors import OrderNotFoundError
from daojia.ordering.model import State
from daojia.ordering.placing import LEAD
from daojia.payments import payouts
from daojia.places import finding
from daojia.scheduling import availability
from daojia.scheduling.model import free_starts

_JOBS = (State.ACCEPTED, State.EN_ROUTE, State.IN_SERVICE)
_LATEST = 20
_STILL_OPEN = timedelta(days=30)
"""How long after its visit an order that is not settled is still spoken of."""


def read(lookup: Lookup, sit: Situation) -> Facts:
    """The facts known so far and those asked for. OrderNotFoundError for somebody else's order."""
    reads: list[tuple[str, Callable[[], Any]]] = []
    if lookup.orders:
        reads.append(("orders", lambda: queries.of_customer(sit.me, limit=_LATEST).items))
        reads.append(("under_way", lambda: queries.under_way(sit.me, sit.now - _STILL_OPEN)))
    if lookup.jobs:
        reads.append(("jobs", lambda: _jobs(sit)))
    if lookup.offers:
        reads.append(("offers", lambda: tuple(offers.offers_of(sit.me, sit.now))))
    if lookup.income:
        reads.append(("income", partial(payouts.income, sit.me)))
    if lookup.order_id is not None:
        order_id = lookup.order_id
        reads.append(("found", lambda: _own(sit, order_id)))
    if lookup.starts is not None:
        reads.append(("starts", lambda: _starts(sit, lookup)))
    if lookup.spots:
        words = lookup.spots
        reads.append(("spots", lambda: {**sit.facts.spots, words: finding.spots_of(sit.book, words)}))
    values = gather([each for _, each in reads]) if len(reads) > 1 else [read_one() for _, read_one in reads]
    found = dict(zip((name for name, _ in reads), values, strict=True))
    if under_way := found.pop("under_way", ()):
        found["orders"] = tuple({order.order_id: order for order in (*under_way, *found["orders"])}.values())
    return replace(sit.facts, **found)


def _jobs(sit: Situation) -> tuple[Any, ...]:
    found = queries.of_provider(sit.me, _JOBS, limit=_LATEST).items
    return tuple(sorted(found, key=lambda job: job.start))


def _own(sit: Situation, order_id: Any) -> dict[Any, Any]:
    """An order this person has to do with; anybody else's does not exist for them."""
    order = orders.get(order_id)
    if sit.me not in (order.customer_id, order.provider_id):
        raise OrderNotFoundError(order_id=order_id)
    return {**sit.facts.found, order_id: order}


def _starts(sit: Situation, lookup: Lookup) -> dict[Any, Any]:
    assert lookup.starts is not None
    service, point, day = lookup.starts
    candidates = availability.search(service, point, day)
    starts = tuple(free_starts(candidates, service.minutes, day, sit.now, LEAD))
    return {**sit.facts.starts, (service.service_id, point, day): starts}
