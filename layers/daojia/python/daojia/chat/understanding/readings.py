"""What one phrase can mean from now: days and hours become instants, likeliest first, nothing of it past. Pure; naive
local times."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple

from daojia.chat.understanding import clocks, dates
from daojia.chat.understanding.dates import Span
from daojia.chat.understanding.phrase import Phrase
from daojia.chat.understanding.script import number
from daojia.chat.understanding.timewords import Token

Grain = Literal["minute", "hour", "part_of_day", "day"]
_SOON: Final = (timedelta(minutes=30), timedelta(hours=2))


class Reading(NamedTuple):
    """A time a phrase can mean. `end` is exclusive, None for a point in time, one whole day, or an open end."""

    start: datetime
    end: datetime | None
    grain: Grain


def readings_of(phrase: Phrase, now: datetime) -> list[Reading]:
    """What a phrase can mean, likeliest first, nothing of it past."""
    try:
        return [reading for reading in (_clipped(each, now) for each in _raw(phrase, now)) if reading is not None]
    except (ValueError, OverflowError):
        return []


def _clipped(reading: Reading, now: datetime) -> Reading | None:
    """A reading without what is past of it; None when all of it is."""
    if reading.start >= now:
        return reading
    if reading.end is None:
        whole_day = reading.grain == "day" and reading.start.date() == now.date()
        return reading._replace(start=now) if whole_day else None
    if reading.end <= now or reading.grain in {"minute", "hour"}:
        return None
    return reading._replace(start=now)


def _raw(phrase: Phrase, now: datetime) -> list[Reading]:
    if phrase.instant is not None:
        return _instant(phrase.instant, now)
    bound = phrase.bound if phrase.nth is None else None
    if bound == "by":
        inner = [each for each in _raw(phrase._replace(bound=None), now) if (each.end or each.start) > now]
        return [Reading(now, _last_moment(each), each.grain) for each in inner[:1]]
    if bound == "before":
        inner = [each for each in _raw(phrase._replace(bound=None), now) if each.start > now]
        readings = [Reading(_before(each, now), each.start, each.grain) for each in inner[:1]]
        return [each for each in readings if each.end is not None and each.start < each.end]
    if bound == "after":
        return _after(phrase, now)
    spans = _spans(phrase, now.date())
    if phrase.clock is not None:
        return _at_clock(phrase, spans, now)
    if phrase.without is not None:
        return _rest_of_day(phrase.without, spans)
    if phrase.part is not None:
        return _in_part(phrase, spans, now)
    if phrase.nth is not None:
        return [_whole(span) for span in spans]
    return [_whole(span) for span in _still_to_come(spans, now.date())]


def _last_moment(reading: Reading) -> datetime:
    """Until when something named as the latest is in time: the end of that day or part of a day, the hour itself."""
    if reading.grain == "day":
        return reading.end or _midnight(reading.start.date() + timedelta(days=1))
    return reading.end or reading.start


def _before(reading: Reading, now: datetime) -> datetime:
    """三点之前, 晚饭前 on another day begins with that day's work, else now."""
    if reading.grain != "day" and reading.start.date() > now.date():
        morning = datetime.combine(reading.start.date(), time(8))
        return morning if morning < reading.start else now
    return now


def _after(phrase: Phrase, now: datetime) -> list[Reading]:
    feast = phrase.day_of("feast")
    if feast is not None and phrase.clock is None:
        name = feast.parts["fe_n"]
        spans = [
            Span(dates.after_feast(name, span.first)) for span in dates.spans_of(feast, now.date(), _year(phrase, now))
        ]
        spans = [span for span in spans if span.first > now.date()]
        return [Reading(_midnight(span.first), None, "day") for span in spans[:1]]
    inner = [reading for reading in (_clipped(each, now) for each in _raw(phrase._replace(bound=None), now)) if reading]
    return [each._replace(end=None) if phrase.end_clock is None else each for each in inner]


def _whole(span: Span) -> Reading:
    end = _midnight(span.last + timedelta(days=1)) if span.last and span.last > span.first else None
    return Reading(_midnight(span.first), end, "day")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  naive local time inside this module


def _year(phrase: Phrase, now: datetime) -> int | None:
    return dates.year_of(phrase.year, now.date()) if phrase.year else None


