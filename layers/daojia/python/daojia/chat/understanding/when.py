"""When a visit is wished: the time in a sentence, seen from now.

Conventions: weeks start on Monday and 下周X lies in the next one; a bare hour from 1 to 7 is after noon, from 8 to 11
before it unless that is past; 今晚12点 is midnight at the end of today; 周末 is Saturday (to Sunday); 月底 is the last
day; a part of day is a range. Nothing in the past is ever returned. What else the words may mean is in `alternatives`.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from daojia.chat.understanding import clocks, dates
from daojia.chat.understanding.dates import Span
from daojia.chat.understanding.phrase import Phrase
from daojia.chat.understanding.phrases import phrases
from daojia.chat.understanding.script import compiled, fold, number, tightened
from daojia.chat.understanding.timewords import Token, tokens
from daojia.kernel.times import SHANGHAI, local

Grain = Literal["minute", "hour", "part_of_day", "day"]

_TOO_LONG: Final = 400
"""Characters; nobody types more to say when."""
_FACT_BEFORE: Final = (
    r"(?:(?:去年|前年|上上?个?月)的?|(?:上次|上回|上一次)(?:是|在|约|订)?的?"
    r"|(?:生日|预产期|出生日?期?|有效期|保质期|购买日期|到期日?)(?:是|为|在|到|:|,| )*"
    r"|(?:都|已经|刚)过?了?快?|(?<![推延])迟到了?|等了)$"
)
_FACT_AFTER: Final = (
    r"(?:到期|过期|失效|出生|生日|的?预产期?|买的|装的|生的"
    r"|[^,.!? ]{0,6}?(?:做|洗|擦|打扫|弄|修|搞)得(?:不|很|太|非常|一点|真|挺|比较|马虎)"
    r"|[^,.!? ]{0,8}?(?:不满意|没(?:擦|洗|打扫|弄|搞)干净|不干净|态度(?:很|太)?差))(?!效)"
)
"""What a time is told of that is past, or is no visit at all; then nothing is wished."""
_AGAINST_BEFORE: Final = r"(?:别(?:安排|排|约|定|订|来|选)?在?|不用|不需要|不想(?:约|要|在))$"
_AGAINST_AFTER: Final = r"(?:[,\s]*(?:除外|以外|之外|就?不用|(?:先|就)?不约|(?:先|就)不(?:来|做|用|弄|搞)|不考虑))"
"""What is said against a time, heard only when asked for."""
_LATE: Final = r"还没[到来见有]|没[来到](?:人|$|[,.! ])|放鸽子|爽约|(?<![推延])迟到|都.{1,5}了"
_PROMISED: Final = r"(?:说|约|讲|答应)好?(?:了|的|是|在)*$"
"""师傅说三点到，还没来."""
_ASIDE_BEFORE: Final = (
    r"(?:上次|上回|上一次|前次|头回|以前|之前(?!的)|去年|平时|平常)[^,.!?;，。 ]{0,4}$"
    r"|(?<![点半分刻钟整])(?:[放上]学|[上下]班|回家|到家)(?:是|在|要到?|得到?)?$"
)
_ASIDE_AFTER: Final = (
    r"(?:我|我们|他|她|孩子|娃|宝宝|老人|才|就|都|要|得|还要|必须|左右|的时候)*"
    r"(?:放学|上学|上班|下班|吃饭|午?睡|午休|出门|开会|回家|回来|到家|回去|不让|不准|不许|禁止|关门|走|离开|做完|弄完"
    r"|结束|搞完|搞定|完事|完工|要用|有客人|来客人|退房|入住(?!保洁)|要?下[雨雪]|有[课会客]|考试|请客|过生日|回老家|出远门|去?旅游|体检|手术|看病|去医院"
    r"|[那这]?[个单次]?的?(?:单子?|订单|预约)?(?:取消|退了|不要了)|约的|订的|下的单|修的|做的|洗的|来的(?!话))"
)
"""What a time is told of that is not the visit."""
_FEW: Final = r"(?:[1-9]\d?|[一二两三四五六七八九十]{1,3})"
_COUNT: Final = rf"的?(?P<n>{_FEW})个?(?P<unit>天|日|周|星期|礼拜)(?!内|之内|以内)"
_NTH_DAY: Final = rf"的?第(?P<n>{_FEW})天"
_SOON: Final = (timedelta(minutes=30), timedelta(hours=2))


@dataclass(frozen=True, slots=True)
class When:
    """A time somebody named. Instants are aware, Shanghai time; `end` is exclusive and None for a point in time, one
    whole day, or an open end. `span` is where in the message it was said."""

    start: datetime
    end: datetime | None
    grain: Grain
    span: tuple[int, int]
    alternatives: tuple["When", ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """A When before it is given its span: naive, local."""

    start: datetime
    end: datetime | None
    grain: Grain


def when(text: str, now: datetime, *, refused: bool = False) -> When | None:
    """The time a message names for a visit, None if it names none that is still to come; with `refused` also one it
    speaks against (后天来不了: a leave). ValueError for a naive `now`."""
    clock = local(now).replace(tzinfo=None)
    folded, places = tightened(fold(text[:_TOO_LONG]))
    found: list[tuple[Phrase, list[_Reading]]] = []
    for phrase in _said(folded, refused=refused):
        readings = _readings(phrase, clock)
        if readings:
            found.append((phrase, readings))
    if not found:
        return None
    chosen = next((index for index, (phrase, _) in enumerate(found) if phrase.wished), None)
    if chosen is None:
        chosen = _closer([readings[0] for _, readings in found])
    phrase, readings = found[chosen]
    others = list(readings[1:])
    for other, more in found[chosen + 1 :]:
        if other.joined:
            others.append(more[0])
    span = (phrase.start, phrase.end) if places is None else (places[phrase.start], places[phrase.end - 1] + 1)
    alternatives: list[When] = []
    for each in others:
        if each != readings[0] and each not in [_naive(known) for known in alternatives]:
            alternatives.append(_aware(each, span))
    return replace(_aware(readings[0], span), alternatives=tuple(alternatives[:3]))


def _said(text: str, *, refused: bool) -> list[Phrase]:
    """The times said in a folded text, without what is only told beside them."""
    words = tokens(text)
    if not words:
        return []
    said = [_counted(text, _until(text, phrase)) for phrase in phrases(text, words, refused=refused)]
    late = any(phrase.clock for phrase in said) and compiled(_LATE).search(text) is not None
    said = [phrase for phrase in said if not _is_fact(text, phrase, late=late)]
    if not refused:
        said = [phrase for phrase in said if not _is_against(text, phrase)]
    if len(said) < 2 or refused:
        return said
    return [phrase for phrase in said if not _is_aside(text, phrase)] or said


def _is_fact(text: str, phrase: Phrase, *, late: bool) -> bool:
    """预产期1月20号, 都四点了: no wish at all. `late`: the message complains of somebody who is."""
    if compiled(_FACT_AFTER).match(text, phrase.end) or (late and compiled(_PROMISED).search(text, 0, phrase.start)):
        return True
    before = compiled(_FACT_BEFORE).search(text, 0, phrase.start)
    return before is not None and (late or before[0][0] not in "都已刚" or text.startswith(("了", "还没"), phrase.end))


def _is_against(text: str, phrase: Phrase) -> bool:
    """周一除外, 别安排在上午."""
    return bool(
        compiled(_AGAINST_BEFORE).search(text, 0, phrase.start) or compiled(_AGAINST_AFTER).match(text, phrase.end)
    )


def _is_aside(text: str, phrase: Phrase) -> bool:
    """孩子四点放学，五点来: told beside the wish. Only of use where another time is said as well."""
    return bool(compiled(_ASIDE_BEFORE).search(text, 0, phrase.start) or compiled(_ASIDE_AFTER).match(text, phrase.end))


def _until(text: str, phrase: Phrase) -> Phrase:
    """上午到下午三点: the clock time said last ends what a part of day begins."""
    if phrase.clock is None or phrase.end_clock is not None or phrase.part is None or phrase.end_part is None:
        return phrase
    if clocks.ends_with_part(text[phrase.start : phrase.end]):
        return phrase
    begin = clocks.WINDOWS[phrase.part][0]
    start = clocks.Clock(begin // 60, begin % 60, exact=False, bare=False)
    return replace(phrase, part=None, clock=start, end_clock=phrase.clock)


def _counted(text: str, phrase: Phrase) -> Phrase:
    """春节前一周, 国庆第三天: days or weeks counted from a day."""
    nth = compiled(_NTH_DAY).match(text, phrase.end) if phrase.day_of("feast") and not phrase.shift else None
    if nth is not None and phrase.clock is None and phrase.part is None:
        return replace(phrase, end=nth.end(), shift=number(nth["n"]) - 1)
    if phrase.bound is None or phrase.day is None or phrase.clock is not None or phrase.part is not None:
        return phrase
    match = compiled(_COUNT).match(text, phrase.end)
    if match is None or not text[: phrase.end].endswith(("前", "后")):
        return phrase
    days = number(match["n"]) * (1 if match["unit"] in "天日" else 7)
    return replace(phrase, end=match.end(), bound=None, shift=-days if phrase.bound == "before" else days)


def _closer(readings: list[_Reading]) -> int:
    """周末人多吗，我想周六十点: the first time said, unless a later one lies inside it and is closer."""
    first = readings[0]
    if first.grain == "day":
        end = first.end or first.start + timedelta(days=1)
        for index, later in enumerate(readings[1:], 1):
            if later.grain != "day" and first.start <= later.start < end:
                return index
    return 0


def _naive(known: When) -> _Reading:
    end = known.end.replace(tzinfo=None) if known.end else None
    return _Reading(known.start.replace(tzinfo=None), end, known.grain)


def _aware(reading: _Reading, span: tuple[int, int]) -> When:
    end = reading.end.replace(tzinfo=SHANGHAI) if reading.end else None
    if reading.end is not None and end is not None and reading.end <= reading.start:
        end += timedelta(days=1)  # 晚上到早上 goes on into the next day
    return When(reading.start.replace(tzinfo=SHANGHAI), end, reading.grain, span)


def _readings(phrase: Phrase, now: datetime) -> list[_Reading]:
    """What a phrase can mean, likeliest first, nothing of it past."""
    try:
        return [reading for reading in (_clipped(each, now) for each in _raw(phrase, now)) if reading is not None]
    except (ValueError, OverflowError):
        return []


def _clipped(reading: _Reading, now: datetime) -> _Reading | None:
    """A reading without what is past of it; None when all of it is."""
    if reading.start >= now:
        return reading
    if reading.end is None:
        whole_day = reading.grain == "day" and reading.start.date() == now.date()
        return replace(reading, start=now) if whole_day else None
    if reading.end <= now or reading.grain in {"minute", "hour"}:
        return None
    return replace(reading, start=now)


def _raw(phrase: Phrase, now: datetime) -> list[_Reading]:
    if phrase.instant is not None:
        return _instant(phrase.instant, now)
    bound = phrase.bound if phrase.nth is None else None
    if bound == "before":
        inner = [each for each in _raw(replace(phrase, bound=None), now) if each.start > now]
        readings = [_Reading(_before(each, now), each.start, each.grain) for each in inner[:1]]
        return [each for each in readings if each.end is not None and each.start < each.end]
    if bound == "after":
        return _after(phrase, now)
    spans = _spans(phrase, now.date())
    if phrase.clock is not None:
        return _at_clock(phrase, spans, now)
    if phrase.part is not None:
        return _in_part(phrase, spans, now)
    if phrase.nth is not None:
        return [_whole(span) for span in spans]
    return [_whole(span) for span in _still_to_come(spans, now.date())]


def _before(reading: _Reading, now: datetime) -> datetime:
    """三点之前 on another day begins with that day's work, else now."""
    if reading.grain in {"minute", "hour"} and reading.start.date() > now.date():
        morning = datetime.combine(reading.start.date(), time(8))
        return morning if morning < reading.start else now
    return now


