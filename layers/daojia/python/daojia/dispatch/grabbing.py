"""Taking an order: grab, decline, withdraw; an administrator's assignment. Exactly one wins (B1).

The winner's transaction changes the order under the condition of the version that was read, and the provider's day
under the condition of the busy integer that was read. Whoever comes later meets one of the two.
"""

from datetime import datetime

from daojia.catalogue import store as catalogue
from daojia.dispatch import store
from daojia.dispatch.errors import NotEligibleError, NotOfferedError
from daojia.dispatch.model import Sheet, rank
from daojia.kernel.errors import NotFoundError
from daojia.kernel.ids import OrderId, ProviderId
from daojia.kernel.parallel import both
from daojia.kernel.transaction import Transaction
from daojia.ordering import store as orders
from daojia.ordering.errors import AlreadyTakenError
from daojia.ordering.model import Actor, Order, Role
from daojia.providers.model import Standing
from daojia.scheduling import availability
from daojia.scheduling import store as calendar


def grab(
    provider_id: ProviderId,
    *,
    number: str | None = None,
    order_id: OrderId | None = None,
    tx: Transaction,
    now: datetime,
) -> Order:
    """Take an order one was offered, by its short number or its id. One round of reads; the caller commits.

    Raises OrderNotFoundError, NotOfferedError, AlreadyTakenError, SlotTakenError, NotEligibleError, DailyCapError.
    """
    desk, order = both(
        lambda: store.desk(provider_id, now),
        lambda: orders.get(order_id) if order_id else orders.by_number(number or ""),
    )
    if desk.provider is None or desk.provider.standing is not Standing.VERIFIED:
        raise NotEligibleError(number=order.number, reason="NOT_VERIFIED")
    if desk.offer_of(order.order_id) is None:
        if provider_id in order.offered and order.accepted_at is not None and order.provider_id != provider_id:
            raise AlreadyTakenError(number=order.number)
        if order.provider_id != provider_id or order.accepted_at is None:
            raise NotOfferedError(number=order.number)
    by = Actor(role=Role.PROVIDER, id=provider_id)
    held = order.reserved_mask is not None and order.provider_id == provider_id
    mask = order.reserved_mask if order.reserved_mask is not None and held else order.interval.mask()
    decision = order.accept(provider_id, desk.provider.name, mask, now, by)
    if not held:
        day = desk.day(provider_id, order.interval.day)
        calendar.reserve(tx, desk.provider, day, order.order_id, mask)
    store.drop_offer(tx, provider_id, order.number)
    return orders.record(tx, decision)


def decline(provider_id: ProviderId, order: Order, *, tx: Transaction, now: datetime) -> Order:
    """Say no to an offer: not asked again for this order."""
    if provider_id not in order.offered and provider_id != order.named_provider_id:
        raise NotOfferedError(number=order.number)
    store.drop_offer(tx, provider_id, order.number)
    return orders.record(tx, order.decline(provider_id, now))


def withdraw(order: Order, provider_id: ProviderId, reason: str, *, tx: Transaction, now: datetime) -> Order:
    """Give back an accepted order: the time is free again, the search starts anew without this provider."""
    return orders.record(tx, order.withdraw(provider_id, reason, now))


def candidates(order: Order, now: datetime) -> Sheet:
    """Every provider of the family around, with score or the reason why not (B3), as things stand."""
    service = catalogue.load().service(order.service.service_id)
    found = availability.search(service, order.place.point, order.interval.day)
    return rank(found, order.interval, service_id=service.service_id, barred=barred(order), now=now)


def barred(order: Order) -> frozenset[ProviderId]:
    """Who is not to be asked: declined or withdrew, or ordered the service themselves."""
    return frozenset((*order.excluded, order.customer_id))


def assign(order: Order, provider_id: ProviderId, by: Actor, *, tx: Transaction, now: datetime) -> Order:
    """An administrator picks the provider. The calendar is guarded as in a grab; the offer is not needed."""
    desk = store.desk(provider_id, now)
    if desk.provider is None:
        raise NotFoundError(provider_id=provider_id)
    if desk.provider.standing is not Standing.VERIFIED:
        raise NotEligibleError(number=order.number, reason="NOT_VERIFIED")
    if not order.service.skills <= desk.provider.service_ids:
        raise NotEligibleError(number=order.number, reason="NOT_SERVED")
    mask = order.interval.mask()
    held_by = order.provider_id if order.reserved_mask is not None and order.accepted_at is None else None
    decision = order.accept(provider_id, desk.provider.name, mask, now, by)
    if held_by != provider_id:
        calendar.reserve(tx, desk.provider, desk.day(provider_id, order.interval.day), order.order_id, mask)
        if held_by is not None and order.reserved_mask is not None:
            calendar.release(tx, held_by, order.interval.day, order.order_id, order.reserved_mask)
    store.drop_offer(tx, provider_id, order.number)
    return orders.record(tx, decision)
