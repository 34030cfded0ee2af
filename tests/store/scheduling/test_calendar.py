"""Reserving and releasing time, and who is found for it."""

from datetime import date, timedelta

import boto3
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from daojia.catalogue.model import Family
from daojia.kernel.geography import Point, cell
from daojia.kernel.ids import AccountId, OrderId, ProviderId
from daojia.kernel.times import seconds
from daojia.kernel.transaction import Transaction, committed
from daojia.providers import store as providers
from daojia.providers.errors import ProviderChangedError, ProviderNotFoundError
from daojia.providers.model import Provider
from daojia.scheduling import availability
from daojia.scheduling import store as calendar
from daojia.scheduling.errors import DailyCapError, DayChangedError, SlotTakenError
from daojia.scheduling.model import FULL, Day, Interval, bits
from daojia.scheduling.store import DayItem
from tests.store.builders import CLEANING, HOME, TOMORROW_AT_3, a_provider, a_service
from tests.unit.ordering.builders import NOW

pytestmark = pytest.mark.usefixtures("tables")
DAY = date(2026, 11, 25)
ME = ProviderId(a_provider().provider_id)


def reserve(order_id: str, mask: int, provider: Provider | None = None, day: Day | None = None) -> None:
    tx = Transaction()
    provider = provider or a_provider()
    day = day or calendar.get(provider.provider_id, DAY)
    calendar.reserve(tx, provider, day, OrderId(order_id), mask)
    tx.commit()


def release(order_id: str, mask: int) -> None:
    tx = Transaction()
    calendar.release(tx, ME, DAY, OrderId(order_id), mask)
    tx.commit()


# -- reserving and releasing ----------------------------------------------------------------------------------------


def test_a_day_nobody_asked_for_is_empty() -> None:
    assert calendar.get(ME, DAY) == Day(provider_id=ME, date=DAY)


def test_what_is_reserved_is_busy_and_known_by_order() -> None:
    mask = Interval(TOMORROW_AT_3, 120).mask()
    reserve("o_1", mask)
    day = calendar.get(ME, DAY)
    assert day.busy == mask
    assert day.jobs == {"o_1": mask}


@pytest.mark.parametrize("mask", [FULL, 1 << 95, (1 << 95) | 1, bits(0, 95), 0x5555_5555_5555_5555_5555_5555])
def test_all_ninety_six_bits_are_exact(mask: int) -> None:
    reserve("o_1", mask)
    assert calendar.get(ME, DAY).busy == mask
    rest = FULL ^ mask
    if rest:
        reserve("o_2", rest)
        assert calendar.get(ME, DAY).busy == FULL
    release("o_1", mask)
    assert calendar.get(ME, DAY).busy == rest


def test_releasing_gives_back_exactly_what_was_reserved() -> None:
    reserve("o_1", bits(30, 8))
    reserve("o_2", bits(50, 8))
    release("o_1", bits(30, 8))
    assert calendar.get(ME, DAY).jobs == {"o_2": bits(50, 8)}
    assert calendar.get(ME, DAY).busy == bits(50, 8)
    release("o_2", bits(50, 8))
    assert calendar.get(ME, DAY) == Day(provider_id=ME, date=DAY)
    reserve("o_3", bits(30, 8))
    assert calendar.get(ME, DAY).jobs == {"o_3": bits(30, 8)}


@pytest.mark.feature("B1")
def test_releasing_twice_or_what_one_does_not_hold_changes_nothing() -> None:
    reserve("o_1", bits(30, 8))
    release("o_1", bits(30, 8))
    reserve("o_2", bits(30, 8))
    for order_id, mask in (("o_1", bits(30, 8)), ("o_2", bits(30, 4)), ("o_9", bits(30, 8))):
        with pytest.raises(DayChangedError):
            release(order_id, mask)
    assert calendar.get(ME, DAY).jobs == {"o_2": bits(30, 8)}


@pytest.mark.feature("B1")
def test_what_is_taken_cannot_be_reserved() -> None:
    reserve("o_1", bits(30, 8))
    with pytest.raises(SlotTakenError):
        reserve("o_2", bits(37, 4))
    reserve("o_2", bits(38, 4))