def _after(phrase: Phrase, now: datetime) -> list[_Reading]:
    feast = phrase.day_of("feast")
    if feast is not None and phrase.clock is None:
        name = feast.parts["fe_n"]
        spans = [
            Span(dates.after_feast(name, span.end)) for span in dates.spans_of(feast, now.date(), _year(phrase, now))
        ]
        spans = [span for span in spans if span.first > now.date()]
        return [_Reading(_midnight(span.first), None, "day") for span in spans[:1]]
    inner = [reading for reading in (_clipped(each, now) for each in _raw(replace(phrase, bound=None), now)) if reading]
    return [replace(each, end=None) if phrase.end_clock is None else each for each in inner]


def _whole(span: Span) -> _Reading:
    end = _midnight(span.last + timedelta(days=1)) if span.last and span.last > span.first else None
    return _Reading(_midnight(span.first), end, "day")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  naive local time inside this module


def _year(phrase: Phrase, now: datetime) -> int | None:
    return dates.year_of(phrase.year, now.date()) if phrase.year else None


def _spans(phrase: Phrase, today: date) -> list[Span]:
    """The days a phrase can mean; today and tomorrow if it names none."""
    token = phrase.day
    if token is None:
        return [Span(today), Span(today + timedelta(days=1))]
    year = dates.year_of(phrase.year, today) if phrase.year else None
    spans = dates.spans_of(token, today, year)
    if phrase.week is not None and token.kind == "weekend":
        saturday = dates.spans_of(phrase.week, today, None)[0].first + timedelta(days=5)
        return [Span(saturday, saturday + timedelta(days=1))]
    if phrase.week is not None and token.kind == "weekday" and "wd_n" not in token.parts:
        monday = dates.spans_of(phrase.week, today, None)[0].first
        spans = [Span(monday + timedelta(days=span.first.weekday())) for span in spans[:1]]
    if phrase.month is not None and token.kind == "date":
        months = dates.spans_of(phrase.month, today, year)
        spans = [Span(month.first.replace(day=number(token.parts["dn_d"]))) for month in months]
    if phrase.nth is not None:
        spans = _nth(phrase, spans, today)
    if phrase.last:
        spans = [Span(span.end) for span in spans]
    if phrase.shift:
        spans = [Span(span.first + timedelta(days=phrase.shift)) for span in spans]
    if phrase.end_day is not None:
        spans = [_to_day(span, phrase.end_day, today) for span in spans]
    return spans


