"""The times a sentence says: 明天 下午 三点 到 五点 is one phrase, 周六 或 周日 are two. Pure."""

from typing import Final

from daojia.chat.understanding import clocks
from daojia.chat.understanding.phrase import DAYS, MONTHS, Builder, Phrase
from daojia.chat.understanding.script import compiled, number
from daojia.chat.understanding.timewords import Token

_GAP: Final = r"[\s,(（的)）那天]*(?:剩下的?|里的?|内的?)?(?:大概|大约|差不多|左右|约|就|再|在|我)?[\s,]*"
_BUSY: Final = (
    r"(?:我|就|要|得|还要|必须|才)*(?:出门|开会|(?<=[我要得须])接(?:孩子|娃)|睡觉|赶飞机|赶车|上课)(?!前|之前|后)"
)
"""After a clock time: what the person does then, not when the visit is."""
_FEW: Final = r"(?:[1-9]\d?|[一二两三四五六七八九十]{1,3})"
_COUNT: Final = rf"的?(?P<n>{_FEW})个?(?P<unit>天|日|周|星期|礼拜)(?!内|之内|以内)"
_NTH_DAY: Final = rf"的?第(?P<n>{_FEW})天"
_ALL_THE_TIME: Final = r"(?:[\s,]*(?:我|都|一直|有空|在家|有人|可以)+)?"
"""三点以后我都有空到六点."""
_HOURS_OF: Final = {"早上": range(6, 12), "上午": range(7, 13), "下午": range(1, 7), "晚上": range(6, 12)}
"""Hours as people say them in a part of the day."""
_WITHOUT: Final = ("除了", "除去", "除开")
_AND: Final = r"[\s,、和跟与]*"
_HOURS: Final = frozenset({"clock", "around", "hours"})
_EXCEPT: Final = r"[\s,的我]*(?:除了|除去|除开|只要不是|只要别是|除)[\s,]*"


def phrases(text: str, found: list[Token]) -> list[Phrase]:
    """The times a folded text says with these words, from left to right."""
    built: list[Phrase] = []
    builder = Builder(joined=False)
    for index, token in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        if token.kind == "to":
            _open_range(text, builder, token, following)
        elif token.kind == "by":
            _finish(builder, built)
            builder = Builder(joined=False, by=True)
        elif token.kind == "or":
            if not builder.empty and token.start - builder.end <= 4:
                _finish(builder, built)
                builder = Builder(joined=True)
        elif token.kind in _HOURS and compiled(_BUSY).match(text, token.end):
            builder.drop_part()
        else:
            builder = _taken(text, builder, token, following, built)
    _finish(builder, built)
    return [_counted(text, _until(text, phrase)) for phrase in _in_context(_spread(text, built))]


def _open_range(text: str, builder: Builder, to: Token, following: Token | None) -> None:
    """A 到 opens a range where a word of time stands on either side of it."""
    builder.open_range = (
        not builder.empty
        and following is not None
        and following.start == to.end
        and compiled(_ALL_THE_TIME).fullmatch(text, builder.end, to.start) is not None
    )
    if builder.open_range:
        builder.end = to.end


def _taken(text: str, builder: Builder, token: Token, following: Token | None, built: list[Phrase]) -> Builder:
    """The phrase the token went to: the one in the making, or a new one where it does not belong to that."""
    if builder.empty:
        builder.take(token, near=True)
        return builder
    between = text[builder.end : token.start]
    left_out = text.endswith(_WITHOUT, 0, builder.start)
    closes = following is not None and following.kind == "before" and following.start == token.end
    if (
        (compiled(_EXCEPT).fullmatch(between) and builder.leave_out(token))
        or (left_out and builder.turn_out(token))
        or (closes and builder.bound == "after" and builder.close(token))
    ):
        return builder
    near = compiled(_GAP).fullmatch(between) is not None
    # 除了周三，下周都可以; 六点下班，明天七点来: the day after the comma is another one, or that of the hour after it.
    apart = (left_out and "," in between) or (not near and builder.hour_only and _opens_hour(token, following))
    if not apart and (builder.take(token, near=near) or token.kind in {"after", "before"}):
        return builder
    _finish(builder, built)
    following_phrase = Builder(joined=near or compiled(_AND).fullmatch(between) is not None)
    following_phrase.take(token, near=True)
    return following_phrase


def _opens_hour(token: Token, following: Token | None) -> bool:
    """Whether a day's hour is said right after it."""
    return token.kind in DAYS and following is not None and following.kind in {*_HOURS, "part"}


