"""When a visit is wished: the time in a sentence, seen from now.

Conventions: weeks start on Monday and 下周X lies in the next one; a bare hour from 1 to 7 is after noon, from 8 to 11
before it unless that is past; 今晚12点 is midnight at the end of today; 周末 is Saturday (to Sunday); 月底 is the last
day; a part of day is a range. 最晚周五 counts Friday, 周五之前 does not; 三四点 and 四五号 are ranges; what comes
every week is its next time; 第二周 of a month begins on the 8th; 两周后的周六 lies in the week two weeks on;
明天除了上午 leaves from noon to ten in the evening; of what is taken back the last thing left counts. Nothing in the
past is ever returned. What else the words may mean, and second wishes, are in `alternatives`.

A message goes through five steps, a module each: `timewords` finds the words of time, `phrases` (with `phrase`) puts
them together, `told` leaves out what is no wish, `readings` (with `dates`, `clocks` and `holidays`) turns them into
instants, and this module chooses.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from daojia.chat.understanding.phrase import Phrase
from daojia.chat.understanding.phrases import phrases
from daojia.chat.understanding.readings import Grain, Reading, readings_of
from daojia.chat.understanding.script import fold, tightened
from daojia.chat.understanding.timewords import tokens
from daojia.chat.understanding.told import wishes
from daojia.kernel.times import SHANGHAI, local

_TOO_LONG: Final = 400
"""Characters; nobody types more to say when."""


@dataclass(frozen=True, slots=True)
class When:
    """A time somebody named. Instants are aware, Shanghai time; `end` is exclusive and None for a point in time, one
    whole day, or an open end. `span` is where in the message it was said."""

    start: datetime
    end: datetime | None
    grain: Grain
    span: tuple[int, int]
    alternatives: tuple["When", ...] = ()


def when(text: str, now: datetime, *, refused: bool = False) -> When | None:
    """The time a message names for a visit, None if it names none that is still to come; with `refused` also one it
    speaks against (后天来不了: a leave). ValueError for a naive `now`."""
    clock = local(now).replace(tzinfo=None)
    folded, places = tightened(fold(text[:_TOO_LONG]))
    words = tokens(folded)
    if not words:
        return None
    found: list[tuple[Phrase, list[Reading]]] = []
    for phrase in wishes(folded, phrases(folded, words), refused=refused):
        readings = readings_of(phrase, clock)
        if readings:
            found.append((phrase, readings))
    if not found:
        return None
    chosen = next((index for index, (phrase, _) in enumerate(found) if phrase.wished), None)
    if chosen is None:
        chosen = _closer([readings[0] for _, readings in found])
    if found[chosen][0].recurring:
        # 每周二四六: all of them are meant, the soonest first.
        found[chosen:] = sorted(found[chosen:], key=lambda each: (not each[0].recurring, each[1][0].start))
    phrase, readings = found[chosen]
    heard = [(reading, phrase) for reading in readings]
    heard += [(more[0], other) for other, more in found[chosen + 1 :]]
    said_by = dict(reversed(heard))
    first, *others = [_aware(each, _span(said_by[each], places)) for each in dict.fromkeys(each for each, _ in heard)]
    return replace(first, alternatives=tuple(others[:3])) if others else first


def _span(phrase: Phrase, places: list[int] | None) -> tuple[int, int]:
    """Where a phrase stands in the message as it was typed."""
    if places is None:
        return phrase.start, phrase.end
    return places[phrase.start], places[phrase.end - 1] + 1


def _closer(readings: list[Reading]) -> int:
    """周末人多吗，我想周六十点; 年前打扫，28号行吗: the first time said, unless a later one lies inside it and is
    closer: an hour inside days, a day inside more than two."""
    first = readings[0]
    if first.grain != "day":
        return 0
    end = first.end or first.start + timedelta(days=1)
    many = end - first.start > timedelta(days=2)
    for index, later in enumerate(readings[1:], 1):
        closer = later.grain != "day" or (many and later.end is None)
        if closer and first.start <= later.start < end:
            return index
    return 0


def _aware(reading: Reading, span: tuple[int, int]) -> When:
    end = reading.end.replace(tzinfo=SHANGHAI) if reading.end else None
    if reading.end is not None and end is not None and reading.end <= reading.start:
        end += timedelta(days=1)  # 晚上到早上 goes on into the next day
    return When(reading.start.replace(tzinfo=SHANGHAI), end, reading.grain, span)