def _nth(phrase: Phrase, spans: list[Span], today: date) -> list[Span]:
    """下个月第二个周六, 春节后第一个周一: counted from a month, or from the day after a festival."""
    assert phrase.nth is not None
    feast = phrase.day_of("feast")
    found: list[Span] = []
    for span in spans:
        starts = [span.first]
        if feast is not None:
            starts = [span.end + timedelta(days=1), dates.after_feast(feast.parts["fe_n"], span.end)]
        days = [dates.nth_weekday(phrase.nth.parts, start, span.last) for start in starts]
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


def _at_clock(phrase: Phrase, spans: list[Span], now: datetime) -> list[_Reading]:
    clock, part = phrase.clock, phrase.part
    assert clock is not None
    options = [clocks.minutes_with_part(clock, part)] if part else clocks.minutes_bare(clock)
    first: list[_Reading] = []
    second: list[_Reading] = []
    for span in spans:
        fitting = [
            each for each in (_clock_on(phrase, span.first, minutes) for minutes in options) if each.start >= now
        ]
        if fitting:
            usable = _usual(fitting, span.first)
            second += usable[1:] if not first else []
            first.append(usable[0])
    # Without a day the next day is no second reading, unless today's hour had to be the unusual one.
    if phrase.day is None and part is None and first and clock.bare:
        usual = _clock_on(phrase, now.date() + timedelta(days=1), options[0])
        unusual = (
            first[0].start.date() == now.date() and first[0].start != _clock_on(phrase, now.date(), options[0]).start
        )
        return [first[0], *second[:1], *([usual] if unusual else [])]
    return [*first[:1], *second[:1]]


