"""A day as an integer: masks of visits, and who is free when."""

import time
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from daojia.kernel.times import QUARTER, at, quarter_of
from daojia.providers.model import Standing
from daojia.scheduling.errors import CrossesMidnightError
from daojia.scheduling.model import FULL, QUARTERS, Candidate, Interval, Obstacle, bits, free_at, free_starts
from tests.unit.scheduling.builders import DAY, NOW, OFFICE_HOURS, a_candidate, clock

LEAD = timedelta(minutes=60)
MASKS = st.integers(0, FULL)
MINUTES = st.integers(1, 24 * 60)


def quarters(mask: int) -> set[int]:
    return {quarter for quarter in range(QUARTERS) if mask >> quarter & 1}


# -- masks ----------------------------------------------------------------------------------------------------------


def test_a_visit_takes_its_quarters_half_an_hour_before_and_a_quarter_after() -> None:
    interval = Interval(clock(15), 120)
    assert quarters(interval.work_mask()) == set(range(60, 68))
    assert quarters(interval.mask()) == set(range(58, 69))


def test_a_begun_quarter_counts_whole() -> None:
    assert quarters(Interval(clock(9), 50).work_mask()) == {36, 37, 38, 39}


def test_padding_is_cut_at_the_ends_of_the_day() -> None:
    assert quarters(Interval(clock(0, 15), 30).mask()) == {0, 1, 2, 3}
    assert quarters(Interval(clock(23, 30), 30).mask()) == {92, 93, 94, 95}


def test_a_visit_may_end_at_midnight_but_not_cross_it() -> None:
    assert quarters(Interval(clock(23), 60).work_mask()) == {92, 93, 94, 95}
    with pytest.raises(CrossesMidnightError):
        Interval(clock(23, 15), 60).mask()


