"""Instants are Shanghai's wherever people or indexes read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daojia.kernel.times import (
    SHANGHAI,
    at,
    iso,
    local,
    now,
    parse_iso,
    quarter_of,
    seconds,
    spoken,
    spoken_day,
    spoken_full,
)

TODAY = date(2026, 11, 24)
INSTANTS = st.builds(
    lambda milliseconds, zone: datetime.fromtimestamp(0, zone) + timedelta(milliseconds=milliseconds),
    st.integers(946_684_800_000, 4_102_444_800_000),
    st.sampled_from([UTC, SHANGHAI]),
)


def test_a_naive_time_is_no_instant() -> None:
    with pytest.raises(ValueError, match="offset"):
        local(at(TODAY, 15).replace(tzinfo=None))
    with pytest.raises(ValueError, match="offset"):
        parse_iso("2026-11-24T15:00:00")


@given(INSTANTS)
def test_what_is_written_reads_back_as_the_same_instant(instant: datetime) -> None:
    assert parse_iso(iso(instant)) == instant


@given(INSTANTS, INSTANTS)
def test_written_instants_sort_as_the_instants_do(one: datetime, other: datetime) -> None:
    assert (iso(one) < iso(other)) == (one < other)


def test_late_evening_in_london_is_the_next_day_in_shanghai() -> None:
    instant = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
    assert local(instant).date() == date(2026, 11, 25)
    assert quarter_of(instant) == 6


def test_a_day_has_ninety_six_quarters() -> None:
    assert [quarter_of(at(TODAY, 0) + index * timedelta(minutes=15)) for index in range(96)] == list(range(96))


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "今天（周二）"), (1, "明天（周三）"), (2, "后天（周四）"), (3, "11月27日（周五）"), (-1, "11月23日（周一）")],
)
def test_days_are_said_as_people_say_them(days: int, said: str) -> None:
    assert spoken_day(at(TODAY, 9) + timedelta(days=days), TODAY) == said


def test_instants_are_said_with_their_clock_time() -> None:
    assert spoken(at(TODAY, 15), TODAY) == "今天（周二）15:00"
    assert spoken_full(at(TODAY, 9, 5)) == "2026年11月24日 09:05"


def test_unix_seconds_are_those_of_the_instant() -> None:
    assert seconds(datetime(1970, 1, 1, 8, 0, 1, tzinfo=SHANGHAI)) == 1


def test_the_clock_shows_shanghai_time() -> None:
    assert now().utcoffset() == timedelta(hours=8)