def _spans(phrase: Phrase, today: date) -> list[Span]:
    """The days a phrase can mean; today and tomorrow if it names none."""
    if phrase.day is None:
        return [Span(today), Span(today + timedelta(days=1))]
    year = dates.year_of(phrase.year, today) if phrase.year else None
    spans = _of_week_or_month(phrase, phrase.day, today, year) or dates.spans_of(phrase.day, today, year)
    if phrase.nth is not None:
        spans = _nth(phrase, spans, today)
    if phrase.last:
        spans = [Span(span.end) for span in spans]
    if phrase.head is not None:
        spans = [Span(span.first, min(span.end, span.first + timedelta(days=phrase.head - 1))) for span in spans]
    if phrase.shift is not None:
        spans = [Span(span.first + timedelta(days=phrase.shift)) for span in spans]
    if phrase.end_day is not None:
        spans = [_to_day(span, phrase.end_day, today) for span in spans]
    return spans


def _of_week_or_month(phrase: Phrase, day: Token, today: date, year: int | None) -> list[Span]:
    """下周的周四, 两周后的周末, 十二月的周六, 一月 5号; nothing where no week or month is named beside the day."""
    if phrase.week is not None and day.kind in {"weekday", "weekend"}:
        if "wd_n" in day.parts:
            return []
        span = dates.spans_of(day, _monday_of(phrase.week, today), None)[0]
        return [span]
    months = dates.spans_of(phrase.month, today, year) if phrase.month is not None else []
    if day.kind == "date":
        return [dates.on_day_of(month.first, day.parts) for month in months]
    if day.kind in {"weekday", "weekend"} and phrase.nth is None:
        return [found for month in months for found in _in_month(day, month, today)]
    return []


def _in_month(token: Token, month: Span, today: date) -> list[Span]:
    """十二月的周六: those of the month that are still to come."""
    first = dates.spans_of(token, max(month.first, today), None)[0]
    length = first.end - first.first
    starts = [first.first + timedelta(days=7 * again) for again in range(5)]
    return [Span(start, start + length) for start in starts if start <= month.end]


def _monday_of(week: Token, today: date) -> date:
    """下周, or the week that 两周后 lies in."""
    first = dates.spans_of(week, today, None)[0].first
    return first - timedelta(days=first.weekday())


def _nth(phrase: Phrase, spans: list[Span], today: date) -> list[Span]:
    """下个月第二个周六, 春节后第一个周一: counted from a month, or from the day after a festival."""
    assert phrase.nth is not None
    if "nt_wn" in phrase.nth.parts or "nt_wl" in phrase.nth.parts:
        return [dates.nth_week(phrase.nth.parts, span) for span in spans]
    feast = phrase.day_of("feast")
    found: list[Span] = []
    for span in spans:
        starts, last = [span.first], span.last
        if feast is not None:
            starts = [span.end + timedelta(days=1), dates.after_feast(feast.parts["fe_n"], span.end)]
        if phrase.bound == "before" and not {"nt_n", "nt_f"} & set(phrase.nth.parts):  # 春节前最后一个周六
            starts, last = [today], span.first - timedelta(days=1)
        days = [dates.nth_weekday(phrase.nth.parts, start, last) for start in starts]
        found += [Span(day) for day in days if day is not None and day >= today]
    return found


def _to_day(span: Span, token: Token, today: date) -> Span:
    """The range to a second day: the first such day after the first one."""
    later = [end for end in dates.spans_of(token, today, None) if end.end > span.first]
    if not later:
        later = [end for end in dates.spans_of(token, span.first, None) if end.end > span.first]
    return Span(span.first, later[0].end) if later else span


def _still_to_come(spans: list[Span], today: date) -> list[Span]:
    """The first span that is not over; for a recurring day that is today, the next one may be meant as well."""
    coming = [span for span in spans if span.end >= today]
    return coming[:2] if coming and coming[0].first == today else coming[:1]


def _at_clock(phrase: Phrase, spans: list[Span], now: datetime) -> list[Reading]:
    clock, part = phrase.clock, phrase.part
    assert clock is not None
    options = [clocks.minutes_with_part(clock, part)] if part else clocks.minutes_bare(clock)
    first: list[Reading] = []
    second: list[Reading] = []
    for span in spans:
        last = span.last if phrase.end_day is not None else None
        fitting = [
            each for each in (_clock_on(phrase, span.first, minutes, last) for minutes in options) if each.start >= now
        ]
        if fitting:
            usable = _usual(fitting, span.first)
            second += usable[1:] if not first else []
            first.append(usable[0])
    if phrase.day is None and part is None and clock.bare and clock.hour == 12 and first[0].start.hour == 0:
        # 12点 in the afternoon is tomorrow's noon rather than this midnight.
        return [_clock_on(phrase, now.date() + timedelta(days=1), options[0]), first[0]]
    # Without a day the next day is no second reading, unless today's hour had to be the unusual one.
    if phrase.day is None and part is None and first and clock.bare:
        usual = _clock_on(phrase, now.date() + timedelta(days=1), options[0])
        unusual = (
            first[0].start.date() == now.date() and first[0].start != _clock_on(phrase, now.date(), options[0]).start
        )
        return [first[0], *second[:1], *([usual] if unusual else [])]
    return [*first[:1], *second[:1]]