def _spread(text: str, built: list[Phrase]) -> list[Phrase]:
    """周三四, 周一三五: one phrase for each of the days."""
    found: list[Phrase] = []
    for phrase in built:
        more = (phrase.day.parts.get("wd_m") or phrase.day.parts.get("wd_l", "")[1:]) if phrase.day else ""
        if phrase.day is None or not more:
            again = found and found[-1].recurring and compiled(_AND).fullmatch(text, found[-1].end, phrase.start)
            found.append(phrase._replace(recurring=_comes_again(text, phrase) or bool(again)))
            continue
        recurring = "wd_l" in phrase.day.parts or _comes_again(text, phrase)
        found.append(phrase._replace(recurring=recurring))
        for weekday in more:
            if weekday not in "、,和":
                token = phrase.day._replace(parts={**phrase.day.parts, "wd_d": weekday})
                found.append(phrase._replace(day=token, joined=True, recurring=recurring))
    return found


def _comes_again(text: str, phrase: Phrase) -> bool:
    """每周二, 每个周六."""
    return phrase.day_of("weekday") is not None and "每" in text[max(0, phrase.start - 2) : phrase.start]


def _in_context(built: list[Phrase]) -> list[Phrase]:
    """明天上午要上班，下午可以: a part or a clock time alone speaks of the day named before it."""
    found: list[Phrase] = []
    for said in built:
        phrase, before = said, found[-1] if found else None
        if (
            before is not None
            and before.day is not None
            and phrase.day_of("date")
            and phrase.month is None
            and before.day.kind in MONTHS
        ):
            # 1月4号，5号: both in January.
            phrase = phrase._replace(month=before.day, year=before.year)
        if before is not None:
            phrase = _in_week_of(before, phrase)
        if before is not None and _same_part(before, phrase):
            phrase = phrase._replace(part=before.part)  # 上午十点，不对，十一点
        alone = phrase.day is None and phrase.instant is None and (phrase.part or phrase.clock)
        if alone and before is not None and before.day is not None:
            phrase = phrase._replace(
                day=before.day, week=before.week, month=before.month, year=before.year, shift=before.shift
            )
        found.append(phrase)
    for index, phrase in enumerate(found[1:], 1):
        # 周六或者周日上午: both mornings.
        before = found[index - 1]
        if (
            phrase.joined
            and phrase.day
            and before.day
            and not (before.part or before.clock or before.end_day or before.bound)
        ):
            found[index - 1] = before._replace(
                part=phrase.part, end_part=phrase.end_part, clock=phrase.clock, end_clock=phrase.end_clock
            )
    return found


def _in_week_of(before: Phrase, phrase: Phrase) -> Phrase:
    """下周搬家，周六周日都行; 下周二或者周四: a weekday alone lies in the week named before it."""
    day = phrase.day_of("weekday")
    if day is None or phrase.week is not None or "wd_n" in day.parts:
        return phrase
    if before.day_of("week"):
        return phrase._replace(week=before.day)
    if not phrase.joined or before.day is None or before.day.kind != "weekday":
        return phrase
    if "wd_n" in before.day.parts:
        day = day._replace(parts={**day.parts, "wd_n": before.day.parts["wd_n"]})
    return phrase._replace(day=day, week=before.week)


def _same_part(before: Phrase, phrase: Phrase) -> bool:
    """Whether an hour alone may lie in the part of the day that was said with the hour before it."""
    if phrase.day is not None or phrase.part is not None or phrase.clock is None or before.clock is None:
        return False
    return phrase.clock.bare and before.part in _HOURS_OF and phrase.clock.hour in _HOURS_OF[before.part]


def _finish(builder: Builder, built: list[Phrase]) -> None:
    phrase = builder.build()
    if phrase is not None:
        built.append(phrase)


def _until(text: str, phrase: Phrase) -> Phrase:
    """上午到下午三点: the clock time said last ends what a part of day begins."""
    if phrase.clock is None or phrase.end_clock is not None or phrase.part is None or phrase.end_part is None:
        return phrase
    if clocks.ends_with_part(text[phrase.start : phrase.end]):
        return phrase
    begin = clocks.WINDOWS[phrase.part][0]
    start = clocks.Clock(begin // 60, begin % 60, exact=False, bare=False)
    return phrase._replace(part=None, clock=start, end_clock=phrase.clock)


def _counted(text: str, phrase: Phrase) -> Phrase:
    """春节前一周, 国庆第三天: days or weeks counted from a day."""
    nth = compiled(_NTH_DAY).match(text, phrase.end) if phrase.day_of("feast") and phrase.shift is None else None
    if nth is not None and phrase.clock is None and phrase.part is None:
        return phrase._replace(end=nth.end(), shift=number(nth["n"]) - 1)
    if phrase.bound is None or phrase.day is None or phrase.clock is not None or phrase.part is not None:
        return phrase
    match = compiled(_COUNT).match(text, phrase.end)
    if match is None or not text[: phrase.end].endswith(("前", "后")):
        return phrase
    if phrase.day.kind in {"week", "nextmonth", "monthday"} and phrase.bound == "before" and match["unit"] in "天日":
        return phrase._replace(end=match.end(), bound=None, head=number(match["n"]))
    days = number(match["n"]) * (1 if match["unit"] in "天日" else 7)
    return phrase._replace(end=match.end(), bound=None, shift=-days if phrase.bound == "before" else days)
