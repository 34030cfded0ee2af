"""The search for a provider, wave by wave."""

from datetime import datetime, timedelta

import pytest

from daojia.dispatch import grabbing, pages, waves
from daojia.dispatch import store as desks
from daojia.dispatch.waves import Outcome, Search
from daojia.kernel.ids import AccountId, ProviderId
from daojia.kernel.transaction import committed
from daojia.ledger import store as ledger
from daojia.ledger.model import captured
from daojia.ordering import store
from daojia.ordering.model import Order, RefundState, State
from daojia.providers import store as providers
from daojia.scheduling import store as calendar
from tests.store.builders import HOME, TOMORROW_AT_3, a_provider, a_town, paid, placed
from tests.unit.ordering.builders import CUSTOMER, NOW, TIMING

pytestmark = pytest.mark.usefixtures("tables")
WAVE = timedelta(seconds=TIMING.offer_wave)


def advance(order: Order, now: datetime = NOW) -> Search:
    return committed(lambda tx: waves.advance(store.get(order.order_id), tx=tx, now=now))


def a_crowd(count: int) -> None:
    """So many providers, each a little farther away than the one before."""
    people = [
        a_provider(f"a_{index:03d}", home=HOME.model_copy(update={"lat": HOME.lat + index * 0.0005}))
        for index in range(count)
    ]
    a_town(*people)


@pytest.mark.feature("P2")
def test_the_first_wave_asks_the_five_best_and_puts_offers_on_their_desks() -> None:
    a_crowd(9)
    order = paid(placed())
    search = advance(order)
    assert search.outcome is Outcome.OFFERED
    assert search.until == NOW + WAVE
    assert search.order.offered == tuple(f"a_{index:03d}" for index in range(5))
    (offer,) = desks.offers_of(ProviderId(AccountId("a_000")), NOW)
    assert (offer.number, offer.income_fen, offer.area) == (order.number, 10_240, order.place.area)
    assert offer.distance_m < 1_000
    assert order.place.detail not in offer.model_dump_json()
    assert order.place.contact not in offer.model_dump_json()
    assert desks.offers_of(ProviderId(AccountId("a_007")), NOW) == []


def test_asking_again_while_a_wave_runs_changes_nothing(calls: list[str]) -> None:
    a_crowd(9)
    order = advance(paid(placed())).order
    calls.clear()
    again = advance(order, NOW + WAVE / 2)
    assert (again.outcome, again.order, again.until) == (Outcome.OFFERED, order, NOW + WAVE)
    assert calls == ["GetItem"]


@pytest.mark.feature("B4")
def test_each_wave_is_wider_and_asks_nobody_twice_until_nobody_is_left() -> None:
    a_crowd(40)
    order = paid(placed())
    asked: list[int] = []
    now = NOW
    for _ in range(TIMING.offer_waves):
        search = advance(order, now)
        asked.append(len(search.order.offered))
        now += WAVE
    assert asked == [5, 15, 35, 40]
    assert len(set(search.order.offered)) == 40
    assert advance(order, now).outcome is Outcome.EXHAUSTED


@pytest.mark.feature("B3")
def test_every_wave_leaves_a_sheet_with_everyone_on_it() -> None:
    a_crowd(8)
    providers.save(a_provider("a_resting", resting=True))
    order = paid(placed())
    advance(order)
    advance(order, NOW + WAVE)
    first, second = pages.page(order.order_id).sheets
    assert len(first.rows) == len(second.rows) == 9
    assert first.chosen == tuple(f"a_{index:03d}" for index in range(5))
    assert second.chosen == tuple(f"a_{index:03d}" for index in range(5, 8))
    assert {row.provider_id: row.excluded for row in first.rows}["a_resting"] == "RESTING"
    assert first.at == NOW


def test_when_all_who_were_asked_declined_the_next_wave_goes_out_at_once() -> None:
    a_crowd(7)
    order = advance(paid(placed())).order
    for provider_id in order.offered:
        order = committed(lambda tx, who=provider_id, what=order: grabbing.decline(who, what, tx=tx, now=NOW))
    search = advance(order, NOW + timedelta(seconds=5))
    assert search.order.offered[5:] == ("a_005", "a_006")


