"""One time somebody says, put together from the words it is made of. Pure."""

from typing import Final, Literal, NamedTuple

from daojia.chat.understanding.clocks import Clock, around, clock_of, part_name
from daojia.chat.understanding.timewords import Token

DAYS: Final = frozenset(
    [
        "day",
        "days",
        "weekday",
        "weekend",
        "week",
        "sameday",
        "dates",
        "worked",
        "iso",
        "stamp",
        "monthday",
        "nextmonth",
        "monthend",
        "slash",
        "date",
        "feast",
        "lunar",
        "afterfeast",
    ]
)
_PRECISE: Final = (
    "feast", "iso", "stamp", "dates", "slash", "date", "monthday", "lunar", "nextmonth", "sameday", "day", "weekday",
    "weekend",
)  # fmt: skip
"""Of two words for one day (25号周六) the one that counts: the earlier in this list."""
MONTHS: Final = {
    "monthday": ("md_d", "md_x"),
    "nextmonth": ("nm_d", "nm_db", "nm_x"),
    "lunar": ("lu_d", "lu_d3", "lu_d4"),
}
"""Words for a month, and the parts that already say a day of it."""
_WITH_WEEKDAY: Final = frozenset({"day", "week", "date", "nextmonth", "monthday", "slash", "iso", "stamp", "worked"})
"""Words for a day beside which its weekday may stand."""
_WEEK_WORDS: Final = ("周", "星期", "礼拜")
_INSTANTS: Final = frozenset({"now", "soon", "moment"})
_SAME_PARTS: Final = (
    {"早上", "上午"},
    {"清晨", "早上"},
    {"晚上", "深夜"},
    {"傍晚", "下午"},
    {"傍晚", "晚上"},
    {"凌晨", "深夜"},
    {"凌晨", "早上"},
    {"晚上", "后半夜"},
    {"深夜", "后半夜"},
    {"上午"},
    {"下午"},
    {"晚上"},
    {"早上"},
)


Bound = Literal["before", "after", "by"]
"""三点之前, 三点以后, 最晚三点. A day that is a limit counts with 最晚, and does not with 之前."""


class Phrase(NamedTuple):
    """One time somebody says. `joined`: another choice beside the phrase before it (或, 、, or right after it)."""

    start: int
    end: int
    day: Token | None = None
    end_day: Token | None = None
    week: Token | None = None
    month: Token | None = None
    year: Token | None = None
    nth: Token | None = None
    head: int | None = None
    """Only the first days of those named: 下周前三天."""
    shift: int | None = None
    """Days after the named one: 元旦前一天 is -1."""
    last: bool = False
    """最后一天 of the days named."""
    part: str | None = None
    end_part: str | None = None
    without: str | None = None
    """The part of the day that does not suit: 明天除了上午."""
    clock: Clock | None = None
    end_clock: Clock | None = None
    instant: Token | None = None
    bound: Bound | None = None
    joined: bool = False
    day_last: bool = False
    """The day was said after the part or the hour: 上午或者下午，明天."""
    recurring: bool = False
    """One of several days of every week: the soonest is meant first."""
    wished: bool = False
    """What something is moved to: 从明天改到后天."""

    def day_of(self, kind: str) -> Token | None:
        """The day's token if it is of this kind."""
        return self.day if self.day is not None and self.day.kind == kind else None


def _one_day(first: Token, second: Token) -> bool:
    """Whether two words name one day together (28号周六, 下周的周四, 十二月 28号), or are two days (12月1号，2号)."""
    kinds = {first.kind, second.kind}
    for named in kinds & {"weekday", "weekend"}:
        others = kinds - {named}
        return bool(others & _WITH_WEEKDAY) or (others == {"days"} and _is_weeks(first))
    if second.kind == "feast":  # 2月5号除夕
        return first.kind in {"monthday", "date", "slash", "day"}
    months = [each for each in (first, second) if each.kind in MONTHS]
    return "date" in kinds and bool(months) and not any(name in months[0].parts for name in MONTHS[months[0].kind])


