"""The tables of days that have names agree with each other and with what is announced."""

from datetime import date, datetime, timedelta
from math import radians, sin

import pytest

from daojia.chat.understanding import holidays


@pytest.mark.parametrize(
    ("name", "year", "day"),
    [
        ("春节", 2025, date(2025, 1, 29)),
        ("春节", 2026, date(2026, 2, 17)),
        ("春节", 2027, date(2027, 2, 6)),
        ("除夕", 2026, date(2027, 2, 5)),
        ("端午", 2026, date(2026, 6, 19)),
        ("中秋", 2026, date(2026, 9, 25)),
        ("小年", 2026, date(2027, 1, 30)),
        ("清明", 2026, date(2026, 4, 5)),
        ("母亲节", 2026, date(2026, 5, 10)),
        ("春节", 2040, None),
    ],
)
def test_a_festival_has_its_day(name: str, year: int, day: date | None) -> None:
    assert holidays.feast(name, year) == day


def test_make_up_days_are_weekends_and_worked() -> None:
    for day in holidays.MAKE_UP_DAYS:
        assert day.weekday() >= 5
        assert holidays.is_worked(day)
        assert holidays.days_off(day) is None


def _new_moon(lunation: int) -> date:
    """The day in China of a new moon, counted from January 2000: its mean and its largest periodic terms (Meeus,
    Astronomical Algorithms, chapter 49), good for a few minutes."""
    anomaly = radians(2.5534 + 29.10535670 * lunation)
    moon = radians(201.5643 + 385.81693528 * lunation)
    node = radians(160.7108 + 390.67050284 * lunation)
    days = 5.09766 + 29.530588861 * lunation - 0.40720 * sin(moon) + 0.17241 * sin(anomaly) + 0.01608 * sin(2 * moon)
    days += 0.01039 * sin(2 * node) + 0.00739 * sin(moon - anomaly) - 0.00514 * sin(moon + anomaly)
    return (datetime(2000, 1, 1, 12) + timedelta(days=days, hours=8, seconds=-70)).date()  # noqa: DTZ001


def test_every_lunar_month_begins_with_a_new_moon() -> None:
    # Our table is one source, the sky another: twelve years, four of them with a leap month.
    moons = {_new_moon(lunation) for lunation in range(290, 460)}
    first = holidays.lunar_date(2024, 1, 1)
    assert first is not None
    starts = [holidays.lunar_date(year, month, 1) for year in range(2024, 2036) for month in range(1, 13)]
    assert all(start in moons for start in starts)
    assert len({start for start in starts if start}) == 144


@pytest.mark.parametrize(
    ("year", "new_year", "dragon_boat", "mid_autumn"),
    [
        (2026, date(2026, 2, 17), date(2026, 6, 19), date(2026, 9, 25)),
        (2027, date(2027, 2, 6), date(2027, 6, 9), date(2027, 9, 15)),
        (2028, date(2028, 1, 26), date(2028, 5, 28), date(2028, 10, 3)),
    ],
)
def test_the_festivals_of_the_coming_years(year: int, new_year: date, dragon_boat: date, mid_autumn: date) -> None:
    assert holidays.feast("春节", year) == new_year
    assert holidays.feast("除夕", year - 1) == new_year - timedelta(days=1)
    assert holidays.feast("元宵", year) == new_year + timedelta(days=14)
    assert holidays.feast("端午", year) == dragon_boat
    assert holidays.feast("中秋", year) == mid_autumn


def test_lunar_months_follow_each_other_without_a_gap() -> None:
    for year in range(2024, 2035):
        first, following = holidays.lunar_date(year, 1, 1), holidays.lunar_date(year + 1, 1, 1)
        assert first is not None
        assert following is not None
        assert (following - first).days in {353, 354, 355, 383, 384, 385}
        assert holidays.lunar_year(following - timedelta(days=1)) == year


def test_a_day_that_a_short_month_lacks_is_none() -> None:
    assert holidays.lunar_date(2026, 12, 30) is None
    assert holidays.lunar_date(2025, 6, 30) == date(2025, 7, 24)


def test_a_public_holiday_is_not_worked() -> None:
    assert not holidays.is_worked(date(2026, 10, 1))
    assert holidays.is_worked(date(2026, 11, 25))
    assert not holidays.is_worked(date(2026, 11, 28))