def _usual(fitting: list[_Reading], day: date) -> list[_Reading]:
    """Readings a person may mean: nobody orders one for four at night or eleven in the evening unsaid."""
    sensible = [each for each in fitting if each.start.date() == day and 6 <= each.start.hour <= 21]
    return [fitting[0], *[each for each in sensible if each is not fitting[0]]]


def _clock_on(phrase: Phrase, day: date, minutes: int) -> _Reading:
    assert phrase.clock is not None
    start = _midnight(day) + timedelta(minutes=minutes)
    end, exact = None, phrase.clock.exact
    if phrase.end_clock is not None:
        end = _midnight(day) + timedelta(minutes=clocks.after_start(phrase.end_clock, phrase.end_part, minutes))
        exact = exact or phrase.end_clock.exact
    elif phrase.end_part is not None:
        until = clocks.WINDOWS[phrase.end_part][1]
        end = _midnight(day) + timedelta(minutes=until) if until > minutes else None
    return _Reading(start, end, "minute" if exact else "hour")


def _in_part(phrase: Phrase, spans: list[Span], now: datetime) -> list[_Reading]:
    assert phrase.part is not None
    begin, end = clocks.WINDOWS[phrase.part]
    if phrase.end_part is not None:
        end = clocks.WINDOWS[phrase.end_part][1]
    readings: list[_Reading] = []
    for span in spans:
        start = _midnight(span.first)
        reading = _Reading(start + timedelta(minutes=begin), start + timedelta(minutes=end), "part_of_day")
        if reading.end is not None and reading.end > now:
            readings.append(reading)
    today = bool(readings) and readings[0].start <= now
    return readings[:2] if today else readings[:1]


