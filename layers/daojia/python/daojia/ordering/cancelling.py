"""Ending an order early: freely before acceptance, by agreement or arbitration after it."""

from datetime import datetime

from daojia.kernel.ids import AccountId
from daojia.kernel.transaction import Transaction
from daojia.ledger import store as ledger
from daojia.ledger.model import Posting, earned, refund_started
from daojia.ordering import store
from daojia.ordering.errors import NotYourOrderError
from daojia.ordering.model import Actor, Decision, Order, Role, State


def cancel(order: Order, by: Actor, reason: str, *, tx: Transaction, now: datetime) -> Order:
    """Cancel, or, when a provider has accepted and a customer asks, propose it (`order.proposal` is then set)."""
    if by.role is Role.CUSTOMER:
        if by.id != order.customer_id:
            raise NotYourOrderError(number=order.number)
        if order.state in (State.ACCEPTED, State.EN_ROUTE):
            return store.record(tx, order.propose_cancellation(reason, now))
    return _end(order.cancel(by, reason, now), tx=tx, now=now)


def answer(order: Order, by: Actor, agree: bool, *, tx: Transaction, now: datetime) -> Order:
    """The provider or an administrator answers a customer's proposal to cancel."""
    if by.role is Role.PROVIDER:
        order.require_provider(AccountId(by.id))
    return _end(order.answer_cancellation(by, agree, now), tx=tx, now=now)


def give_up(order: Order, *, tx: Transaction, now: datetime) -> Order:
    """Nobody was found: everything back."""
    return _end(order.nobody_found(now), tx=tx, now=now)


def lapse(order: Order, *, tx: Transaction, now: datetime) -> Order:
    """Nobody paid in time."""
    return store.record(tx, order.lapse(now))


def _end(decision: Decision, *, tx: Transaction, now: datetime) -> Order:
    """Write the end and move the money: back to the customer what the decision says, the rest is earned."""
    postings: list[Posting] = []
    before, after = decision.before, decision.after
    back_fen = after.refunded_fen - before.refunded_fen
    if back_fen:
        postings += refund_started(after.order_id, back_fen)
    if after.confirmed_at is not None and after.provider_id is not None:
        postings += earned(after.order_id, after.provider_id, after.earned_fen, after.commission_fen)
    if postings:
        ledger.post(tx, postings, event_id=decision.event.event_id, now=now)
    return store.record(tx, decision)
