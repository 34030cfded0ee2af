"""Which hours a word of time can mean on a day, in the order a person would think of them. Pure.

Hours are minutes after the midnight the day begins with; 1440 and more lie in the night after it.
"""

from typing import Final, NamedTuple

from daojia.chat.understanding.script import number
from daojia.chat.understanding.timewords import PART_OF, Token

WINDOWS: Final = {
    "凌晨": (0, 6 * 60),
    "清晨": (6 * 60, 9 * 60),
    "早上": (8 * 60, 11 * 60),
    "上午": (8 * 60, 12 * 60),
    "中午": (11 * 60, 13 * 60),
    "白天": (8 * 60, 18 * 60),
    "下午": (13 * 60, 18 * 60),
    "傍晚": (17 * 60, 19 * 60),
    "晚上": (18 * 60, 22 * 60),
    "深夜": (22 * 60, 24 * 60),
    "后半夜": (24 * 60, 30 * 60),
}
"""Parts of a day from when until when."""
_NIGHT: Final = frozenset({"晚上", "深夜", "傍晚"})
_QUARTERS: Final = {"半": 30, "一刻": 15, "1刻": 15, "三刻": 45, "3刻": 45, "整": 0}


class Clock(NamedTuple):
    """A clock time: its hour as said (0-24), the minutes, and whether minutes were said."""

    hour: int
    minute: int
    exact: bool
    bare: bool
    """Said in digits with a colon and two digits of hour, or from 13 on: then it is meant as written."""


def part_name(word: str) -> str:
    """The part of the day a word stands for."""
    return PART_OF[word]


def ends_with_part(text: str) -> bool:
    """Whether the last word is a part of the day: 上午八点到中午."""
    return any(text.endswith(word) for word in PART_OF)


def clock_of(token: Token) -> Clock | None:
    """The clock time a token says. None if there is no such time."""
    parts = token.parts
    if "ck_ap" in parts:
        hour = number(parts["ck_hp"]) % 12 + (12 if parts["ck_ap"] == "p" else 0)
        return Clock(hour, int(parts.get("ck_mp", 0)), exact="ck_mp" in parts, bare=False)
    text = parts.get("ck_h") or parts.get("ck_hd") or parts["ck_r"]
    hour = number(text.removesuffix("来"))
    minute, exact = 0, False
    digits = parts.get("ck_mm") or parts.get("ck_md")
    if digits:
        minute, exact = int(digits), True
    elif "ck_m" in parts:
        said = parts["ck_m"].removesuffix("分")
        minute = _QUARTERS[said] if said in _QUARTERS else number(said)
        exact = said != "整"
    short = parts.get("ck_to") or parts.get("ck_c")
    if short:
        lacking = short.removeprefix("差").removesuffix("到").removesuffix("钟").removesuffix("分")
        minute, exact = minute - (15 if lacking == "一刻" else number(lacking)), True
    if not (0 <= hour <= 24 and minute < 60) or hour * 60 + minute > 24 * 60 or hour * 60 + minute < 0:
        return None
    written = digits is not None and text.isdecimal() and len(text) == 2 and hour < 10
    return Clock(hour, minute, exact, bare=not (written or hour > 12))


def around(token: Token) -> tuple[Clock, Clock]:
    """三四点: from three to four; 早九晚六: from nine to eighteen."""
    if token.kind == "hours":
        begin, end = number(token.parts["ew_a"]), number(token.parts["ew_b"])
        return Clock(begin, 0, exact=False, bare=False), Clock(end % 12 + 12, 0, exact=False, bare=False)
    words = token.parts["ar_w"]
    begin = 11 if words == "十一二" else number(words[0])
    return Clock(begin, 0, exact=False, bare=True), Clock(begin + 1, 0, exact=False, bare=True)


def minutes_with_part(clock: Clock, part: str) -> int:
    """Minutes after midnight of 晚上八点, 凌晨两点, 中午十二点."""
    hour, night = clock.hour, 0
    match part:
        case "下午" | "傍晚" | "白天" if part != "白天" or hour < 7:
            hour += 12 if hour < 12 else 0
        case "晚上" | "深夜":
            if hour in {0, 12, 24}:
                hour = 24
            elif hour < 5 or (part == "深夜" and hour < 6):
                night = 24
            elif hour < 12:
                hour += 12
        case "后半夜":
            night = 0 if hour == 24 else 24
            hour %= 12 if night else 25
        case "中午":
            hour += 12 if hour < 4 else 0
        case "凌晨":
            hour = 0 if hour in {12, 24} else hour
        case _:
            pass
    return (hour + night) * 60 + clock.minute


def minutes_bare(clock: Clock) -> list[int]:
    """What a clock time without part of day can mean: 1-7 after noon, 8-11 before it unless that is past, 12 is noon.
    The second one is the other half of the day."""
    if not clock.bare:
        return [clock.hour * 60 + clock.minute]
    if clock.hour == 12:
        return [12 * 60 + clock.minute, 24 * 60 + clock.minute]
    if clock.hour == 0:
        return [clock.minute, 24 * 60 + clock.minute]
    half = (clock.hour % 12) * 60 + clock.minute
    return [half + 12 * 60, half] if clock.hour <= 7 else [half, half + 12 * 60]


def after_start(clock: Clock, part: str | None, start: int) -> int:
    """The end of a range that begins at `start`: the first time this clock shows after it."""
    if part is not None:
        minutes = minutes_with_part(clock, part)
        return minutes if minutes > start else minutes + 24 * 60
    base = clock.hour * 60 + clock.minute
    step = 24 * 60 if not clock.bare else 12 * 60
    while base <= start:
        base += step
    return base