_AMOUNT_UNITS: Final = {"小时": 60, "钟头": 60, "钟": 60, "h": 60, "分钟": 1, "刻钟": 15}


def _amount(said: str) -> float:
    """半, 1.5, 三, 个把, 两三 (the smaller of both)."""
    if said in {"半", "个把"}:
        return 0.5 if said == "半" else 1.0
    if re.fullmatch(r"[\d.]+", said):
        return float(said)
    several = len(said) == 2 and "十" not in said
    return number(said[0] if several else said)


def _instant(token: Token, now: datetime) -> list[_Reading]:
    if token.kind == "now":
        return [_Reading(now, None, "minute")]
    if token.kind == "soon":
        return [_Reading(now + _SOON[0], now + _SOON[1], "hour")]
    if token.kind == "days":
        return [_Reading(now, now + timedelta(days=1), "hour")]
    parts = token.parts
    said = parts.get("mo_n") or parts["pa_n"]
    unit = _AMOUNT_UNITS[parts.get("mo_unit") or parts["pa_unit"]]
    amount = _amount(said)
    if any(name in parts for name in ("mo_half", "mo_half2", "pa_half", "pa_half2")):
        amount += 0.5
    later = timedelta(minutes=amount * unit + (number(parts["mo_min"]) if "mo_min" in parts else 0))
    if parts.get("mo_dir", "").endswith("内"):
        return [_Reading(now, now + later, "minute")]
    return [_Reading(now + later, None, "minute")]
