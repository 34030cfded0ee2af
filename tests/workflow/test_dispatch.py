"""Every branch of the search for a provider, on the running stack."""

import pytest

from daojia.dispatch import grabbing
from daojia.ordering import store
from daojia.ordering.model import Actor, Order, Role, State
from tests.workflow.road import Road


@pytest.mark.feature("B4")
def test_nobody_grabs_waves_widen_an_administrator_is_asked_then_the_money_goes_back(road: Road) -> None:
    order = road.place(offer_wave=2, escalation_window=2)
    road.pay(order)
    closed = road.await_order(order, lambda it: not it.open, "the refund", seconds=60)
    assert closed.cancellation is not None
    assert closed.cancellation.reason == "NOBODY_FOUND"
    assert closed.refunded_fen == order.total_fen
    events = road.events(order)
    assert events.count("OffersSent") == 2
    assert events.index("OrderEscalated") < events.index("OrderCancelled")
    assert road.await_end(order, "Dispatch") == "SUCCEEDED"
    path = road.path(order, "Dispatch")
    for name in ("AwaitGrab", "RaiseToAdministrator", "AwaitAdministrator", "CancelForLackOfProvider", "Over"):
        assert name in path, path
    assert len(road.executions(order, "Dispatch")) == 1


def test_the_second_wave_is_wider_and_someone_of_it_wins(road: Road) -> None:
    order = road.place(offer_wave=2)
    road.pay(order)
    wave_two = road.await_order(order, lambda it: it.wave == 2, "the second wave")
    winner = wave_two.offered[-1]
    road.grab(order.order_id, winner)
    accepted = store.get(order.order_id)
    assert accepted.provider_id == winner
    road.cancel(order.order_id, Role.ADMINISTRATOR)
    road.await_order(order, lambda it: not it.open, "the end")


@pytest.mark.feature("A9")
def test_an_administrator_assigns_a_provider_after_the_escalation(road: Road) -> None:
    order = road.place(offer_wave=1, offer_waves=1)
    road.pay(order)
    escalated = road.await_order(order, lambda it: it.escalated_at is not None, "the escalation")
    fresh = grabbing.candidates(escalated, escalated.placed_at)
    chosen = next(row.provider_id for row in fresh.rows if row.excluded is None)
    admin = Actor(role=Role.ADMINISTRATOR, id="admin")
    road.act(order.order_id, lambda it, tx, at: grabbing.assign(it, chosen, admin, tx=tx, now=at))
    assert store.get(order.order_id).provider_id == chosen
    assert road.await_end(order, "Dispatch") == "SUCCEEDED"
    road.cancel(order.order_id, Role.ADMINISTRATOR)
    road.await_order(order, lambda it: not it.open, "the end")


def test_a_named_provider_who_does_not_answer_is_let_go_and_the_search_goes_on(road: Road) -> None:
    named = _someone(road)
    order = road.place(named=named, offer_wave=2)
    road.pay(order)
    gone = road.await_order(order, lambda it: it.named_provider_id is None, "the named provider let go")
    assert named in gone.excluded
    offered = road.await_order(order, lambda it: len(it.offered) > 1, "offers to others")
    assert offered.state is State.PENDING_ACCEPTANCE
    road.cancel(order.order_id)
    road.await_order(order, lambda it: not it.open, "the end")


def test_a_named_provider_who_declines_is_let_go_at_once(road: Road) -> None:
    named = _someone(road)
    order = road.place(named=named)
    road.pay(order)
    road.await_order(order, lambda it: bool(it.offered), "the offer")
    road.act(order.order_id, lambda it, tx, at: grabbing.decline(named, it, tx=tx, now=at))
    road.await_order(order, lambda it: len(it.offered) > 1, "offers to others")
    road.cancel(order.order_id)
    road.await_order(order, lambda it: not it.open, "the end")


def test_a_search_that_fails_for_good_is_raised_to_people(road: Road) -> None:
    order = road.place()
    road.act(order.order_id, _with_unknown_service)
    road.pay(order)
    stuck = road.await_order(order, lambda it: it.trouble is not None, "the trouble told", seconds=120)
    assert stuck.state is State.PENDING_ACCEPTANCE
    assert "RaiseToOperator" in road.path(order, "Dispatch")
    road.cancel(order.order_id)
    from daojia.ordering import workflow

    workflow.start_lifecycle(order.order_id, store.get(order.order_id).version, why="-mended")
    road.await_order(order, lambda it: not it.open, "the end")


def _with_unknown_service(order: Order, tx, at):
    from daojia.ordering.store import OrderItem

    service = order.service.model_copy(update={"service_id": "s_gone"})
    changed = order.model_copy(update={"service": service})
    tx.put(OrderItem.of(changed, at))
    return changed


def _someone(road: Road):
    """A provider who could take the next order."""
    order = road.place()
    road.pay(order)
    someone = road.await_order(order, lambda it: bool(it.offered), "an offer").offered[0]
    road.cancel(order.order_id)
    return someone
