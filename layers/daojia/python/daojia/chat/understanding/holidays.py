"""Days that have names: public holidays, festivals, make-up working days (调休) and the lunar calendar.

Sources. Days off and make-up days: notices of the General Office of the State Council on the holidays of 2025
(国办发明电〔2024〕12号) and 2026 (国办发明电〔2025〕7号); a year that is not announced has none. Lunar months: the
calendar of GB/T 33661-2017, as the usual tables of 1900-2100 have it; the tests check it against the new moons.
"""

from bisect import bisect_right
from datetime import date, timedelta
from typing import Final

_FIRST_NEW_YEAR: Final = date(2024, 2, 10)
_LUNAR_YEARS: Final = (
    0x04B60, 0x0A6E6, 0x0A4E0, 0x0D260, 0x0EA65, 0x0D530,
    0x05AA0, 0x076A3, 0x096D0, 0x04AFB, 0x04AD0, 0x0A4D0,
)  # fmt: skip
"""The lunar years from 2024 on, as tables of the Chinese calendar are usually written: of the middle twelve bits, the
highest first, each says whether its month has 30 days (else 29); the last four are the month that is followed by a leap
month (0: none), the first whether that has 30 days."""


def _lunar_months() -> list[tuple[date, int, int, bool]]:
    months: list[tuple[date, int, int, bool]] = []
    start = _FIRST_NEW_YEAR
    for year, bits in enumerate(_LUNAR_YEARS, _FIRST_NEW_YEAR.year):
        for month in range(1, 13):
            months.append((start, year, month, False))
            start += timedelta(days=29 + (bits >> (16 - month) & 1))
            if bits & 0xF == month:
                months.append((start, year, month, True))
                start += timedelta(days=29 + (bits >> 16 & 1))
    return months


_LUNAR: Final = _lunar_months()
"""First day, lunar year, number and whether it is a leap month, of every lunar month known."""
_STARTS: Final = [start for start, *_ in _LUNAR]

OFF: Final = {
    2025: "0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008",
    2026: "0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007",
}
"""Public holidays as announced, MMDD or MMDD-MMDD, both ends free."""

WORKED: Final = {
    2025: "0126 0208 0427 0928 1011",
    2026: "0104 0214 0228 0509 0920 1010",
}
"""Saturdays and Sundays that are worked."""


def _day(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))


HOLIDAYS: Final = tuple(
    (_day(year, span[:4]), _day(year, span[-4:])) for year, spans in OFF.items() for span in spans.split()
)
MAKE_UP_DAYS: Final = tuple(_day(year, text) for year, texts in WORKED.items() for text in texts.split())

_FIXED: Final = {
    "元旦": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "三八节": (3, 8), "植树节": (3, 12), "劳动节": (5, 1),
    "五一": (5, 1), "520": (5, 20),
    "青年节": (5, 4), "五四": (5, 4), "儿童节": (6, 1), "六一": (6, 1), "建军节": (8, 1),
    "八一": (8, 1),
    "教师节": (9, 10), "国庆": (10, 1), "十一": (10, 1), "双十一": (11, 11), "双11": (11, 11), "双十二": (12, 12),
    "双12": (12, 12), "平安夜": (12, 24), "圣诞前夜": (12, 24), "圣诞": (12, 25), "跨年": (12, 31), "万圣节": (10, 31),
}  # fmt: skip
_BY_MOON: Final = {
    "春节": (1, 1), "过年": (1, 1), "新年": (1, 1), "大年初一": (1, 1), "元宵": (1, 15), "正月十五": (1, 15),
    "龙抬头": (2, 2),
    "端午": (5, 5), "七夕": (7, 7), "中元": (7, 15), "中秋": (8, 15), "重阳": (9, 9), "腊八": (12, 8),
    "小年": (12, 23), "小年夜": (12, 23),
}  # fmt: skip
_BY_SUN: Final = {"清明": (4, 4.81), "冬至": (12, 21.94)}
"""Month of a solar term and its constant for this century in the formula of Shou Xing."""
_BY_WEEKDAY: Final = {"母亲节": (5, 2, 6), "父亲节": (6, 3, 6), "感恩节": (11, 4, 3)}
"""Month, which one, weekday."""
_EVES: Final = ("除夕", "年三十", "大年三十", "年夜")


def lunar_date(year: int, month: int, day: int) -> date | None:
    """The day of a lunar date. None where the table ends or the month is too short."""
    for index, (start, of_year, number, leap) in enumerate(_LUNAR):
        if of_year == year and number == month and not leap:
            found = start + timedelta(days=day - 1)
            following = _STARTS[index + 1] if index + 1 < len(_STARTS) else start + timedelta(days=29)
            return found if found < following else None
    return None


def lunar_year(day: date) -> int:
    """The lunar year a day lies in."""
    return _LUNAR[max(0, bisect_right(_STARTS, day) - 1)][1]


def feast(name: str, year: int) -> date | None:
    """The day of a festival in a solar year (by the moon: the lunar year that begins in it). None if unknown."""
    found: date | None = None
    if name in _FIXED:
        found = date(year, *_FIXED[name])
    elif name in _BY_MOON:
        found = lunar_date(year, *_BY_MOON[name])
    elif name in _EVES:
        first = lunar_date(year + 1, 1, 1)
        found = first - timedelta(days=1) if first else None
    elif name in _BY_SUN:
        month, constant = _BY_SUN[name]
        found = date(year, month, int(year % 100 * 0.2422 + constant) - year % 100 // 4)
    elif name in _BY_WEEKDAY:
        month, nth, weekday = _BY_WEEKDAY[name]
        first_of_month = date(year, month, 1)
        ahead = (weekday - first_of_month.weekday()) % 7
        found = first_of_month + timedelta(days=ahead + 7 * (nth - 1))
    return found


def days_off(day: date) -> tuple[date, date] | None:
    """The public holiday a day belongs to, first and last day. None if it is no announced one."""
    return next(((first, last) for first, last in HOLIDAYS if first <= day <= last), None)


def days_off_for(name: str, day: date) -> tuple[date, date]:
    """The public holiday of a festival: as announced, else as the law has it with the weekend it touches."""
    announced = days_off(day)
    if announced is not None:
        return announced
    lengths = {"春节": 7, "过年": 7, "新年": 7, "大年初一": 7, "除夕": 8, "国庆": 7, "十一": 7, "五一": 5, "劳动节": 5}
    last = day + timedelta(days=lengths.get(name, 1) - 1)
    if name in {"元旦", "清明", "端午", "中秋"} and last.weekday() in {4, 5}:
        last += timedelta(days=6 - last.weekday())
    return day, last


def is_worked(day: date) -> bool:
    """Whether offices work on this day: weekdays without holidays, and make-up days."""
    if day in MAKE_UP_DAYS:
        return True
    return day.weekday() < 5 and days_off(day) is None