@pytest.mark.feature("B1")
def test_two_reservations_from_one_reading_cannot_both_win() -> None:
    for first in (Day(provider_id=ME, date=DAY), None):
        as_read = first or calendar.get(ME, DAY)
        reserve("o_1", bits(30, 8), day=as_read)
        with pytest.raises(DayChangedError):
            reserve("o_2", bits(60, 8), day=as_read)
        assert set(calendar.get(ME, DAY).jobs) == {"o_1"}
        release("o_1", bits(30, 8))


def test_a_day_that_came_back_to_what_was_read_may_be_reserved() -> None:
    as_read = calendar.get(ME, DAY)
    reserve("o_1", bits(30, 8))
    release("o_1", bits(30, 8))
    reserve("o_2", bits(30, 8), day=as_read)
    assert calendar.get(ME, DAY).jobs == {"o_2": bits(30, 8)}


@pytest.mark.feature("B4")
def test_a_day_has_a_cap() -> None:
    provider = a_provider(daily_cap=2)
    reserve("o_1", bits(0, 4), provider)
    reserve("o_2", bits(10, 4), provider)
    with pytest.raises(DailyCapError) as refusal:
        reserve("o_3", bits(20, 4), provider)
    assert "2 单" in refusal.value.message
    release("o_1", bits(0, 4))
    reserve("o_3", bits(20, 4), provider)


def test_a_past_day_is_forgotten_in_time() -> None:
    reserve("o_1", bits(0, 4))
    item = DayItem.get(ME, DayItem.key(DAY))
    assert item.expires_at is not None
    assert seconds(NOW + timedelta(days=80)) < item.expires_at < seconds(NOW + timedelta(days=100))


