"""The tables of days that have names agree with each other and with what is announced."""

from datetime import date, timedelta

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


def test_lunar_months_follow_each_other_without_a_gap() -> None:
    for year in range(2025, 2028):
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