def _usual(fitting: list[Reading], day: date) -> list[Reading]:
    """Readings a person may mean: nobody orders one for four at night or eleven in the evening unsaid."""
    sensible = [each for each in fitting if each.start.date() == day and 6 <= each.start.hour <= 21]
    return [fitting[0], *[each for each in sensible if each is not fitting[0]]]


def _clock_on(phrase: Phrase, day: date, minutes: int, last: date | None = None) -> Reading:
    assert phrase.clock is not None
    start = _midnight(day) + timedelta(minutes=minutes)
    end, exact = None, phrase.clock.exact
    if phrase.end_clock is not None and last is not None and last > day:
        end = _midnight(last) + timedelta(minutes=_end_minutes(phrase.end_clock, phrase.end_part))
        exact = exact or phrase.end_clock.exact
    elif phrase.end_clock is not None:
        end = _midnight(day) + timedelta(minutes=clocks.after_start(phrase.end_clock, phrase.end_part, minutes))
        exact = exact or phrase.end_clock.exact
    elif phrase.end_part is not None:
        end = _midnight(last or day) + timedelta(minutes=clocks.WINDOWS[phrase.end_part][1])
        end = end if end > start else None
    return Reading(start, end, "minute" if exact else "hour")


def _end_minutes(clock: clocks.Clock, part: str | None) -> int:
    return clocks.minutes_with_part(clock, part) if part else clocks.minutes_bare(clock)[0]


def _in_part(phrase: Phrase, spans: list[Span], now: datetime) -> list[Reading]:
    assert phrase.part is not None
    begin, end = clocks.WINDOWS[phrase.part]
    if phrase.end_part is not None:
        end = clocks.WINDOWS[phrase.end_part][1]
    readings: list[Reading] = []
    for span in spans:
        start = _midnight(span.first)
        last = _midnight(span.end) if phrase.end_day is not None and phrase.end_part is not None else start
        reading = Reading(start + timedelta(minutes=begin), last + timedelta(minutes=end), "part_of_day")
        if reading.end is not None and reading.end > now:
            readings.append(reading)
    today = bool(readings) and readings[0].start <= now
    return readings[:2] if today else readings[:1]


def _rest_of_day(without: str, spans: list[Span]) -> list[Reading]:
    """明天除了上午: what is left of the day from eight until ten in the evening."""
    begin, end = clocks.WINDOWS[without]
    readings: list[Reading] = []
    for span in spans[:1]:
        start = _midnight(span.first)
        for first, last in ((8 * 60, begin), (max(end, 8 * 60), 22 * 60)):
            if last > first:
                readings.append(
                    Reading(start + timedelta(minutes=first), start + timedelta(minutes=last), "part_of_day")
                )
    return readings


_AMOUNT_UNITS: Final = {"小时": 60, "钟头": 60, "钟": 60, "h": 60, "分钟": 1, "刻钟": 15}


def _amount(said: str) -> float:
    """半, 1.5, 三, 个把, 两三 (the smaller of both)."""
    if said in {"半", "个把"}:
        return 0.5 if said == "半" else 1.0
    if re.fullmatch(r"[\d.]+", said):
        return float(said)
    several = len(said) == 2 and "十" not in said
    return number(said[0] if several else said)


def _instant(token: Token, now: datetime) -> list[Reading]:
    if token.kind == "now":
        return [Reading(now, None, "minute")]
    if token.kind == "soon":
        return [Reading(now + _SOON[0], now + _SOON[1], "hour")]
    if token.kind == "days":
        return [Reading(now, now + timedelta(days=1), "hour")]
    parts = token.parts
    said = parts.get("mo_n") or parts["pa_n"]
    unit = _AMOUNT_UNITS[parts.get("mo_unit") or parts["pa_unit"]]
    amount = _amount(said)
    if any(name in parts for name in ("mo_half", "mo_half2", "pa_half", "pa_half2")):
        amount += 0.5
    later = timedelta(minutes=amount * unit + (number(parts["mo_min"]) if "mo_min" in parts else 0))
    if parts.get("mo_dir", "").endswith("内"):
        return [Reading(now, now + later, "minute")]
    return [Reading(now + later, None, "minute")]
