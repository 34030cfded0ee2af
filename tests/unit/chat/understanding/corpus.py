"""The corpora of messages: how they are read. Years are 2026 unless written."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from daojia.kernel.times import SHANGHAI

HERE: Final = Path(__file__).parent
NOW: Final = datetime(2026, 11, 25, 10, 0, tzinfo=SHANGHAI)
"""A Wednesday morning."""


WISHES: Final = HERE / "wishes"
"""Messages by what they want, and in files voice_… by who speaks: the voices were written after the rules."""


@dataclass(frozen=True)
class TimeCase:
    """A message and the time it means. `start` None: it names none."""

    kind: str
    text: str
    now: datetime
    start: datetime | None
    end: datetime | None
    grain: str
    also: datetime | None = None
    """The start of another reading that must be reported."""


@dataclass(frozen=True)
class WishCase:
    """A message, what it wants, and the slots it must have. `when` and unlisted slots are not compared."""

    role: str
    text: str
    intent: str
    slots: dict[str, str]
    source: str = ""
    """The file it stands in, without .tsv."""

    @property
    def trusted(self) -> bool:
        """Whether the rules were written without it, so that what they say of it is what they say of strangers."""
        return self.source.startswith("voice_")


def rows(path: Path) -> list[list[str]]:
    """The cells of a TSV file without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def instant(text: str) -> datetime | None:
    """11-26 15:00, 2027-01-01 00:00 or - for none."""
    if text == "-":
        return None
    return datetime.fromisoformat(text if text.count("-") == 2 else f"2026-{text}").replace(tzinfo=SHANGHAI)


def time_cases() -> list[TimeCase]:
    """All of the corpora of times, one file for each theme."""
    return [case for path in sorted(HERE.glob("when_*.tsv")) for case in times_in(path)]


def times_in(path: Path) -> list[TimeCase]:
    """The messages of one file; a row `now` sets the clock for those after it."""
    found: list[TimeCase] = []
    now = NOW
    for cells in rows(path):
        if cells[0] == "now":
            set_to = instant(cells[1])
            assert set_to is not None
            now = set_to
            continue
        kind, text, start, end, grain, *also = cells
        found.append(TimeCase(kind, text, now, instant(start), instant(end), grain, instant(also[0]) if also else None))
    return found


def wish_cases() -> list[WishCase]:
    """All corpora of wishes."""
    return [case for path in sorted(WISHES.glob("*.tsv")) for case in wishes_in(path)]


def wishes_in(path: Path) -> list[WishCase]:
    """The messages of one file: role, text, intent, slots as `name=value ; name=value`."""
    return [
        WishCase(
            role,
            text,
            intent,
            dict(pair.split("=", 1) for pair in slots[0].split(" ; ")) if any(slots) else {},
            path.stem,
        )
        for role, text, intent, *slots in rows(path)
    ]


def short_cases() -> list[tuple[str, str, str]]:
    """All of shorthand.tsv: message, kind (- for none), value."""
    return [(cells[0], cells[1], cells[2] if len(cells) > 2 else "") for cells in rows(HERE / "shorthand.tsv")]
