"""Words of time put together: 明天 下午 三点 到 五点 is one phrase, 周六 或 周日 are two. Pure."""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from daojia.chat.understanding.clocks import Clock, around, clock_of, part_name
from daojia.chat.understanding.timewords import Token

_DAYS: Final = frozenset(
    {"day", "days", "weekday", "weekend", "week", "worked", "iso", "stamp", "monthday", "nextmonth", "monthend", "slash", "date"}
    | {"feast", "lunar", "afterfeast"}
)
_PRECISE: Final = ("iso", "stamp", "slash", "monthday", "lunar", "date", "nextmonth", "day", "days", "feast", "weekday")
"""Of two words for one day (25号周六) the one that counts: the earlier in this list."""
_INSTANTS: Final = frozenset({"now", "soon", "moment"})
_GAP: Final = re.compile(r"[\s,(（的)）那天]*(?:大概|大约|差不多|左右|约|就|再|在|我)?[\s,]*")
_REFUSED_AFTER: Final = re.compile(
    r"[\s,]*(?:我|我们|都|也|可能|的话|那天|这天|就|的时间|临时|突然|已经|家里|家)*"
    r"(?:(?:就|要|得|还要|必须)*(?:出门|开会|接孩子|接娃|睡觉|赶飞机|赶车)|出?生的?(?!效|日)|没空|没时间|没有时间|没有空|没得空|不行(?!就|的话|再)|不在家|不在|不方便|不可以|不得行|要上班|要加班|有事|有点事|有安排|出差|不合适|去不了|不能|约满|满了|太晚|太早|来不及|来不了|没人)"
)
_BUSY: Final = re.compile(r"(?:我|就|要|得|还要|必须|才)*(?:出门|开会|接孩子|接娃|睡觉|赶飞机|赶车|上课)(?!前|之前|后)")
"""After a clock time: what the person does then, not when the visit is."""
_REFUSED_BEFORE: Final = re.compile(r"(?:不是|不要|别|除了|而不是|不想|取消|本来|原来|原本|原定|之前约|不约)(?:说|约|订|定|在|的|了|是)*$")
_TARGET: Final = re.compile(
    r"(?:改(?:约|期|签|时间)?|换|挪|推迟|延迟|延期|延后|推|延|提前|提早|调整?|移|顺延|变更|更改|往后推|往前提)(?:一下)?(?:成|到|为|至|去|在|:|,)?"
    r"(?:了)?|还是(?=.)|不对[,\s]*(?:是)?|说错了[,\s]*(?:是)?|应该是|(?<!不)(?<!要)(?<!还)(?<!但)是(?=.)"
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


class _Builder:
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
        if kind == "nth":
            self.nth = token if near and self.days else self.nth
            return self.nth is token
        if kind == "shift":
            return self._takes_shift(token.parts, near=near)
        if kind == "year":
            self.year = token if self.year is None and not self.days else self.year
            return self.year is token
        if kind == "part":
            return self._takes_part(part_name(token.parts["pt_w"]), near=near)
        if kind == "around":
            return self._takes_around(token)
        return kind == "clock" and self._takes_clock(token, near=near)

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
                self.part = part_name({"早": "早上", "晨": "早上", "晚": "晚上", "夜": "晚上", "夜里": "晚上"}.get(token.parts["dy_p"], token.parts["dy_p"]))
            return True
        if self.clock is not None or self.bound or not near or {each.kind for each in self.days} & {token.kind}:
            return False
        if "dy_p" in token.parts or self.part:
            return False
        kinds = {self.days[0].kind, token.kind}
        if kinds in ({"day", "weekday"}, {"week", "weekday"}) or "date" in kinds or kinds == {"week", "weekend"} or kinds & {"nextmonth", "monthday", "slash", "iso"}:
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

    def _takes_clock(self, token: Token, *, near: bool) -> bool:
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
        both = around(token)
        if both is None or self.clock is not None or self.bound or self.end_day is not None:
            return False
        self.clock, self.end_clock = both
        return True

    def build(self, text: str) -> Phrase | None:
        if self.empty:
            return None
        days = sorted(self.days, key=lambda each: _PRECISE.index(each.kind) if each.kind in _PRECISE else 99)
        day = days[0] if days else None
        other = days[1] if len(days) > 1 else None
        if other is not None and other.kind == "date":
            day, other = other, day
        if other is not None and other.kind in {"weekday", "weekend", "date"} and day is not None and day.kind in {"week", "nextmonth"}:
            day, other = other, day
        month = other if other is not None and other.kind in {"nextmonth", "monthday"} else None
        week = next((each for each in self.days if each.kind == "week" and each is not day), None)
        return Phrase(
            self.start, self.end, day, self.end_day, week, month, self.year, self.nth, self.shift, self.last, self.part, self.end_part,
            self.clock, self.end_clock, self.instant, self.bound, self.joined,
        )  # fmt: skip


_SAME_PARTS: Final = ({"早上", "上午"}, {"清晨", "早上"}, {"晚上", "深夜"}, {"傍晚", "下午"}, {"傍晚", "晚上"}, {"凌晨", "深夜"}, {"凌晨", "早上"}, {"上午"}, {"下午"}, {"晚上"}, {"早上"})


def phrases(text: str, found: list[Token], *, refused: bool = False) -> list[Phrase]:
    """The times a sentence says, refused ones (明天没空, 不是周三) left out unless asked for."""
    built: list[Phrase] = []
    builder = _Builder(joined=False)
    for index, token in enumerate(found):
        if token.kind == "to":
            following = found[index + 1] if index + 1 < len(found) else None
            builder.open_range = not builder.empty and token.start == builder.end and following is not None and following.start == token.end
            if builder.open_range:
                builder.end = token.end
            continue
        if token.kind == "or":
            if not builder.empty and token.start - builder.end <= 4:
                _finish(builder, text, built)
                builder = _Builder(joined=True)
            continue
        if token.kind in {"clock", "around"} and _BUSY.match(text, token.end):
            continue
        near = builder.empty or _GAP.fullmatch(text, builder.end, token.start) is not None
        if builder.take(token, near=near):
            continue
        if token.kind in {"after", "before"}:
            continue
        _finish(builder, text, built)
        builder = _Builder(joined=near)
        builder.take(token, near=True)
    _finish(builder, text, built)
    return _wished(text, _in_context(built), refused=refused)


def _in_context(built: list[Phrase]) -> list[Phrase]:
    """明天上午要上班，下午可以: a part or a clock time alone speaks of the day named before it."""
    found: list[Phrase] = []
    for phrase in built:
        before = found[-1] if found else None
        alone = phrase.day is None and phrase.instant is None and (phrase.part or phrase.clock)
        if alone and before is not None and before.day is not None:
            phrase = replace(
                phrase, day=before.day, week=before.week, month=before.month, year=before.year, shift=before.shift
            )
        found.append(phrase)
    for index, phrase in enumerate(found[1:], 1):
        # 周六或者周日上午: both mornings.
        before = found[index - 1]
        if phrase.joined and phrase.day and before.day and not (before.part or before.clock or before.end_day or before.bound):
            found[index - 1] = replace(
                before, part=phrase.part, end_part=phrase.end_part, clock=phrase.clock, end_clock=phrase.end_clock
            )
    return found


def _finish(builder: _Builder, text: str, built: list[Phrase]) -> None:
    phrase = builder.build(text)
    if phrase is not None:
        built.append(phrase)


def _is_refused(text: str, phrase: Phrase) -> bool:
    return bool(_REFUSED_AFTER.match(text, phrase.end) or _REFUSED_BEFORE.search(text, 0, phrase.start))


def _wished(text: str, built: list[Phrase], *, refused: bool) -> list[Phrase]:
    """Marks what something is moved to, and drops what is refused."""
    kept = [phrase for phrase in built if refused or not _is_refused(text, phrase)]
    if len(kept) < 2:
        return kept
    target = -1
    for match in _TARGET.finditer(text):
        target = match.end()
    if target < 0:
        return kept
    index = next((index for index, phrase in enumerate(kept) if phrase.start >= target), None)
    if index is None:
        return kept
    phrase = kept[index]
    kept[index] = replace(phrase, wished=True)
    return kept
