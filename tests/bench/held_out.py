"""Corpora that no rule and no weight has seen: how they are read, and what counts as understood.

`python -m tests.bench --show-misses` prints what is heard wrongly, for a release; it is nothing to learn from.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from daojia.chat.understanding import Understanding, When, understand, when
from daojia.kernel.times import SHANGHAI
from tests.unit.chat.understanding.corpus import NOW, WishCase, rows, time_cases, wish_cases, wishes_in

HERE: Final = Path(__file__).parent
TIMES: Final = HERE / "when_held_out.tsv"
WISHES: Final = HERE / "wishes_held_out.tsv"
SURPLUS: Final = timedelta(hours=1)
"""A moment may be told as the hour that begins with it."""
SLOTS: Final = {"service", "minutes", "quantity", "wish", "provider", "order_no", "amount_yuan", "address_text"}


@dataclass
class Score:
    """What was right per class, and what was not."""

    right: dict[str, list[bool]] = field(default_factory=dict[str, list[bool]])
    misses: list[str] = field(default_factory=list[str])
    confused: Counter[str] = field(default_factory=Counter[str])
    """How often one thing was taken for another: `wanted → heard`."""

    def note(self, right: bool, *names: str) -> None:
        for name in names:
            self.right.setdefault(name, []).append(right)

    def percent(self, name: str) -> float:
        return round(100 * sum(self.right[name]) / len(self.right[name]), 1)

    def classes(self) -> dict[str, float]:
        return {name: self.percent(name) for name in sorted(self.right)}


def times() -> Iterator[tuple[str, str, datetime, list[str]]]:
    """Class, text, now and the readings a person would accept. What our own corpora hold is not unseen."""
    known = {case.text for case in time_cases()}
    for kind, now, text, readings in rows(TIMES):
        if text not in known:
            yield kind, text, datetime.fromisoformat(now).replace(tzinfo=SHANGHAI), readings.split(" | ")


def judge_times() -> Score:
    """`held_out.when` and, per class, `held_out.when.<class>`."""
    score = Score()
    for kind, text, now, readings in times():
        heard = when(text, now)
        right = any(meets(heard, reading, now) for reading in readings)
        score.note(right, "held_out.when", f"held_out.when.{kind}")
        if not right:
            score.misses.append(f"{kind}\t{now:%m-%d %H:%M}\t{text}\t{' | '.join(readings)}\t→ {shown(heard)}")
            score.confused[f"{readings[0].split()[0]} → {heard.grain if heard else 'none'}"] += 1
    return score


def shown(heard: When | None) -> str:
    if heard is None:
        return "none"
    end = f" to {heard.end:%Y-%m-%d %H:%M}" if heard.end else ""
    return f"{heard.grain} {heard.start:%Y-%m-%d %H:%M}{end}"


def meets(heard: When | None, reading: str, now: datetime) -> bool:
    """Whether what was heard is what a person would hear. Nothing that is over is ever right."""
    form, *words = reading.split()
    if heard is None or form == "none":
        return heard is None and form == "none"
    if heard.start < now and (heard.grain != "day" or heard.start.date() < now.date()):
        return form == "part" and heard.end is not None and heard.end > now and PARTS[form](heard, words)
    return PARTS[form](heard, words)


def _at(day: str, clock: str) -> datetime:
    """A clock time of a day; 24:00 is its end."""
    hour, minute = map(int, clock.split(":"))
    midnight = datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
    return midnight + timedelta(hours=hour, minutes=minute)


def _ends(heard: When, last: date) -> bool:
    """Whether a span of days ends with this one, told as the day itself or as the midnight after it."""
    return heard.end is not None and last <= heard.end.date() and heard.end <= _at(last.isoformat(), "24:00")


def _moment(heard: When, words: list[str]) -> bool:
    start = _at(words[0], words[1])
    exact = heard.grain in {"minute", "hour"} and heard.start == start
    return exact and (heard.end is None or start <= heard.end <= start + SURPLUS)


def _range(heard: When, words: list[str]) -> bool:
    return heard.start == _at(words[0], words[1]) and heard.end == _at(words[0], words[2])


def _part(heard: When, words: list[str]) -> bool:
    begin, end = _at(words[0], words[1]), _at(words[0], words[2])
    inside = heard.grain == "part_of_day" and begin <= heard.start < end
    return inside and (heard.end is None or heard.end <= end + SURPLUS)


def _day(heard: When, words: list[str]) -> bool:
    day = date.fromisoformat(words[0])
    return heard.grain == "day" and heard.start.date() == day and (heard.end is None or _ends(heard, day))


def _days(heard: When, words: list[str]) -> bool:
    return heard.start.date() == date.fromisoformat(words[0]) and _ends(heard, date.fromisoformat(words[1]))


def _within(heard: When, words: list[str]) -> bool:
    return date.fromisoformat(words[0]) <= heard.start.date() <= date.fromisoformat(words[1])


def _between(heard: When, words: list[str]) -> bool:
    return _at(words[0], words[1]) <= heard.start <= _at(words[0], words[2])


def _after(heard: When, words: list[str]) -> bool:
    return heard.start == _at(words[0], words[1]) and (heard.end is None or heard.end > heard.start)


def _before(heard: When, words: list[str]) -> bool:
    end = _at(words[0], words[1])
    return heard.end == end and heard.start < end


PARTS: Final[dict[str, Callable[[When, list[str]], bool]]] = {
    "moment": _moment,
    "range": _range,
    "part": _part,
    "day": _day,
    "days": _days,
    "within": _within,
    "between": _between,
    "after": _after,
    "before": _before,
}


def judge_wishes() -> Score:
    """`held_out.intents` and `held_out.slots`, and both apart: `held_out.<role>.<intent>`, `held_out.slot.<slot>`."""
    score = Score()
    known = {wish.text for wish in wish_cases()}
    for wish in (wish for wish in wishes_in(WISHES) if wish.text not in known):
        heard = understand(wish.text, NOW, wish.role)  # pyright: ignore[reportArgumentType]
        wanted = wish.intent.split("|")
        intent = heard.intent in wanted
        wrong = [name for name in SLOTS if not _slot(wish, heard, name)]
        for name in SLOTS & wish.slots.keys():
            score.note(name not in wrong, "held_out.slots", f"held_out.slot.{name}")
        score.note(intent, "held_out.intents", f"held_out.{wish.role}.{wanted[0]}")
        if not intent:
            score.confused[f"{wanted[0]} → {heard.intent}"] += 1
        if not intent or wrong:
            slots = {name: str(heard.slots.get(name)) for name in wrong}
            score.misses.append(
                f"{wish.role}\t{wish.text}\t{wish.intent}\t{wish.slots}\t→ {heard.intent} {slots or ''}"
            )
    return score


def _slot(wish: WishCase, heard: Understanding, name: str) -> bool:
    """A slot said is heard with one of its values (`a|b`); one labelled `-` is missing. Others are not compared."""
    if name not in wish.slots:
        return True
    value = heard.slots.get(name)
    return any((value is None) if each == "-" else str(value) == each for each in wish.slots[name].split("|"))