class Bookings(RuleBasedStateMachine):
    """Random reservations and releases, each decided on a reading that may be stale."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, int] = {}
        self.count = 0
        self.reading = Day(provider_id=ME, date=DAY)

    @initialize()
    def a_new_day(self) -> None:
        for item in DayItem.query(ME, DayItem.sk.startswith("DAY#")):
            item.delete()

    @rule()
    def look(self) -> None:
        self.reading = calendar.get(ME, DAY)

    @rule(first=st.integers(0, 95), length=st.integers(1, 20))
    def book(self, first: int, length: int) -> None:
        mask = bits(first, length) & FULL
        self.count += 1
        order_id = f"o_{self.count}"
        try:
            reserve(order_id, mask, a_provider(daily_cap=8), self.reading)
        except (SlotTakenError, DayChangedError, DailyCapError):
            return
        assert all(not mask & other for other in self.held.values())
        self.held[order_id] = mask

    @precondition(lambda self: bool(self.held))
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        order_id = data.draw(st.sampled_from(sorted(self.held)))
        release(order_id, self.held.pop(order_id))

    @rule(number=st.integers(1, 30), mask=st.integers(1, FULL))
    def give_back_what_is_not_held(self, number: int, mask: int) -> None:
        if self.held.get(f"o_{number}") != mask:
            with pytest.raises(DayChangedError):
                release(f"o_{number}", mask)

    @invariant()
    def jobs_never_overlap_and_make_up_the_day(self) -> None:
        day = calendar.get(ME, DAY)
        assert day.jobs == self.held
        assert len(day.jobs) <= 8
        assert sum(day.jobs.values()) == day.busy
        taken = 0
        for mask in day.jobs.values():
            assert not taken & mask
            taken |= mask


@pytest.mark.feature("B1")
def test_whatever_is_reserved_and_released_in_whatever_order_nothing_ever_overlaps() -> None:
    few = settings(
        max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(Bookings, settings=few)


# -- who is found ---------------------------------------------------------------------------------------------------


def test_everyone_of_the_family_around_is_found_with_the_day_and_the_distance() -> None:
    near = a_provider("a_near")
    far = a_provider("a_far", home=Point(lat=30.63, lng=114.40))
    elsewhere = a_provider("a_elsewhere", home=Point(lat=31.5, lng=114.3))
    masseuse = a_provider("a_masseuse", family=Family.HEALTH)
    resting = a_provider("a_resting", resting=True, home=Point(lat=30.56, lng=114.34))
    for provider in (near, far, elsewhere, masseuse, resting):
        providers.save(provider)
    mask = Interval(TOMORROW_AT_3, 120).mask()
    reserve("o_1", mask, near)
    found = availability.search(a_service(), HOME, DAY)
    assert [each.provider.provider_id for each in found] == ["a_near", "a_resting", "a_far"]
    assert found[0].provider == near
    assert found[0].day.jobs == {"o_1": mask}
    assert found[1].day == Day(provider_id=ProviderId(resting.provider_id), date=DAY)
    assert found[0].distance_m == 0
    assert 11_000 < found[2].distance_m < 12_000
    assert {each.service_id for each in found} == {CLEANING}


def test_another_day_is_another_day() -> None:
    providers.save(a_provider())
    reserve("o_1", FULL)
    (found,) = availability.search(a_service(), HOME, DAY + timedelta(days=1))
    assert found.day.busy == 0


def test_a_search_costs_two_small_queries_a_cell_and_no_more(calls: list[str]) -> None:
    for number in range(30):
        providers.save(a_provider(f"a_{number}"))
    calls.clear()
    assert len(availability.search(a_service(), HOME, DAY)) == 30
    assert set(calls) == {"Query"}
    assert len(calls) <= 28


def test_several_days_cost_as_much_as_one_and_say_the_same(calls: list[str]) -> None:
    for number in range(3):
        providers.save(a_provider(f"a_{number}"))
    days = [DAY + timedelta(days=offset) for offset in range(10)]
    for offset in (0, 4, 9):
        when = days[offset]
        tx = Transaction()
        calendar.reserve(
            tx, a_provider("a_1"), Day(provider_id=ProviderId(AccountId("a_1")), date=when), OrderId("o"), 1
        )
        tx.commit()
    one_by_one = {when: availability.search(a_service(), HOME, when) for when in days}
    calls.clear()
    assert availability.search_days(a_service(), HOME, days) == one_by_one
    assert len(calls) <= 28
    assert [when for when in days if any(each.day.busy for each in one_by_one[when])] == [days[0], days[4], days[9]]
    assert availability.search_days(a_service(), HOME, []) == {}


def test_one_provider_is_read_as_they_are_at_this_moment() -> None:
    assert availability.one(ME, a_service(), HOME, DAY) is None
    providers.save(a_provider())
    reserve("o_1", bits(0, 4))
    found = availability.one(ME, a_service(), HOME, DAY)
    assert found is not None
    assert found.day.busy == bits(0, 4)
    assert found.provider == a_provider()


def test_days_follow_their_provider_to_a_new_home() -> None:
    reserve("o_1", bits(0, 4))
    moved = a_provider(home=Point(lat=31.5, lng=114.3))
    providers.save(moved)
    tx = Transaction()
    calendar.follow_home(tx, moved, [calendar.get(ME, DAY)])
    tx.commit()
    assert cell(moved.home) != cell(HOME)
    (found,) = availability.search(a_service(), moved.home, DAY)
    assert found.day.busy == bits(0, 4)


# -- profiles -------------------------------------------------------------------------------------------------------


def test_a_profile_is_read_as_it_was_written_and_its_phone_is_not_readable_in_the_table() -> None:
    providers.save(a_provider())
    assert providers.get(ME) == a_provider()
    assert a_provider().phone not in _raw(ME)
    assert providers.find("a_nobody") is None
    with pytest.raises(ProviderNotFoundError):
        providers.get("a_nobody")


def _raw(provider_id: str) -> str:
    key = {"provider_id": {"S": provider_id}, "sk": {"S": "PROFILE"}}
    return str(boto3.client("dynamodb").get_item(TableName="providers", Key=key)["Item"])


def test_two_changes_of_one_profile_do_not_overwrite_each_other() -> None:
    committed(lambda tx: providers.create(tx, a_provider()))
    before = providers.get(ME)

    def change(**changes: object) -> None:
        tx = Transaction()
        providers.update(tx, before, before.model_copy(update=changes))
        tx.commit()

    change(resting=True)
    with pytest.raises(ProviderChangedError):
        change(daily_cap=3)
    after = providers.get(ME)
    assert after.resting
    assert after.daily_cap == 6
    assert after.version == before.version + 1
    tx = Transaction()
    providers.create(tx, a_provider())
    with pytest.raises(ProviderChangedError):
        tx.commit()
