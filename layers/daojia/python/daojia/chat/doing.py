"""Carrying out what a conversation asks for: each act calls its use case and is put into words.

Nothing is committed here; the turn does that together with the conversation.
"""

import os
from datetime import datetime

from daojia.chat import acts, jobs, views
from daojia.chat.acts import Act
from daojia.chat.situation import Situation
from daojia.chat.speech import tell
from daojia.dispatch import grabbing
from daojia.kernel.money import yuan
from daojia.kernel.times import local
from daojia.kernel.transaction import Transaction
from daojia.ordering import cancelling, placing, visits
from daojia.ordering import store as orders
from daojia.ordering.model import Actor, Order, Role
from daojia.ordering.timing import timing
from daojia.platform.links import sign_link
from daojia.providers import store as providers


def pay_link(order: Order) -> str:
    """Where the order can be paid, until its payment window ends."""
    token = sign_link("pay", {"order_id": order.order_id}, order.pay_by)
    return f"{os.environ['PUBLIC_BASE_URL'].rstrip('/')}/pay/{token}"


def carry_out(act: Act, sit: Situation, *, tx: Transaction) -> str:  # noqa: C901  one case per act
    """Do it, as far as `tx`, and say so. Raises what the use case raises."""
    me, now = sit.me, sit.now
    today = local(now).date()
    match act:
        case acts.Place(command):
            order = placing.place(me, command, timing=timing(), tx=tx, now=now)
            return views.placed(order, pay_link, today)
        case acts.Cancel(order):
            by = Actor(role=Role.CUSTOMER, id=me)
            return views.cancelled(cancelling.cancel(order, by, tell("record.cancelled"), tx=tx, now=now))
        case acts.ConfirmVisit(order):
            visits.confirm(order, Actor(role=Role.CUSTOMER, id=me), tx=tx, now=now)
            return tell("visit.done", number=order.number)
        case acts.Grab(number):
            return jobs.grabbed(grabbing.grab(me, number=number, tx=tx, now=now), today)
        case acts.Decline(number):
            grabbing.decline(me, orders.by_number(number), tx=tx, now=now)
            return tell("offers.declined", number=number)
        case acts.Depart(order):
            return tell("jobs.departed", number=visits.depart(order, me, tx=tx, now=now).number)
        case acts.Begin(order, code):
            return tell("jobs.begun", number=visits.begin(order, me, code, tx=tx, now=now).number)
        case acts.Finish(order):
            order = visits.finish(order, me, tx=tx, now=now)
            income = yuan(order.split(order.refunded_fen)["earned_fen"])
            return tell("jobs.finished", number=order.number, income=income)
        case acts.Answer(order, agree):
            return _answered(order, agree, sit, tx, now)
        case acts.Withdraw(order):
            grabbing.withdraw(order, me, tell("record.withdrawn"), tx=tx, now=now)
            return tell("jobs.withdrawn", number=order.number)
        case acts.Rest(provider, resting):
            providers.update(tx, provider, provider.model_copy(update={"resting": resting}))
            return tell("jobs.rest_on" if resting else "jobs.rest_off")


def _answered(order: Order, agree: bool, sit: Situation, tx: Transaction, now: datetime) -> str:
    """A provider's answer to a customer's wish to cancel."""
    after = cancelling.answer(order, Actor(role=Role.PROVIDER, id=sit.me), agree, tx=tx, now=now)
    if not agree:
        return tell("jobs.refused", number=order.number)
    if after.earned_fen:
        return tell("jobs.agreed_fee", number=order.number, income=yuan(after.earned_fen))
    return tell("jobs.agreed", number=order.number)
