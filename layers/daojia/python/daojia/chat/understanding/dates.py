"""Which days a word of time can mean, in the order a person would think of them. Pure; naive dates, local clock."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from daojia.chat.understanding import holidays
from daojia.chat.understanding.script import number
from daojia.chat.understanding.timewords import Token

_WEEKDAYS: Final = {char: index % 7 for index, char in enumerate("一二三四五六日")} | {"天": 6}
_WEEKDAYS_BY_DIGIT: Final = {str(index + 1): index for index in range(7)}
_NEAR_DAYS: Final = {
    "大大后": 4,
    "大后": 3,
    "后": 2,
    "明": 1,
    "名": 1,
    "听": 1,
    "今": 0,
    "当": 0,
    "前": -2,
    "昨": -1,
    "琴": -1,
}
_WEEKS: Final = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2, "大下": 2, "下下下": 3}
_FEW: Final = frozenset("一两三四五12345")
_HOLIDAY: Final = set("假期周几")
"""What makes of a festival its days off: 国庆假期, 春节期间, 元旦那几天."""
_LONG_FEASTS: Final = ("元旦", "春节", "清明", "五一", "端午", "中秋", "国庆")
_LUNAR_MONTHS: Final = {"正": 1, "冬": 11, "腊": 12}


class Span(NamedTuple):
    """A day, or days from `first` to `last`."""

    first: date
    last: date | None = None

    @property
    def end(self) -> date:
        return self.last or self.first


def spans_of(token: Token, today: date, year: int | None) -> list[Span]:
    """The days a token can mean, the likeliest first; where it recurs, its next ones follow. `year` if one was said."""
    reader = _READERS.get(token.kind)
    if reader is None:
        return []
    try:
        return reader(token.parts, today, year)
    except (ValueError, OverflowError):
        return []


def nth_weekday(parts: dict[str, str], start: date, last: date | None = None) -> date | None:
    """第二个周一 on or after a day; 最后一个周五 until `last`."""
    if "nt_n" not in parts and "nt_f" not in parts:
        days = [(last or start) - timedelta(days=back) for back in range(8)]
        weekday = _weekday(parts.get("nt_d")) if "nt_d" in parts else None
        return next(
            (day for day in days if day.weekday() == weekday or (weekday is None and _is_kind(parts["nt_w"], day))),
            None,
        )
    nth = number(parts["nt_n"]) if "nt_n" in parts else 1
    weekday = _weekday(parts.get("nt_d")) if "nt_d" in parts else None
    found = 0
    for ahead in range(7 * (nth + 2)):
        day = start + timedelta(days=ahead)
        fits = day.weekday() == weekday if weekday is not None else _is_kind(parts.get("nt_w", ""), day)
        found += fits
        if fits and found == nth:
            return day
    return None


def nth_week(parts: dict[str, str], month: Span) -> Span:
    """下个月第二周: seven days counted from the first of the month; 最后一周: its last seven days."""
    if "nt_wl" in parts:
        return Span(month.end - timedelta(days=6), month.end)
    start = month.first + timedelta(days=7 * (number(parts["nt_wn"]) - 1))
    return Span(start, min(start + timedelta(days=6), month.end))


def year_of(token: Token, today: date) -> int:
    """The year said: 明年, 2027年."""
    word = token.parts["yr_w"]
    if word[:4].isdecimal():
        return int(word[:4])
    return today.year + {"今": 0, "明": 1, "来": 1, "后": 2}[word[0]]


def after_feast(name: str, day: date) -> date:
    """The first ordinary day after a festival and the public holiday it lies in."""
    return holidays.days_off_for(name, day)[1] + timedelta(days=1)


def _is_kind(word: str, day: date) -> bool:
    return holidays.is_worked(day) if word == "工作日" else day.weekday() == 5


def _weekday(text: str | None) -> int:
    return _WEEKDAYS_BY_DIGIT[text] if text in _WEEKDAYS_BY_DIGIT else _WEEKDAYS[text or ""]


def _monday(today: date, weeks: int) -> date:
    return today + timedelta(days=7 * weeks - today.weekday())


def _days_in(year: int, month: int) -> int:
    return (_in_month(year, month + 1, 1) - timedelta(days=1)).day


def _in_month(year: int, month: int, day: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, day)


def _month_span(first: date, part: str | None) -> Span:
    last = _days_in(first.year, first.month)
    ranges = {"初": (1, 10), "上旬": (1, 10), "中旬": (11, 20), "中": (11, 20), "下旬": (21, last), None: (1, last)}
    if part in {"底", "末"}:
        return Span(first.replace(day=last))
    begin, end = ranges[part]
    return Span(first.replace(day=begin), first.replace(day=end))


def _day(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    word = parts["dy_w"]
    if word[1:2] in {"明", "后"} and word[0] in {"今", "明"}:
        first = today + timedelta(days=word[0] == "明")
        return [Span(first, first + timedelta(days=1))]
    for prefix, days in _NEAR_DAYS.items():
        if word.startswith(prefix):
            return [Span(today + timedelta(days=days))]
    return []


def _days(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    if "dr_w" in parts:
        said = parts["dr_w"].removeprefix("最近").lstrip("这近")[:1]
        few = max(2, number(said)) if said in _FEW else 3
        return [Span(today, today + timedelta(days=few - 1))]
    text = (parts.get("dp_n") or parts["da_n"]).removesuffix("来")
    if len(text) == 2 and not text.isdecimal() and "十" not in text:
        text = text[0]  # 两三天: the fewer
    unit = parts.get("dp_unit") or parts["da_unit"]
    if unit == "月":
        if text == "半":
            target = today + timedelta(days=15)
        else:
            first = _in_month(today.year, today.month + number(text), 1)
            target = first.replace(day=min(today.day, _days_in(first.year, first.month)))
    elif text == "半":
        target = today
    else:
        target = today + timedelta(days=number(text) * (1 if unit in "天日" else 7))
    return [Span(today, target)] if "da_in" in parts else [Span(target)]


def _weekday_spans(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    weekday, said = _weekday(parts.get("wd_d") or parts["wd_l"][0]), parts.get("wd_n")
    if said is not None:
        return [Span(_monday(today, _WEEKS[said]) + timedelta(days=weekday))]
    ahead = (weekday - today.weekday()) % 7
    return [Span(today + timedelta(days=ahead + 7 * again)) for again in range(2)]


def _weekend(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    said = parts.get("we_n")
    saturday = _monday(today, _WEEKS[said] if said else 0) + timedelta(days=5)
    return [
        Span(saturday + timedelta(days=7 * again), saturday + timedelta(days=7 * again + 1))
        for again in range(1 if said else 2)
    ]


def _same_day(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    """下周的今天, 下个月的今天."""
    ahead = _WEEKS[parts["sa_n"]]
    if parts["sa_u"] != "月":
        return [Span(today + timedelta(days=7 * ahead))]
    return [Span(_in_month(today.year, today.month + ahead, 1).replace(day=today.day))]


def _week(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    monday = _monday(today, _WEEKS[parts["wk_n"]])
    if "wk_x" in parts:
        start = monday + timedelta(days=2 if parts["wk_x"] == "中" else 0)
        return [Span(start, start + timedelta(days=1))]
    return [Span(monday, monday + timedelta(days=6))]


def _worked(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    if "wo_k" in parts:
        return [Span(day) for day in holidays.MAKE_UP_DAYS if day >= today][:1]
    start = today + timedelta(days=1) if "wo_n" in parts else today
    return [Span(day) for day in (start + timedelta(days=ahead) for ahead in range(12)) if holidays.is_worked(day)][:2]


def _iso(parts: dict[str, str], _today: date, _year: int | None) -> list[Span]:
    return [Span(date(int(parts["is_y"]), int(parts["is_m"]), int(parts["is_d"])))]


def _stamp(parts: dict[str, str], today: date, year: int | None) -> list[Span]:
    if "st_y" in parts:
        return [Span(date(int(parts["st_y"]), int(parts["st_m"]), int(parts["st_d"])))]
    return _month_day({"md_m": parts["st_m2"], "md_d": parts["st_d2"]}, today, year)


def _month_day(parts: dict[str, str], today: date, year: int | None) -> list[Span]:
    month = number(parts.get("md_m") or parts.get("sl_m") or parts.get("sv_m") or parts.get("sx_m") or parts["so_m"])
    day = parts.get("md_d") or parts.get("sl_d") or parts.get("sv_d") or parts.get("sx_d") or parts.get("so_d")
    found: list[Span] = []
    for candidate in [year] if year else [today.year, today.year + 1]:
        if day:
            if number(day) <= _days_in(candidate, month):
                first = date(candidate, month, number(day))
                found.append(Span(first, first.replace(day=number(parts["md_e"])) if "md_e" in parts else None))
        else:
            found.append(_month_span(date(candidate, month, 1), parts.get("md_x")))
    return found


def _dates(parts: dict[str, str], today: date, year: int | None) -> list[Span]:
    """3.20-3.22, 3.20-22."""
    month, until = int(parts["ds_m"]), int(parts.get("ds_m2") or parts["ds_m"])
    found: list[Span] = []
    for candidate in [year] if year else [today.year, today.year + 1]:
        first = date(candidate, month, int(parts["ds_d"]))
        last = date(candidate + (until < month), until, int(parts["ds_d2"]))
        found += [Span(first, last)] if last >= first else []
    return found


def _next_month(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    if "nm_n" not in parts:  # 每月第一个周六
        return [_month_span(_in_month(today.year, today.month + ahead, 1), None) for ahead in range(2)]
    first = _in_month(today.year, today.month + _WEEKS[parts["nm_n"]], 1)
    day = parts.get("nm_d") or parts.get("nm_db")
    if day:
        return [Span(first.replace(day=number(day)))]
    return [_month_span(first, parts.get("nm_x"))]


def _month_end(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    word = parts["me_x"]
    if word in {"年底", "年末"}:
        return [Span(date(today.year, 12, 31))]
    if word in {"年前", "年后"}:
        return _around_new_year(today, before=word == "年前")
    part = {"月底": "底", "月末": "底", "月初": "初", "月中": "中"}.get(word, word)
    months = [_in_month(today.year, today.month + ahead, 1) for ahead in range(2)]
    return [_month_span(first, part) for first in months]


def _around_new_year(today: date, *, before: bool) -> list[Span]:
    for year in (today.year, today.year + 1):
        first = holidays.lunar_date(year, 1, 1)
        if first is None:
            continue
        start = after_feast("春节", first)
        if before and first > today:
            return [Span(today, first - timedelta(days=1))]
        if not before and start + timedelta(days=14) > today:
            return [Span(start, start + timedelta(days=14))]
    return []


def _date(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    day, more = days_of_date(parts)
    months = [_in_month(today.year, today.month + ahead, 1) for ahead in range(4)]
    fitting = [first for first in months if day <= _days_in(first.year, first.month)]
    return [_some_days(first, day, more) for first in fitting[:2]]


def days_of_date(parts: dict[str, str]) -> tuple[int, int]:
    """The day of the month a date says, and how many more may do: 四五号 is the fourth or the fifth, 20几号 has ten."""
    if "dn_x" in parts:
        return number(parts["dn_x"]), 9
    if "dn_p" in parts:
        return number(parts.get("dn_t", "") + parts["dn_p"][0]), 1
    return number(parts.get("dn_d") or parts["dn_b"]), 0


def on_day_of(month: date, parts: dict[str, str]) -> Span:
    """A date in a month that was named. ValueError where the month is too short."""
    return _some_days(month, *days_of_date(parts))


def _some_days(month: date, day: int, more: int) -> Span:
    first = month.replace(day=day)
    more = min(more, _days_in(first.year, first.month) - day)
    return Span(first, first + timedelta(days=more)) if more else Span(first)


def _feast(parts: dict[str, str], today: date, year: int | None) -> list[Span]:
    name = parts["fe_n"]
    # By the moon the last days of a year fall into the next solar one: a year said is the one on the wall calendar.
    years = [year - 1, year] if year else [today.year - 1, today.year, today.year + 1]
    days = [day for day in (holidays.feast(name, candidate) for candidate in years) if day is not None]
    days = [day for day in days if not year or day.year == year]
    if _HOLIDAY & set(parts.get("fe_k", "")):
        return [Span(*holidays.days_off_for(name, day)) for day in days]
    return [Span(day) for day in days]


def _after_holiday(parts: dict[str, str], today: date, _year: int | None) -> list[Span]:
    """节后: after the public holiday that is on or comes next."""
    names = ["春节"] if "年" in parts["af_w"] else _LONG_FEASTS
    known = [(name, holidays.feast(name, candidate)) for candidate in (today.year, today.year + 1) for name in names]
    ends = sorted(after_feast(name, day) for name, day in known if day is not None)
    return [Span(day) for day in ends if day > today][:1]


def _lunar(parts: dict[str, str], today: date, year: int | None) -> list[Span]:
    if "lu_m4" in parts:
        months = _lunar_months(_LUNAR_MONTHS[parts["lu_m4"]], today, year)
        if "lu_x" not in parts:
            return months
        return [
            Span(month.first, month.first + timedelta(days=9)) if parts["lu_x"] == "初" else Span(month.end)
            for month in months
        ]
    if "lu_d4" in parts:
        month, day = 1, number(parts["lu_d4"][1:])
    elif "lu_d5" in parts:
        month, day = 12, number(parts["lu_d5"])
    else:
        said = parts.get("lu_m") or parts.get("lu_m2") or parts["lu_m3"]
        month = _LUNAR_MONTHS.get(said) or number(said)
        text = (parts.get("lu_d") or parts["lu_d3"]).removeprefix("初").replace("廿", "二十")
        day = number(text)
    years = [year] if year else range(holidays.lunar_year(today), today.year + 2)
    found = [holidays.lunar_date(candidate, month, day) for candidate in years]
    if (month, day) == (12, 30):  # 腊月三十 is the last day of the year, be it the 29th
        found = [holidays.feast("除夕", candidate) for candidate in years]
    return [Span(each, each + timedelta(days=1) if "lu_q" in parts else None) for each in found if each is not None]


def _lunar_months(month: int, today: date, year: int | None) -> list[Span]:
    found: list[Span] = []
    for candidate in [year] if year else range(holidays.lunar_year(today), today.year + 2):
        first = holidays.lunar_date(candidate, month, 1)
        if first is not None:
            long = holidays.lunar_date(candidate, month, 30) is not None
            found.append(Span(first, first + timedelta(days=29 if long else 28)))
    return found


_READERS: Final = {
    "day": _day,
    "days": _days,
    "weekday": _weekday_spans,
    "weekend": _weekend,
    "week": _week,
    "sameday": _same_day,
    "dates": _dates,
    "worked": _worked,
    "iso": _iso,
    "stamp": _stamp,
    "monthday": _month_day,
    "slash": _month_day,
    "nextmonth": _next_month,
    "monthend": _month_end,
    "date": _date,
    "feast": _feast,
    "afterfeast": _after_holiday,
    "lunar": _lunar,
}
"""How each kind of token is read."""