def _breadth(token: Token) -> int:
    """How much a word for days leaves open: a month without a day leaves most."""
    if token.kind in MONTHS and not any(name in token.parts for name in MONTHS[token.kind]):
        return 99
    return _PRECISE.index(token.kind) if token.kind in _PRECISE else 50


def _is_weeks(token: Token) -> bool:
    """两周后, seen as a week: 两周后的周六."""
    return token.kind == "days" and (token.parts.get("dp_unit") or token.parts.get("da_unit")) in _WEEK_WORDS


class Builder:
    """A phrase in the making."""

    def __init__(self, *, joined: bool, by: bool = False) -> None:
        self.start = self.end = -1
        self.joined = joined
        self.open_range = False
        self.days: list[Token] = []
        self.end_day: Token | None = None
        self.year: Token | None = None
        self.nth: Token | None = None
        self.shift: int | None = None
        self.last = False
        self.part: str | None = None
        self.end_part: str | None = None
        self.without: str | None = None
        self.clock: Clock | None = None
        self.end_clock: Clock | None = None
        self.instant: Token | None = None
        self.bound: Bound | None = None
        self.by = by
        self.day_last = False
        """The day was said after its part or hour."""

    @property
    def empty(self) -> bool:
        return self.start < 0

    @property
    def hour_only(self) -> bool:
        """A clock time was said, and no day yet."""
        return self.clock is not None and not self.days

    def take(self, token: Token, *, near: bool) -> bool:
        """Add a token if it belongs to this phrase. `near`: nothing but fillers lies between."""
        if not (self.empty or self._takes(token, near=near)):
            return False
        if self.empty and not self._takes(token, near=True):
            return True
        self.start = token.start if self.empty else self.start
        self.end = max(self.end, token.end)
        return True

    def close(self, token: Token) -> bool:
        """三点以后五点以前: the second clock time ends it."""
        if token.kind != "clock" or self.clock is None:
            return False
        self.end_clock = clock_of(token)
        self.end = token.end
        return True

    def drop_part(self) -> None:
        """下午两点要出门: neither the hour nor the part of the day is the visit's."""
        self.part = None
        if not self.days and self.clock is None:
            self.start = self.end = -1

    def turn_out(self, token: Token) -> bool:
        """除了晚上，明天都行: the part said before the day is the one that does not suit."""
        alone = self.part is not None and self.clock is None and not self.days
        if not (alone and token.kind in DAYS):
            return False
        self.without, self.part = self.part, None
        self.days, self.start, self.end = [token], token.start, token.end
        return True

    def leave_out(self, token: Token) -> bool:
        """明天除了上午: a part of the day that does not suit."""
        if token.kind != "part" or not self.days or self.part is not None or self.clock is not None:
            return False
        self.without = part_name(token.parts["pt_w"])
        self.end = token.end
        return True

    def _takes(self, token: Token, *, near: bool) -> bool:
        kind = token.kind
        if kind in {"after", "before"}:
            if not near or self.empty or token.start != self.end:
                return False
            if kind == "after" and self.part == "中午" and self.clock is None:
                self.part = "下午"  # 中午过后
                return True
            if kind == "after" and self.part is not None and self.day_last:
                return True  # 白天看孩子，下周一开始
            if self.bound is None or self.end_clock is None:
                self.bound = "after" if kind == "after" else "before"
            return True
        if kind in _INSTANTS:
            return self._takes_instant(token)
        if self.instant is not None:
            return False
        if kind in DAYS:
            return self._takes_day(token, near=near)
        if kind in {"nth", "shift", "year"}:
            return self._takes_detail(token, near=near)
        return self._takes_hour(token, near=near)

    def _takes_detail(self, token: Token, *, near: bool) -> bool:
        """What narrows the day down: its year, the second Monday, the day after."""
        if token.kind == "nth":
            self.nth = token if near and self.days else self.nth
            return self.nth is token
        if token.kind == "shift":
            return self._takes_shift(token.parts, near=near)
        self.year = token if self.year is None and not self.days else self.year
        return self.year is token

    def _takes_hour(self, token: Token, *, near: bool) -> bool:
        kind = token.kind
        if kind == "part":
            return self._takes_part(part_name(token.parts["pt_w"]), near=near)
        if kind in {"around", "hours"}:
            return self._takes_around(token)
        return kind == "clock" and self._takes_clock(token)

    def _takes_instant(self, token: Token) -> bool:
        if not self.empty:
            return token.kind == "soon" and bool(self.days)  # 今天晚点
        self.instant = token
        return True

    def _takes_day(self, token: Token, *, near: bool) -> bool:
        if self.open_range:
            self.open_range = False
            self.end_day = token
            return True
        if not self.days:
            return self._takes_first_day(token, near=near)
        if self.clock is not None or self.part or self.bound or not near or "dy_p" in token.parts:
            return False
        if token.kind in {each.kind for each in self.days} or not _one_day(self.days[-1], token):
            return False
        self.days.append(token)
        return True

    def _takes_first_day(self, token: Token, *, near: bool) -> bool:
        after_hour = self.part is not None or self.clock is not None
        if after_hour and ((self.bound and not near) or "dy_p" in token.parts):
            return False
        self.days = [token]
        self.day_last = after_hour
        if "fe_b" in token.parts:
            self.bound = "after"
        if token.parts.get("fe_k") in {"夜", "当晚", "那晚"}:
            self.part = self.part or "晚上"
        if "dy_p" in token.parts:
            self.part = part_name(token.parts["dy_p"])
        return True

    def _takes_shift(self, parts: dict[str, str], *, near: bool) -> bool:
        if not (near and self.days) or self.clock is not None:
            return False
        if "sh_l" in parts:
            self.last = True
            return True
        said = parts.get("sh_b") or parts["sh_a"]
        size = 2 if "两" in said or "2" in said else 1
        self.shift = -size if "sh_b" in parts else size
        if said.endswith("晚"):
            self.part = "晚上"
        if "sh_p" in parts:
            self.part = part_name(parts["sh_p"])
        return True

    def _takes_part(self, part: str, *, near: bool) -> bool:
        if self.end_day is not None and self.end_part is None and (self.part is not None or self.clock is not None):
            self.end_part = part  # 周四下午到周五中午
            return True
        if self.open_range:
            self.end_part = part
            if self.clock is None:
                self.open_range = False
            return True
        if near and part == "凌晨" and self.part in {"晚上", "深夜"} and self.clock is None:
            self.part = "后半夜"  # 今晚凌晨两点
            return True
        if self.part is not None:
            # 明早上午, 晚上夜里: the second word says the same again.
            same = near and self.clock is None and {self.part, part} in _SAME_PARTS
            self.part = part if same and part == "后半夜" else self.part
            return same
        if self.clock is not None and not near:
            return False
        if self.bound == "after":
            self.bound = None  # 下周开始每天上午
        self.part = part
        return True

    def _takes_clock(self, token: Token) -> bool:
        clock = clock_of(token)
        if clock is None:
            return False
        if self.clock is not None and self.end_clock is None and (self.open_range or self.end_day is not None):
            self.end_clock, self.open_range = clock, False
            return True
        if self.clock is not None or self.bound or (self.end_part is not None and self.end_day is not None):
            return False
        self.clock = clock
        return True

    def _takes_around(self, token: Token) -> bool:
        if self.clock is not None or self.bound or self.end_day is not None:
            return False
        self.clock, self.end_clock = around(token)
        return True

    def build(self) -> Phrase | None:
        if self.empty:
            return None
        days = sorted(self.days, key=_breadth)
        day = days[0] if days else None
        month = next((each for each in days[1:] if each.kind in {"nextmonth", "monthday"}), None)
        week = next((each for each in days[1:] if each.kind == "week" or _is_weeks(each)), None)
        return Phrase(
            self.start, self.end, day, self.end_day, week, month, self.year, self.nth, None, self.shift, self.last,
            self.part, self.end_part, self.without,
            self.clock, self.end_clock, self.instant, self.bound or ("by" if self.by else None), self.joined,
            self.day_last,
        )  # fmt: skip
