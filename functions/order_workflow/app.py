"""The steps of the workflows `order_lifecycle` and `dispatch`, and the sweep that looks after stuck ones.

Each step reads the order and does what is due now; called again, or too late, it changes nothing and answers with the
order as it is. So a workflow may be restarted at any moment, from the beginning.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from daojia.dispatch import waves
from daojia.kernel.ids import OrderId
from daojia.kernel.times import now as clock
from daojia.kernel.times import parse_iso
from daojia.kernel.transaction import Transaction, committed
from daojia.ordering import cancelling, paying, store, visits, workflow
from daojia.ordering.model import SYSTEM, Order, RefundState, Snapshot, WaitKind, seconds_until
from daojia.payments.wechat_pay import WeChatPayClient
from daojia.platform.observability import logger, metrics

SWEEP_MAX = 100
PATIENCE = timedelta(minutes=2)

Step = Callable[[Order, Transaction, datetime], Order]


def _due(order: Order, kind: WaitKind, now: datetime) -> bool:
    wait = order.next_wait()
    return wait.kind is kind and (wait.until is None or wait.until <= now)


def lapse_unpaid(order: Order, tx: Transaction, now: datetime) -> Order:
    """The payment window is over. The channel is asked first: the callback may be late or lost."""
    if not _due(order, WaitKind.PAYMENT, now):
        return order
    channel = WeChatPayClient.of_stage()
    fact = channel.query(order.payment.out_trade_no)
    if fact is None or not fact.paid:
        if fact is not None:
            channel.close(order.payment.out_trade_no)
            fact = channel.query(order.payment.out_trade_no)  # paid between question and closing?
        if fact is None or not fact.paid:
            return cancelling.lapse(order, tx=tx, now=now)
    return paying.receive(fact, tx=tx, now=now)


def remind(order: Order, tx: Transaction, now: datetime) -> Order:
    """Bound to the order as it is at this moment: a reminder of a visit that moved is never sent (B12)."""
    return store.record(tx, order.remind(now)) if _due(order, WaitKind.REMINDER, now) else order


def raise_overdue(order: Order, tx: Transaction, now: datetime) -> Order:
    return store.record(tx, order.raise_overdue(now)) if _due(order, WaitKind.OVERDUE, now) else order


def auto_confirm(order: Order, tx: Transaction, now: datetime) -> Order:
    return visits.confirm(order, SYSTEM, tx=tx, now=now) if _due(order, WaitKind.CONFIRMATION, now) else order


def release_income(order: Order, tx: Transaction, now: datetime) -> Order:
    return visits.release_income(order, tx=tx, now=now) if _due(order, WaitKind.SETTLEMENT_DELAY, now) else order


def refund(order: Order, tx: Transaction, now: datetime) -> Order:
    """Ask the channel for the first refund still requested; asking again with the same number is harmless."""
    wanted = next((each for each in order.refunds if each.state is RefundState.REQUESTED), None)
    if wanted is None:
        return order
    fact = WeChatPayClient.of_stage().refund(
        refund_no=wanted.refund_no,
        out_trade_no=order.payment.out_trade_no,
        amount_fen=wanted.amount_fen,
        total_fen=order.total_fen,
        reason=wanted.reason,
    )
    return paying.receive_refund(fact, tx=tx, now=now)


STEPS: dict[str, Step] = {
    "read": lambda order, _tx, _now: order,
    "lapse_unpaid": lapse_unpaid,
    "remind": remind,
    "raise_overdue": raise_overdue,
    "auto_confirm": auto_confirm,
    "release_income": release_income,
    "refund": refund,
}
SEARCHES = {"offer_wave": waves.advance, "escalate": waves.escalate, "give_up": waves.give_up}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    task = str(event["task"])
    if task in ("sweep", "resume"):
        return sweep() if task == "sweep" else restart_all()
    order_id = OrderId(event["order_id"])
    logger.append_keys(order_id=order_id, task=task)
    if task == "await":
        until = parse_iso(event["entered"]) + timedelta(seconds=int(event["seconds"]))
        workflow.park(event["waiter"], order_id, int(event["version"]), event["token"], until=until, now=clock())
        return {}
    if task == "report_trouble":
        return report_trouble(order_id, str(event.get("error", "")))
    if task in SEARCHES:
        return search(task, order_id)
    step = STEPS[task]
    order = committed(lambda tx: step(store.get(order_id), tx, clock()))
    return Snapshot.of(order, clock()).model_dump(mode="json")


def search(task: str, order_id: OrderId) -> dict[str, Any]:
    """A step of the search for a provider: the snapshot with the outcome and how long to wait for an answer."""
    found = committed(lambda tx: SEARCHES[task](store.get(order_id), tx=tx, now=clock()))
    answer = Snapshot.of(found.order, clock()).model_dump(mode="json")
    return {**answer, "outcome": found.outcome.value, "seconds": seconds_until(found.until or clock(), clock())}


def report_trouble(order_id: OrderId, error: str) -> dict[str, Any]:
    """A step failed for good: it stands in the order's timeline, and the alarm on failed executions rings.

    Trouble that stands there already is not told again.
    """
    logger.error("workflow stopped", error=error)

    def report(tx: Transaction) -> Order:
        order = store.get(order_id)
        return order if order.trouble == error else store.record(tx, order.report_trouble(error, clock()))

    order = committed(report)
    return Snapshot.of(order, clock()).model_dump(mode="json")


def sweep() -> dict[str, Any]:
    """Orders whose workflow should have acted and has not: counted for the alarm, their workflow started afresh."""
    now = clock()
    stuck = [order for order_id in store.overdue(now - PATIENCE, SWEEP_MAX) if (order := store.get(order_id)).open]
    for order in stuck:
        logger.warning("stuck order", order_id=order.order_id, state=order.state.value, version=order.version)
        workflow.start_lifecycle(order.order_id, order.version, why=f"-{now:%Y%m%d%H%M}")
    metrics.add_metric(name="StuckOrders", unit="Count", value=len(stuck))
    metrics.flush_metrics()
    return {"stuck": len(stuck)}


def restart_all() -> dict[str, Any]:
    """Start a workflow for every open order: after an outage that lost the running ones."""
    now = clock()
    orders = [store.get(order_id) for order_id in store.all_open()]
    for order in orders:
        workflow.start_lifecycle(order.order_id, order.version, why=f"-{now:%Y%m%d%H%M%S}")
    return {"restarted": len(orders)}
