"""Every branch of the order's workflow, on the running stack."""

import pytest

from daojia.dispatch import grabbing
from daojia.kernel.times import now
from daojia.ledger import store as ledger
from daojia.ordering import cancelling, store
from daojia.ordering.model import Actor, Order, PaymentState, RefundState, Role, State
from tests.workflow.road import Road


def _closed(order: Order) -> bool:
    return not order.open


@pytest.mark.feature("C9")
def test_a_whole_life_from_payment_to_released_income(road: Road) -> None:
    order = road.place(reminder_lead=30 * 86400, auto_confirm=2, settlement_delay=2)
    road.await_step(order, "AwaitPayment")
    road.pay(order)
    offered = road.await_order(order, lambda it: bool(it.offered), "an offer")
    winner = offered.offered[0]
    road.grab(order.order_id, winner)
    road.await_order(order, lambda it: it.reminded_at is not None, "the reminder")
    road.depart(order)
    road.begin(order)
    road.await_step(order, "AwaitFinish")
    road.finish(order)
    closed = road.await_order(order, _closed, "the end")
    assert closed.state is State.COMPLETED
    assert closed.released_at is not None
    assert road.await_end(order) == "SUCCEEDED"
    assert road.await_end(order, "Dispatch") == "SUCCEEDED"
    path = road.path(order)
    for name in (
        "AwaitPayment",
        "FindProvider",
        "SendReminder",
        "AwaitFinish",
        "AutoConfirm",
        "ReleaseIncome",
        "Closed",
    ):
        assert name in path, path
    assert len(road.executions(order)) == 1
    assert ledger.balance(f"escrow:{order.order_id}") == 0


def test_an_order_nobody_pays_lapses_and_frees_the_named_provider(road: Road) -> None:
    free = road.place()
    road.pay(free)
    named = road.await_order(free, lambda it: bool(it.offered), "an offer").offered[0]
    road.cancel(free.order_id)
    order = road.place(named=named, payment_window=2)
    assert order.reserved_mask is not None
    lapsed = road.await_order(order, lambda it: it.state is State.CANCELLED, "the lapse")
    assert lapsed.cancellation is not None
    assert lapsed.cancellation.reason == "UNPAID"
    assert lapsed.reserved_mask is None
    assert road.await_end(order) == "SUCCEEDED"


@pytest.mark.feature("B7")
def test_a_payment_whose_callback_is_lost_is_found_by_asking(road: Road) -> None:
    road.misbehave({"match": "TRANSACTION.SUCCESS", "fault": "lost", "times": 20})
    order = road.place(payment_window=3)
    road.pay(order)
    found = road.await_order(order, lambda it: it.state is State.PENDING_ACCEPTANCE, "the payment found by asking")
    assert found.payment.state is PaymentState.PAID
    assert "LapseUnpaid" in road.path(order)
    road.misbehave()
    road.cancel(order.order_id)
    road.await_order(order, _closed, "the refund")


@pytest.mark.feature("B7")
def test_a_late_payment_on_a_cancelled_order_is_refunded_by_itself(road: Road) -> None:
    order = road.place()
    road.prepay(order)
    road.cancel(order.order_id)
    assert road.await_end(order) == "SUCCEEDED"
    road.pay_by_sheet(order)
    refunded = road.await_order(
        order, lambda it: any(each.state is RefundState.SUCCEEDED for each in it.refunds), "the refund"
    )
    assert refunded.state is State.CANCELLED
    assert [each.amount_fen for each in refunded.refunds] == [order.total_fen]
    assert ledger.balance(f"escrow:{order.order_id}") == 0


def test_a_customer_cancels_before_paying(road: Road) -> None:
    order = road.place()
    road.cancel(order.order_id)
    assert road.await_end(order) == "SUCCEEDED"
    assert road.events(order) == ["OrderPlaced", "OrderCancelled"]


@pytest.mark.feature("C10")
def test_a_customer_cancels_while_a_provider_is_sought(road: Road) -> None:
    order = road.place()
    road.pay(order)
    road.await_order(order, lambda it: bool(it.offered), "an offer")
    road.cancel(order.order_id)
    closed = road.await_order(order, _closed, "the refund")
    assert closed.refunded_fen == order.total_fen
    assert road.await_end(order, "Dispatch") == "SUCCEEDED"
    assert road.await_end(order) == "SUCCEEDED"