@given(st.integers(0, 95), MINUTES)
def test_the_work_is_part_of_what_is_taken_and_what_is_taken_is_one_stretch(first: int, minutes: int) -> None:
    interval = Interval(at(DAY, 0) + first * QUARTER, minutes)
    try:
        work, mask = interval.work_mask(), interval.mask()
    except CrossesMidnightError:
        assert first + -(-minutes // 15) > QUARTERS
        return
    assert work & ~mask == 0
    assert mask & ~FULL == 0
    taken = sorted(quarters(mask))
    assert taken == list(range(taken[0], taken[-1] + 1))
    assert len(taken) <= len(quarters(work)) + 3


# -- who is free ----------------------------------------------------------------------------------------------------


def test_two_visits_back_to_back_leave_time_to_get_there() -> None:
    first = Interval(clock(9), 120)
    busy = a_candidate(busy=first.mask())
    assert not free_at([busy], Interval(clock(11), 60))
    assert not free_at([busy], Interval(clock(11, 30), 60))
    assert free_at([busy], Interval(clock(11, 45), 60)) == [busy]


def test_the_work_lies_within_working_hours_but_the_way_may_not() -> None:
    candidate = a_candidate()
    assert free_at([candidate], Interval(clock(8), 60))
    assert free_at([candidate], Interval(clock(17), 60))
    assert not free_at([candidate], Interval(clock(7, 45), 60))
    assert not free_at([candidate], Interval(clock(17, 15), 60))


@pytest.mark.parametrize(
    ("obstacle", "candidate"),
    [
        (Obstacle.NOT_SERVED, a_candidate(service_ids=frozenset({"massage"}))),
        (Obstacle.NOT_VERIFIED, a_candidate(standing=Standing.PENDING)),
        (Obstacle.NOT_VERIFIED, a_candidate(standing=Standing.SUSPENDED)),
        (Obstacle.RESTING, a_candidate(resting=True)),
        (Obstacle.TOO_FAR, a_candidate(distance_m=10_001)),
        (Obstacle.DAILY_CAP, a_candidate(jobs=6)),
        (Obstacle.OFF_HOURS, a_candidate(hours=(bits(0, 32),) * 7)),
        (Obstacle.BUSY, a_candidate(busy=bits(67, 1))),
        (Obstacle.BUSY, a_candidate(busy=bits(58, 1))),
    ],
)
def test_each_obstacle_is_named_and_rules_a_candidate_out(obstacle: Obstacle, candidate: Candidate) -> None:
    interval = Interval(clock(15), 120)
    assert candidate.obstacle_at(interval) is obstacle
    assert free_at([candidate], interval) == []
    assert clock(15) not in free_starts([candidate], 120, DAY, NOW, LEAD)


def test_working_hours_are_those_of_the_weekday() -> None:
    wednesdays_off = a_candidate(hours=(OFFICE_HOURS, OFFICE_HOURS, 0, OFFICE_HOURS, OFFICE_HOURS, 0, 0))
    assert DAY.weekday() == 2
    assert not free_at([wednesdays_off], Interval(clock(15), 60))
    thursday = DAY + timedelta(days=1)
    assert free_starts([wednesdays_off], 60, thursday, NOW, LEAD)[0] == at(thursday, 8)


# -- free starts ----------------------------------------------------------------------------------------------------


def slow_free_starts(
    candidates: list[Candidate], minutes: int, now: datetime, lead: timedelta = LEAD
) -> list[datetime]:
    """The definition, quarter by quarter, as one would check it by hand."""
    starts: list[datetime] = []
    for quarter in range(QUARTERS):
        start = at(DAY, 0) + quarter * QUARTER
        needed = range(quarter, quarter - (-minutes // 15))
        if start < now + lead or needed.stop > QUARTERS:
            continue
        padded = [each for each in range(needed.start - 2, needed.stop + 1) if 0 <= each < QUARTERS]
        for candidate in candidates:
            if candidate.obstacle() is not None:
                continue
            works, busy = quarters(candidate.provider.hours[DAY.weekday()]), quarters(candidate.day.busy)
            if all(each in works for each in needed) and not any(each in busy for each in padded):
                starts.append(start)
                break
    return starts


CANDIDATES = st.lists(
    st.builds(
        lambda hours, busy, resting: a_candidate(hours=(hours,) * 7, busy=busy, resting=resting),
        st.one_of(MASKS, st.just(FULL), st.just(OFFICE_HOURS), st.builds(bits, st.integers(0, 60), st.integers(1, 36))),
        st.one_of(st.just(0), MASKS, st.builds(bits, st.integers(0, 80), st.integers(1, 16))),
        st.booleans(),
    ),
    max_size=7,
)


@settings(max_examples=400, deadline=None)
@given(CANDIDATES, MINUTES, st.integers(-60, 36 * 60))
@example([a_candidate(hours=(FULL,) * 7)], 24 * 60, 0)
@example([a_candidate(hours=(FULL,) * 7, busy=FULL)], 1, 0)
@example([a_candidate(hours=(FULL,) * 7, busy=1)], 15, 0)
@example([a_candidate(hours=(FULL,) * 7, busy=1 << 95)], 15, 0)
def test_free_starts_are_those_of_the_slow_definition(found: list[Candidate], minutes: int, later: int) -> None:
    now = NOW + timedelta(minutes=later)
    assert free_starts(found, minutes, DAY, now, LEAD) == slow_free_starts(found, minutes, now)


@settings(deadline=None)
@given(CANDIDATES, MINUTES)
def test_a_start_is_free_exactly_when_somebody_is_free_at_it(found: list[Candidate], minutes: int) -> None:
    starts = set(free_starts(found, minutes, DAY, NOW - timedelta(days=3), LEAD))
    for quarter in range(QUARTERS):
        interval = Interval(at(DAY, 0) + quarter * QUARTER, minutes)
        try:
            free = free_at(found, interval)
        except CrossesMidnightError:
            free = []
        assert (interval.start in starts) == bool(free)


def test_starts_are_whole_quarters_from_the_lead_on() -> None:
    now = clock(9, 7)
    starts = free_starts([a_candidate()], 120, DAY, now, LEAD)
    assert starts[0] == clock(10, 15)
    assert starts[-1] == clock(16)
    assert all(quarter_of(start) * 15 == start.hour * 60 + start.minute for start in starts)


def test_nobody_around_is_no_start() -> None:
    assert free_starts([], 60, DAY, NOW, LEAD) == []


@pytest.mark.parametrize("count", [2, 3, 5, 64, 100])
def test_the_one_who_is_free_is_found_wherever_they_stand_in_line(count: int) -> None:
    for position in range(0, count, max(1, count // 7)):
        line = [a_candidate(f"a_{each}", busy=FULL ^ each) for each in range(count)]
        line[position] = a_candidate("a_free", busy=FULL ^ bits(40, 11))
        assert free_starts(line, 120, DAY, NOW, LEAD) == [clock(10, 30)]


def test_a_thousand_calendars_take_milliseconds() -> None:
    line = [a_candidate(f"a_{each}", busy=each << 40, hours=(OFFICE_HOURS | each,) * 7) for each in range(1000)]
    best = min(seconds_for(line) for _ in range(5))
    assert best < 0.02  # one millisecond at rest; a loop over quarters and providers takes a hundred times as long


def seconds_for(line: list[Candidate]) -> float:
    begun = time.perf_counter()
    free_starts(line, 120, DAY, NOW, LEAD)
    return time.perf_counter() - begun
