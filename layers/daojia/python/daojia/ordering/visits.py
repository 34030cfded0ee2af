"""The visit: depart, begin with the customer's code, finish, confirm, release the income."""

from datetime import datetime

from daojia.kernel.ids import ProviderId, digits
from daojia.kernel.transaction import Transaction
from daojia.ledger import store as ledger
from daojia.ledger.model import earned, released
from daojia.ordering import store
from daojia.ordering.errors import NotYourOrderError, TooManyCodesError, WrongArrivalCodeError
from daojia.ordering.model import WRONG_CODES_MAX, Actor, Order, Role


def depart(order: Order, provider_id: ProviderId, *, tx: Transaction, now: datetime) -> Order:
    """The provider sets out."""
    return store.record(tx, order.depart(provider_id, now))


def begin(order: Order, provider_id: ProviderId, code: str, *, tx: Transaction, now: datetime) -> Order:
    """The provider is let in with the customer's code. A wrong one is counted and refused: `tx.refusal` is then set."""
    try:
        return store.record(tx, order.begin(provider_id, code, now))
    except WrongArrivalCodeError as error:
        after = store.record(tx, order.miscode(provider_id, now))
        tx.refuse(error if after.wrong_codes < WRONG_CODES_MAX else TooManyCodesError(number=order.number))
        return after


def renew_code(order: Order, by: Actor, *, tx: Transaction, now: datetime) -> Order:
    """An administrator gives the customer a new code; they are told that there is one, and see it in the chat."""
    return store.record(tx, order.renew_code(digits(4), by, now))


def finish(order: Order, provider_id: ProviderId, *, tx: Transaction, now: datetime) -> Order:
    """The work is done."""
    return store.record(tx, order.finish(provider_id, now))


def confirm(order: Order, by: Actor, *, tx: Transaction, now: datetime) -> Order:
    """The customer is content (or the time to object has passed): the money is earned."""
    if by.role is Role.CUSTOMER and by.id != order.customer_id:
        raise NotYourOrderError(number=order.number)
    decision = order.confirm(by, now)
    after = decision.after
    assert after.provider_id is not None
    postings = earned(after.order_id, after.provider_id, after.earned_fen, after.commission_fen)
    ledger.post(tx, postings, event_id=decision.event.event_id, now=now)
    return store.record(tx, decision)


def release_income(order: Order, *, tx: Transaction, now: datetime) -> Order:
    """The settlement delay is over: the income may be paid out."""
    decision = order.release_income(now)
    assert order.provider_id is not None
    if order.earned_fen:
        postings = released(order.order_id, order.provider_id, order.earned_fen)
        ledger.post(tx, postings, event_id=decision.event.event_id, now=now)
    return store.record(tx, decision)