def test_the_customer_is_never_offered_their_own_order() -> None:
    a_town(a_provider(CUSTOMER), a_provider("a_other"))
    assert advance(paid(placed())).order.offered == ("a_other",)


def test_nobody_to_ask_is_raised_and_then_given_up_with_everything_back() -> None:
    a_town(a_provider())
    order = placed()

    def pay(tx):
        decision = order.pay("4200001", order.total_fen, NOW, NOW)
        ledger.post(tx, captured(order.order_id, order.total_fen), event_id=decision.event.event_id, now=NOW)
        return store.record(tx, decision)

    committed(pay)
    providers.save(a_provider(resting=True))
    assert advance(order).outcome is Outcome.EXHAUSTED
    raised = committed(lambda tx: waves.escalate(store.get(order.order_id), tx=tx, now=NOW))
    assert raised.outcome is Outcome.ESCALATED
    assert raised.until == NOW + timedelta(seconds=TIMING.escalation_window)
    again = committed(lambda tx: waves.escalate(store.get(order.order_id), tx=tx, now=NOW + WAVE))
    assert (again.order.version, again.until) == (raised.order.version, raised.until)
    assert advance(order).outcome is Outcome.ESCALATED
    over = committed(lambda tx: waves.give_up(store.get(order.order_id), tx=tx, now=raised.until or NOW))
    assert over.outcome is Outcome.DONE
    assert over.order.state is State.CANCELLED
    assert [(refund.amount_fen, refund.state) for refund in over.order.refunds] == [(12800, RefundState.REQUESTED)]
    assert ledger.trial_balance().sound
    assert committed(lambda tx: waves.give_up(store.get(order.order_id), tx=tx, now=NOW)).order == over.order


def test_an_order_somebody_took_needs_no_search() -> None:
    a_crowd(2)
    order = advance(paid(placed())).order
    committed(lambda tx: grabbing.grab(order.offered[0], number=order.number, tx=tx, now=NOW))
    for step in (waves.advance, waves.escalate, waves.give_up):
        search = committed(lambda tx, step=step: step(store.get(order.order_id), tx=tx, now=NOW + WAVE))
        assert search.outcome is Outcome.DONE
        assert search.order.state is State.ACCEPTED


def test_a_named_provider_is_asked_alone_and_after_their_window_everyone_is() -> None:
    a_crowd(3)
    named = ProviderId(AccountId("a_002"))
    order = paid(placed(named_provider_id=named))
    first = advance(order)
    assert first.order.offered == (named,)
    assert desks.offers_of(named, NOW)[0].named
    assert calendar.get(named, TOMORROW_AT_3.date()).busy
    later = NOW + WAVE
    given_up = advance(order, later)
    assert given_up.order.named_provider_id is None
    assert calendar.get(named, TOMORROW_AT_3.date()).busy == 0
    assert desks.offers_of(named, later) == []
    second = advance(order, later)
    assert set(second.order.offered) == {"a_000", "a_001", named}
    assert {row.provider_id: row.excluded for row in pages.page(order.order_id).sheets[0].rows}[named] == "BARRED"


def test_a_search_that_is_asked_too_late_is_over() -> None:
    a_crowd(3)
    order = paid(placed())
    assert advance(order, TOMORROW_AT_3).outcome is Outcome.EXHAUSTED


def test_a_new_round_after_a_withdrawal_asks_again_but_not_who_withdrew() -> None:
    a_crowd(4)
    order = advance(paid(placed())).order
    taken = committed(lambda tx: grabbing.grab(order.offered[0], number=order.number, tx=tx, now=NOW))
    committed(lambda tx: grabbing.withdraw(taken, order.offered[0], "ill", tx=tx, now=NOW))
    search = advance(order, NOW + timedelta(seconds=30))
    assert search.order.offered == order.offered[1:]
    assert search.order.wave == 1
