"""One time somebody says, put together from the words it is made of. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from daojia.chat.understanding.clocks import Clock, around, clock_of, part_name
from daojia.chat.understanding.timewords import Token

_DAYS: Final = frozenset(
    [
        "day",
        "days",
        "weekday",
        "weekend",
        "week",
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
_PRECISE: Final = ("iso", "stamp", "slash", "monthday", "lunar", "date", "nextmonth", "day", "days", "feast", "weekday")
"""Of two words for one day (25号周六) the one that counts: the earlier in this list."""
_INSTANTS: Final = frozenset({"now", "soon", "moment"})
_SAME_PARTS: Final = (
    {"早上", "上午"},
    {"清晨", "早上"},
    {"晚上", "深夜"},
    {"傍晚", "下午"},
    {"傍晚", "晚上"},
    {"凌晨", "深夜"},
    {"凌晨", "早上"},
    {"上午"},
    {"下午"},
    {"晚上"},
    {"早上"},
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One time somebody says. `joined`: another choice beside the phrase before it (或, 、, or right after it)."""

    start: int
    end: int
    day: Token | None = None
    end_day: Token | None = None
    week: Token | None = None
    month: Token | None = None
    year: Token | None = None
    nth: Token | None = None
    shift: int = 0
    """Days after the named one: 元旦前一天 is -1."""
    last: bool = False
    """最后一天 of the days named."""
    part: str | None = None
    end_part: str | None = None
    clock: Clock | None = None
    end_clock: Clock | None = None
    instant: Token | None = None
    bound: Literal["before", "after"] | None = None
    joined: bool = False
    wished: bool = False
    """What something is moved to: 从明天改到后天."""

    def day_of(self, kind: str) -> Token | None:
        """The day's token if it is of this kind."""
        return self.day if self.day is not None and self.day.kind == kind else None


class Builder:
    """A phrase in the making."""

    def __init__(self, *, joined: bool) -> None:
        self.start = self.end = -1
        self.joined = joined
        self.open_range = False
        self.days: list[Token] = []
        self.end_day: Token | None = None
        self.year: Token | None = None
        self.nth: Token | None = None
        self.shift = 0
        self.last = False
        self.part: str | None = None
        self.end_part: str | None = None
        self.clock: Clock | None = None
        self.end_clock: Clock | None = None
        self.instant: Token | None = None
        self.bound: Literal["before", "after"] | None = None

    @property
    def empty(self) -> bool:
        return self.start < 0

    def take(self, token: Token, *, near: bool) -> bool:
        """Add a token if it belongs to this phrase. `near`: nothing but fillers lies between."""
        if not (self.empty or self._takes(token, near=near)):
            return False
        if self.empty and not self._takes(token, near=True):
            return True
        self.start = token.start if self.empty else self.start
        self.end = max(self.end, token.end)
        return True

    def _takes(self, token: Token, *, near: bool) -> bool:
        kind = token.kind
        if kind in {"after", "before"}:
            if not near or self.empty or token.start != self.end:
                return False
            self.bound = "after" if kind == "after" else "before"
            return True
        if kind in _INSTANTS:
            return self._takes_instant(token)
        if self.instant is not None:
            return False
        if kind in _DAYS:
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
        if kind == "around":
            return self._takes_around(token)
        return kind == "clock" and self._takes_clock(token)

    def _takes_instant(self, token: Token) -> bool:
        if not self.empty:
            return False
        self.instant = token
        return True

    def _takes_day(self, token: Token, *, near: bool) -> bool:
        if self.open_range:
            self.open_range = False
            self.end_day = token
            return self.clock is None
        if token.parts.get("fe_k") == "夜" and self.part is None:
            self.part = "晚上"
        if not self.days:
            if (self.clock or self.part) and not near and self.bound:
                return False
            if (self.part or self.clock) and token.parts.get("dy_p"):
                return False
            self.days = [token]
            if "dy_p" in token.parts:
                self.part = part_name(
                    {"早": "早上", "晨": "早上", "晚": "晚上", "夜": "晚上", "夜里": "晚上"}.get(
                        token.parts["dy_p"], token.parts["dy_p"]
                    )
                )
            return True
        if self.clock is not None or self.bound or not near or {each.kind for each in self.days} & {token.kind}:
            return False
        if "dy_p" in token.parts or self.part:
            return False
        kinds = {self.days[0].kind, token.kind}
        if (
            kinds in ({"day", "weekday"}, {"week", "weekday"})
            or "date" in kinds
            or kinds == {"week", "weekend"}
            or kinds & {"nextmonth", "monthday", "slash", "iso"}
        ):
            self.days.append(token)
            return True
        return False

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
        if self.open_range:
            self.end_part = part
            if self.clock is None:
                self.open_range = False
            return True
        if self.part is not None:
            # 明早上午, 晚上夜里: the second word says the same again.
            return near and self.clock is None and {self.part, part} in _SAME_PARTS
        if self.clock is not None and not near:
            return False
        self.part = part
        return True

    def _takes_clock(self, token: Token) -> bool:
        clock = clock_of(token)
        if clock is None:
            return False
        if self.open_range and self.clock is not None:
            self.end_clock, self.open_range = clock, False
            return True
        if self.clock is not None or self.bound or self.end_day is not None:
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
        days = sorted(self.days, key=lambda each: _PRECISE.index(each.kind) if each.kind in _PRECISE else 99)
        day = days[0] if days else None
        other = days[1] if len(days) > 1 else None
        if other is not None and other.kind == "date":
            day, other = other, day
        if (
            other is not None
            and other.kind in {"weekday", "weekend", "date"}
            and day is not None
            and day.kind in {"week", "nextmonth"}
        ):
            day, other = other, day
        month = other if other is not None and other.kind in {"nextmonth", "monthday"} else None
        week = next((each for each in self.days if each.kind == "week" and each is not day), None)
        return Phrase(
            self.start, self.end, day, self.end_day, week, month, self.year, self.nth, self.shift, self.last,
            self.part, self.end_part,
            self.clock, self.end_clock, self.instant, self.bound, self.joined,
        )  # fmt: skip
