"""Taking an order: exactly one wins, whoever and however many try."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from daojia.dispatch import grabbing, pages
from daojia.dispatch import store as desks
from daojia.dispatch.errors import NotEligibleError, NotOfferedError
from daojia.kernel.errors import DaojiaError, NotFoundError
from daojia.kernel.ids import AccountId, ProviderId, ServiceId
from daojia.kernel.transaction import Transaction, committed
from daojia.ordering import store
from daojia.ordering.errors import AlreadyTakenError, OrderChangedError, OrderNotFoundError, WrongStateError
from daojia.ordering.model import Actor, Order, Role, State
from daojia.providers import store as providers
from daojia.providers.model import Standing
from daojia.scheduling import store as calendar
from daojia.scheduling.errors import DailyCapError, SlotTakenError
from daojia.scheduling.model import Interval
from tests.store.builders import TOMORROW_AT_3, a_provider, a_town, offered, paid, placed
from tests.store.scheduling.test_races import at_once
from tests.unit.ordering.builders import NOW

pytestmark = pytest.mark.usefixtures("tables")
VISIT = Interval(TOMORROW_AT_3, 120)
ADMINISTRATOR = Actor(role=Role.ADMINISTRATOR, id="boss")


def them(*names: str) -> list[ProviderId]:
    return [ProviderId(AccountId(name)) for name in names]


A, B = them("a_a", "a_b")


@pytest.fixture
def order() -> Order:
    """A paid order, offered to two providers."""
    a_town(a_provider(A), a_provider(B))
    return offered(paid(placed()), A, B)


def grab(provider_id: str, order: Order) -> Order:
    return committed(lambda tx: grabbing.grab(ProviderId(AccountId(provider_id)), number=order.number, tx=tx, now=NOW))


def withdraw(order: Order, provider_id: ProviderId) -> Order:
    return committed(lambda tx: grabbing.withdraw(order, provider_id, "ill", tx=tx, now=NOW))


def refused(act: Callable[[], object], refusal: type[DaojiaError]) -> DaojiaError:
    with pytest.raises(refusal) as caught:
        act()
    assert caught.value.message
    return caught.value


@pytest.mark.feature("P3")
def test_a_grab_takes_the_order_and_the_time_and_the_offer(order: Order) -> None:
    taken = grab(A, order)
    assert (taken.state, taken.provider_id, taken.reserved_mask) == (State.ACCEPTED, A, VISIT.mask())
    assert store.get(order.order_id) == taken
    assert calendar.get(A, VISIT.day).jobs == {order.order_id: VISIT.mask()}
    assert calendar.get(B, VISIT.day).jobs == {}
    assert desks.offers_of(A, NOW) == []
    event = pages.page(order.order_id).timeline[-1]
    assert (event.name, event.data["losers"]) == ("OrderAccepted", [B])


def test_a_grab_costs_one_round_of_reads_and_one_write(order: Order, calls: list[str]) -> None:
    calls.clear()
    grab(A, order)
    assert calls == ["Query", "Query", "TransactWriteItems"]


def test_an_order_can_be_grabbed_by_its_id_too(order: Order, calls: list[str]) -> None:
    calls.clear()
    taken = committed(lambda tx: grabbing.grab(A, order_id=order.order_id, tx=tx, now=NOW))
    assert taken.provider_id == A
    assert sorted(calls) == ["GetItem", "Query", "TransactWriteItems"]


@pytest.mark.feature("B1")
def test_who_comes_second_is_told_so_and_keeps_their_time(order: Order) -> None:
    grab(A, order)
    refused(lambda: grab(B, order), AlreadyTakenError)
    refused(lambda: grab(A, order), WrongStateError)
    assert calendar.get(B, VISIT.day).busy == 0


@pytest.mark.feature("B1")
def test_of_twenty_who_grab_at_once_exactly_one_wins() -> None:
    everyone = [f"a_{index:02d}" for index in range(20)]
    a_town(*(a_provider(name) for name in everyone))
    order = offered(paid(placed()), *everyone)
    outcomes = at_once(20, lambda index: grab(everyone[index], order).provider_id)
    winners = [each for each in outcomes if isinstance(each, str)]
    assert len(winners) == 1
    assert {type(each) for each in outcomes if each not in winners} <= {AlreadyTakenError, OrderChangedError}
    assert [name for name in everyone if calendar.get(name, VISIT.day).busy] == winners
    after = store.get(order.order_id)
    assert (after.state, after.provider_id, after.version) == (State.ACCEPTED, winners[0], order.version + 1)


@pytest.mark.feature("B1")
def test_a_provider_who_grabs_four_overlapping_orders_at_once_gets_one() -> None:
    a_town(a_provider(A))
    starts = [TOMORROW_AT_3 + timedelta(minutes=15 * index) for index in range(4)]
    orders = [offered(paid(placed(f"a_c{index}", start=start)), A) for index, start in enumerate(starts)]
    outcomes = at_once(4, lambda index: grab(A, orders[index]).order_id)
    winners = [each for each in outcomes if isinstance(each, str)]
    assert len(winners) == 1
    assert {type(each) for each in outcomes if each not in winners} == {SlotTakenError}
    assert list(calendar.get(A, VISIT.day).jobs) == winners


def test_who_was_not_asked_cannot_grab(order: Order) -> None:
    providers.save(a_provider("a_stranger"))
    refused(lambda: grab("a_stranger", order), NotOfferedError)
    grab(A, order)
    refused(lambda: grab("a_stranger", order), NotOfferedError)


def test_an_offer_that_is_over_cannot_be_taken(order: Order) -> None:
    late = NOW + timedelta(hours=2)
    refused(
        lambda: committed(lambda tx: grabbing.grab(A, number=order.number, tx=tx, now=late)),
        NotOfferedError,
    )


def test_an_unknown_number_is_an_unknown_order(order: Order) -> None:
    number = "1111" if order.number != "1111" else "2222"
    refused(
        lambda: committed(lambda tx: grabbing.grab(A, number=number, tx=tx, now=NOW)),
        OrderNotFoundError,
    )


def test_who_is_not_verified_any_more_or_never_was_a_provider_cannot_grab(order: Order) -> None:
    providers.save(a_provider(A, standing=Standing.SUSPENDED))
    assert "认证" in refused(lambda: grab(A, order), NotEligibleError).message
    refused(lambda: grab("a_nobody", order), NotEligibleError)


@pytest.mark.feature("B4")
def test_the_daily_cap_holds_when_grabbing() -> None:
    a_town(a_provider(A, daily_cap=1))
    providers.save(a_provider(B))
    morning = offered(paid(placed(start=TOMORROW_AT_3.replace(hour=9))), A)
    afternoon = offered(paid(placed("a_c2")), A, B)
    day_after = offered(paid(placed("a_c3", start=TOMORROW_AT_3 + timedelta(days=1))), A)
    grab(A, morning)
    refused(lambda: grab(A, afternoon), DailyCapError)
    assert grab(B, afternoon).provider_id == B
    assert grab(A, day_after).provider_id == A


def test_a_desk_with_a_long_history_of_offers_still_shows_the_provider(order: Order) -> None:
    with desks.OfferItem.batch_write() as batch:
        for index in range(230):
            old = desks.OfferItem.get(A, f"OFFER#{order.number}").body
            batch.save(desks.OfferItem.of(A, old.model_copy(update={"number": f"0{index:04d}", "until": NOW})))
    desk = desks.desk(A, NOW)
    assert desk.provider == a_provider(A)
    assert [offer.order_id for offer in desk.offers] == [order.order_id]
    assert [offer.order_id for offer in desks.offers_of(A, NOW)] == [order.order_id]
    assert grab(A, order).provider_id == A


# -- saying no, giving back -----------------------------------------------------------------------------------------


def test_who_declines_is_not_asked_again(order: Order) -> None:
    after = committed(lambda tx: grabbing.decline(A, order, tx=tx, now=NOW))
    assert after.excluded == (A,)
    assert desks.offers_of(A, NOW) == []
    sheet = grabbing.candidates(after, NOW)
    assert {row.provider_id: row.excluded for row in sheet.rows} == {A: "BARRED", B: None}
    refused(lambda: grab(A, order), NotOfferedError)
    tx = Transaction()
    with pytest.raises(NotOfferedError):
        grabbing.decline(ProviderId(AccountId("a_stranger")), after, tx=tx, now=NOW)


@pytest.mark.feature("B1")
def test_who_withdraws_gets_their_time_back_and_the_search_starts_anew_without_them(order: Order) -> None:
    taken = grab(A, order)
    after = withdraw(taken, A)
    assert (after.state, after.provider_id, after.dispatch_round) == (State.PENDING_ACCEPTANCE, None, 2)
    assert calendar.get(A, VISIT.day).busy == 0
    again = offered(after, B)
    refused(lambda: grab(A, again), NotOfferedError)
    assert grab(B, again).provider_id == B
    assert calendar.get(B, VISIT.day).jobs == {order.order_id: VISIT.mask()}


def test_only_who_accepted_may_withdraw_and_only_once(order: Order) -> None:
    taken = grab(A, order)
    with pytest.raises(DaojiaError):
        withdraw(taken, B)
    withdraw(taken, A)
    refused(lambda: withdraw(taken, A), OrderChangedError)
    assert calendar.get(A, VISIT.day).busy == 0


@pytest.mark.feature("B1")
def test_withdrawing_and_grabbing_over_and_over_never_loses_time(order: Order) -> None:
    for provider_id in (A, B):
        taken = grab(provider_id, order)
        order = withdraw(taken, provider_id)
        order = offered(order, A, B)
        assert calendar.get(A, VISIT.day).busy == calendar.get(B, VISIT.day).busy == 0


# -- a named provider -----------------------------------------------------------------------------------------------


def test_a_named_provider_accepts_the_time_that_is_held_for_them() -> None:
    a_town(a_provider(A), a_provider(B))
    order = offered(paid(placed(named_provider_id=A)), A)
    taken = grab(A, order)
    assert taken.provider_id == A
    assert calendar.get(A, VISIT.day).jobs == {order.order_id: VISIT.mask()}
    withdraw(taken, A)
    assert calendar.get(A, VISIT.day).busy == 0


def test_a_named_provider_who_declines_is_free_again_and_all_others_are_sought() -> None:
    a_town(a_provider(A), a_provider(B))
    order = offered(paid(placed(named_provider_id=A)), A)
    after = committed(lambda tx: grabbing.decline(A, order, tx=tx, now=NOW))
    assert (after.named_provider_id, after.provider_id) == (None, None)
    assert calendar.get(A, VISIT.day).busy == 0
    sheet = grabbing.candidates(after, NOW)
    assert [row.provider_id for row in sheet.rows if row.excluded is None] == [B]


# -- by hand --------------------------------------------------------------------------------------------------------


def assign(order: Order, provider_id: ProviderId) -> Order:
    return committed(lambda tx: grabbing.assign(order, provider_id, ADMINISTRATOR, tx=tx, now=NOW))


@pytest.mark.feature("A9")
def test_an_administrator_may_assign_somebody_who_was_never_asked(order: Order) -> None:
    providers.save(a_provider("a_third"))
    (third,) = them("a_third")
    taken = assign(order, third)
    assert (taken.state, taken.provider_id) == (State.ACCEPTED, third)
    assert calendar.get(third, VISIT.day).jobs == {order.order_id: VISIT.mask()}
    refused(lambda: grab(A, order), AlreadyTakenError)


@pytest.mark.feature("A9")
def test_an_assignment_is_guarded_as_a_grab_is(order: Order) -> None:
    refused(lambda: assign(order, them("a_nobody")[0]), NotFoundError)
    providers.save(a_provider("a_pending", standing=Standing.PENDING))
    providers.save(a_provider("a_masseur", service_ids=frozenset({ServiceId("massage")})))
    for name in ("a_pending", "a_masseur"):
        refused(lambda name=name: assign(order, them(name)[0]), NotEligibleError)
    other = offered(paid(placed("a_c2")), A)
    grab(A, other)
    refused(lambda: assign(order, A), SlotTakenError)
    providers.save(a_provider("a_third"))
    grab(B, order)
    refused(lambda: assign(order, them("a_third")[0]), OrderChangedError)


@pytest.mark.feature("A9")
@pytest.mark.feature("B1")
def test_assigning_somebody_else_frees_the_named_one() -> None:
    a_town(a_provider(A), a_provider(B))
    order = paid(placed(named_provider_id=A))
    taken = assign(order, B)
    assert taken.provider_id == B
    assert calendar.get(A, VISIT.day).busy == 0
    assert calendar.get(B, VISIT.day).jobs == {order.order_id: VISIT.mask()}


@pytest.mark.feature("A9")
def test_assigning_the_named_one_keeps_the_time_that_was_held() -> None:
    a_town(a_provider(A))
    order = paid(placed(named_provider_id=A))
    assert assign(order, A).provider_id == A
    assert calendar.get(A, VISIT.day).jobs == {order.order_id: VISIT.mask()}