@pytest.mark.feature("C10")
def test_after_acceptance_the_provider_agrees_to_a_cancellation(road: Road) -> None:
    order = road.accepted()
    proposed = road.cancel(order.order_id)
    assert proposed.state is State.ACCEPTED
    assert proposed.proposal is not None
    provider = Actor(role=Role.PROVIDER, id=str(proposed.provider_id))
    road.act(order.order_id, lambda it, tx, at: cancelling.answer(it, provider, True, tx=tx, now=at))
    closed = road.await_order(order, _closed, "the refund")
    assert closed.state is State.CANCELLED
    assert closed.reserved_mask is None


def test_an_administrator_cancels_while_the_provider_is_on_the_way(road: Road) -> None:
    order = road.accepted()
    road.depart(order)
    road.cancel(order.order_id, Role.ADMINISTRATOR)
    closed = road.await_order(order, _closed, "the refund")
    assert closed.refunded_fen == order.total_fen


def test_once_the_work_has_begun_nobody_cancels(road: Road) -> None:
    order = road.accepted(auto_confirm=1, settlement_delay=1)
    road.begin(order)
    from daojia.ordering.errors import CancellationRefusedError

    with pytest.raises(CancellationRefusedError):
        road.cancel(order.order_id)
    road.finish(order)
    with pytest.raises(CancellationRefusedError):
        road.cancel(order.order_id)
    road.await_order(order, _closed, "the end")


def test_a_provider_withdraws_and_another_is_found(road: Road) -> None:
    order = road.accepted()
    first = store.get(order.order_id).provider_id
    assert first is not None
    road.act(order.order_id, lambda it, tx, at: grabbing.withdraw(it, first, "生病", tx=tx, now=at))
    again = road.await_order(order, lambda it: bool(it.offered), "a new search")
    assert first not in again.offered
    assert again.dispatch_round == 2
    taken = road.grab(order.order_id, again.offered[0])
    assert taken.provider_id != first
    road.cancel(order.order_id, Role.ADMINISTRATOR)
    road.await_order(order, _closed, "the end")
    assert len(road.executions(order)) == 1


def test_a_visit_that_does_not_begin_is_raised_and_can_still_begin(road: Road) -> None:
    order = road.place(reminder_lead=30 * 86400, overdue_grace=0, auto_confirm=1, settlement_delay=1)
    order = road.act(order.order_id, _overdue_in(2))
    road.pay(order)
    offered = road.await_order(order, lambda it: bool(it.offered), "an offer")
    road.grab(order.order_id, offered.offered[0])
    road.await_order(order, lambda it: it.overdue_at is not None, "the alarm")
    assert "VisitOverdue" in road.events(order)
    road.begin(order)
    road.finish(order)
    road.await_order(order, _closed, "the end")
    assert "RaiseOverdue" in road.path(order)
    assert "AwaitLateArrival" in road.path(order)


def _overdue_in(seconds: int):
    """An order's visit counts as overdue so many seconds from now: its grace time is negative."""

    def change(order: Order, tx, at):
        grace = int((at - order.start).total_seconds()) + seconds
        timing = order.timing.model_copy(update={"overdue_grace": grace})
        from daojia.ordering.store import OrderItem

        changed = order.model_copy(update={"timing": timing})
        tx.put(OrderItem.of(changed, at))
        return changed

    return change


@pytest.mark.feature("C11")
def test_a_refund_the_channel_refuses_twice_succeeds_at_the_third_try(road: Road) -> None:
    order = road.place()
    road.pay(order)
    road.await_order(order, lambda it: it.paid, "the payment")
    road.misbehave({"match": "/v3/refund", "fault": "error", "times": 2, "status": 500, "code": "SYSTEM_ERROR"})
    road.cancel(order.order_id)
    closed = road.await_order(order, _closed, "the refund after two failures", seconds=60)
    assert closed.refunded_fen == order.total_fen
    assert closed.trouble is None


def test_a_step_that_fails_for_good_is_raised_to_people_and_mended_by_a_fresh_workflow(road: Road) -> None:
    order = road.place()
    road.pay(order)
    road.await_order(order, lambda it: it.paid, "the payment")
    road.misbehave({"match": "/v3/refund", "fault": "error", "times": 50, "status": 500, "code": "SYSTEM_ERROR"})
    road.cancel(order.order_id)
    stuck = road.await_order(order, lambda it: it.trouble is not None, "the trouble told", seconds=120)
    assert "WorkflowStopped" in road.events(order)
    assert stuck.open
    road.misbehave()
    from daojia.ordering import workflow

    road.await_order(order, lambda it: True, "nothing")
    workflow.start_lifecycle(stuck.order_id, stuck.version, why="-mended")
    closed = road.await_order(order, _closed, "the refund after all", seconds=60)
    assert closed.refunds[0].state is RefundState.SUCCEEDED
    assert now() > closed.placed_at
