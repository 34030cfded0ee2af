"""The search for a provider, wave by wave; called by the dispatch workflow.

Every function may be called again at any time: it looks at the order as it is and does only what is still to be done.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from daojia.dispatch import store
from daojia.dispatch.grabbing import candidates
from daojia.dispatch.model import WAVE_SIZES, Sheet, SheetRow
from daojia.kernel.ids import ProviderId
from daojia.kernel.transaction import Transaction
from daojia.kernel.value import Value
from daojia.ordering import cancelling
from daojia.ordering import store as orders
from daojia.ordering.model import Order, State


class Outcome(StrEnum):
    """How the search stands."""

    OFFERED = "OFFERED"
    EXHAUSTED = "EXHAUSTED"
    ESCALATED = "ESCALATED"
    DONE = "DONE"


class Search(Value):
    """The order after a step of the search, and until when the next answer is awaited."""

    order: Order
    outcome: Outcome
    until: datetime | None = None


def advance(order: Order, *, tx: Transaction, now: datetime) -> Search:
    """Send the next wave if it is due; wait on if the present one still runs; say so when there is nobody left."""
    if order.state is not State.PENDING_ACCEPTANCE:
        return Search(order=order, outcome=Outcome.DONE)
    if order.escalated_at is not None:
        return Search(order=order, outcome=Outcome.ESCALATED, until=order.offer_until)
    if order.offer_until is not None and now < order.offer_until and _someone_may_answer(order):
        return Search(order=order, outcome=Outcome.OFFERED, until=order.offer_until)
    if order.named_provider_id is not None:
        if order.wave == 0:
            return _offer(order, (order.named_provider_id,), None, tx=tx, now=now)
        store.drop_offer(tx, order.named_provider_id, order.number)
        decision = order.give_up_named(now, declined=False)
        return Search(order=orders.record(tx, decision), outcome=Outcome.OFFERED, until=now)
    if order.wave >= order.timing.offer_waves or now >= order.start:
        return Search(order=order, outcome=Outcome.EXHAUSTED)
    sheet = candidates(order, now)
    fresh = [row for row in sheet.rows if row.excluded is None and row.provider_id not in order.offered]
    chosen = tuple(row.provider_id for row in fresh[: WAVE_SIZES[min(order.wave, len(WAVE_SIZES) - 1)]])
    if not chosen:
        return Search(order=order, outcome=Outcome.EXHAUSTED)
    return _offer(order, chosen, sheet, tx=tx, now=now)


def escalate(order: Order, *, tx: Transaction, now: datetime) -> Search:
    """Raise the order to an administrator. Offers stay open meanwhile; the visit's start ends all hope."""
    if order.state is not State.PENDING_ACCEPTANCE:
        return Search(order=order, outcome=Outcome.DONE)
    if order.escalated_at is not None:
        return Search(order=order, outcome=Outcome.ESCALATED, until=order.offer_until)
    until = max(now, min(now + timedelta(seconds=order.timing.escalation_window), order.start))
    return Search(order=orders.record(tx, order.escalate(until, now)), outcome=Outcome.ESCALATED, until=until)


def give_up(order: Order, *, tx: Transaction, now: datetime) -> Search:
    """Still nobody: cancelled with a full refund."""
    if order.state is State.PENDING_ACCEPTANCE:
        order = cancelling.give_up(order, tx=tx, now=now)
    return Search(order=order, outcome=Outcome.DONE)


def _someone_may_answer(order: Order) -> bool:
    return any(provider_id not in order.excluded for provider_id in order.offered)


def _offer(
    order: Order, chosen: tuple[ProviderId, ...], sheet: Sheet | None, *, tx: Transaction, now: datetime
) -> Search:
    """Offers, sheet, order and event in one transaction."""
    wave = order.wave + 1
    until = min(now + timedelta(seconds=order.timing.offer_wave), order.start)
    rows: dict[ProviderId, SheetRow] = {row.provider_id: row for row in sheet.rows} if sheet else {}
    last_call = until + timedelta(
        seconds=order.timing.offer_wave * order.timing.offer_waves + order.timing.escalation_window
    )
    for provider_id in chosen:
        offer = store.Offer(
            order_id=order.order_id,
            number=order.number,
            service_name=order.service.text,
            start=order.start,
            minutes=order.minutes,
            area=order.place.area,
            distance_m=round(rows[provider_id].distance_m) if provider_id in rows else 0,
            income_fen=order.split(0)["earned_fen"],
            named=provider_id == order.named_provider_id,
            made_at=now,
            until=min(last_call, order.start),
        )
        tx.put(store.OfferItem.of(provider_id, offer))
    if sheet is not None:
        tx.put(store.SheetItem.of(order, wave, sheet.sent_to(chosen)))
    after = orders.record(tx, order.offer(wave, chosen, until, now))
    return Search(order=after, outcome=Outcome.OFFERED, until=until)
