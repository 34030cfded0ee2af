"""A newer workflow takes over an order from an older one, and each ends where it should."""

from daojia.ordering import store, workflow
from daojia.ordering.model import RefundState
from tests.stack import until
from tests.workflow.road import Road


def test_a_newer_lifecycle_takes_over_and_the_older_one_steps_aside(road: Road) -> None:
    order = road.place()
    road.await_step(order, "AwaitPayment")
    workflow.start_lifecycle(order.order_id, order.version, why="-newer")
    until(lambda: "Superseded" in road.path(order), what="the older one stepping aside")
    road.cancel(order.order_id)
    assert road.await_end(order) == "SUCCEEDED"
    assert len(road.executions(order)) == 2


def test_a_newer_search_takes_over_and_the_older_one_steps_aside(road: Road) -> None:
    order = road.place()
    road.pay(order)
    road.await_step(order, "AwaitGrab", "Dispatch")
    workflow.start_lifecycle(order.order_id, store.get(order.order_id).version, why="-newer")
    until(lambda: "Superseded" in road.path(order, "Dispatch"), what="the older search stepping aside")
    road.cancel(order.order_id)
    road.await_order(order, lambda it: not it.open, "the end")
    assert road.await_end(order, "Dispatch") == "SUCCEEDED"
    assert road.await_end(order) == "SUCCEEDED"


def test_a_refund_that_takes_its_time_is_waited_for(road: Road) -> None:
    road.change_channel(refund_delay_ms=4000)
    try:
        order = road.place()
        road.pay(order)
        road.await_order(order, lambda it: it.paid, "the payment")
        road.cancel(order.order_id)
        road.await_step(order, "AwaitRefund")
        closed = road.await_order(order, lambda it: not it.open, "the refund", seconds=60)
        assert [each.state for each in closed.refunds] == [RefundState.SUCCEEDED]
    finally:
        road.change_channel(refund_delay_ms=200)
