"""A provider's day is one integer: 96 quarter hours, bit 0 is 00:00-00:15, a set bit means taken. Pure.

A DynamoDB number holds 38 decimal digits, so 96 bits fit exactly.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import Field

from daojia.kernel.ids import ProviderId, ServiceId
from daojia.kernel.times import QUARTER, at, local, quarter_of
from daojia.kernel.value import Value
from daojia.providers.model import Provider, Standing
from daojia.scheduling.errors import CrossesMidnightError

__all__ = [
    "BUFFER",
    "FULL",
    "QUARTERS",
    "TRAVEL",
    "Candidate",
    "CrossesMidnightError",
    "Day",
    "Interval",
    "Obstacle",
    "bits",
    "free_at",
    "free_starts",
    "hours_on",
]

QUARTERS: Final = 96
FULL: Final = (1 << QUARTERS) - 1
TRAVEL: Final = timedelta(minutes=30)
"""Kept free before a visit to get there."""
BUFFER: Final = timedelta(minutes=15)
"""Kept free after a visit: overruns, packing up."""
_BEFORE: Final = TRAVEL // QUARTER
_AFTER: Final = BUFFER // QUARTER
_LANE: Final = 128


def bits(first: int, count: int) -> int:
    """`count` quarters from quarter `first` on."""
    return ((1 << count) - 1) << first


@dataclass(frozen=True)
class Interval:
    """A visit: when it starts (a whole quarter hour) and how long the work takes."""

    start: datetime
    minutes: int

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)

    @property
    def day(self) -> date:
        return local(self.start).date()

    def work_mask(self) -> int:
        """The quarters of the work itself: they must lie within working hours."""
        first = quarter_of(self.start)
        count = _quarters(self.minutes)
        if first + count > QUARTERS:
            raise CrossesMidnightError(start=local(self.start).isoformat())
        return bits(first, count)

    def mask(self) -> int:
        """The quarters the provider is taken: the work, travel before it and buffer after, cut at the day's ends."""
        work = self.work_mask()
        first = max(0, quarter_of(self.start) - _BEFORE)
        last = min(QUARTERS, work.bit_length() + _AFTER)
        return bits(first, last - first)


class Day(Value):
    """What is taken of a provider's day. `busy` is the union of the masks of `jobs`, which never overlap."""

    provider_id: ProviderId
    date: date
    busy: int = 0
    jobs: dict[str, int] = Field(default_factory=dict[str, int])
    """Mask by order id."""


class Obstacle(StrEnum):
    """Why somebody cannot take a job; the codes of the dispatch sheet."""

    NOT_SERVED = "NOT_SERVED"
    NOT_VERIFIED = "NOT_VERIFIED"
    RESTING = "RESTING"
    TOO_FAR = "TOO_FAR"
    OFF_HOURS = "OFF_HOURS"
    BUSY = "BUSY"
    DAILY_CAP = "DAILY_CAP"


class Candidate(Value):
    """Somebody of the right family around a place, with the day that is asked about."""

    provider: Provider
    day: Day
    service_id: ServiceId
    """What they would do."""
    skills: frozenset[ServiceId] = frozenset()
    """All they must be able to do for it; empty: the service itself."""
    distance_m: float
    """From their home to the place, metres."""

    @property
    def able(self) -> bool:
        """Whether they offer all that is to be done."""
        return (self.skills or {self.service_id}) <= self.provider.service_ids

    def obstacle(self) -> Obstacle | None:
        """Why they cannot take this job at any time of the day."""
        provider = self.provider
        if not self.able:
            return Obstacle.NOT_SERVED
        if provider.standing is not Standing.VERIFIED:
            return Obstacle.NOT_VERIFIED
        if provider.resting:
            return Obstacle.RESTING
        if self.distance_m > provider.radius_m:
            return Obstacle.TOO_FAR
        if len(self.day.jobs) >= provider.daily_cap:
            return Obstacle.DAILY_CAP
        return None

    def obstacle_at(self, interval: Interval) -> Obstacle | None:
        """Why they cannot take this job at this time; None if they can."""
        if (obstacle := self.obstacle()) is not None:
            return obstacle
        if interval.work_mask() & ~hours_on(self.provider, interval.day):
            return Obstacle.OFF_HOURS
        if interval.mask() & self.day.busy:
            return Obstacle.BUSY
        return None


def hours_on(provider: Provider, day: date) -> int:
    """The quarters a provider works on a day of the week."""
    return provider.hours[day.weekday()]


def free_at(candidates: Iterable[Candidate], interval: Interval) -> list[Candidate]:
    """Those who can take the job at this time: nothing stands in the way, the work lies within their hours, and with
    travel and buffer it meets nothing that is taken."""
    work, mask, day = interval.work_mask(), interval.mask(), interval.day
    return [
        candidate
        for candidate in candidates
        if not mask & candidate.day.busy
        and not work & ~hours_on(candidate.provider, day)
        and candidate.obstacle() is None
    ]


def free_starts(
    candidates: Iterable[Candidate], minutes: int, day: date, now: datetime, lead: timedelta
) -> list[datetime]:
    """When a visit of so many minutes could start that day because at least one candidate is free for it.

    Whole quarter hours in order, none before `now + lead`.
    """
    calendars = {
        (hours_on(candidate.provider, day), candidate.day.busy)
        for candidate in candidates
        if candidate.obstacle() is None
    }
    possible = _starts(calendars, _quarters(minutes))
    midnight = at(day, 0)
    starts = [midnight + quarter * QUARTER for quarter in range(QUARTERS) if possible >> quarter & 1]
    return [start for start in starts if start >= now + lead]


def _quarters(minutes: int) -> int:
    """Quarter hours begun in so many minutes."""
    return -(-minutes // 15)


def _starts(calendars: Collection[tuple[int, int]], work: int) -> int:
    """The quarters at which `work` quarters may start in at least one calendar (hours, busy).

    A run of `work` quarters must lie within hours, and one with padding must be free. Free time is moved up by the
    travel quarters, and what lies outside the day counts as free, so that padding is cut at the day's ends: bit s of
    the run then answers for a start at quarter s. All calendars are computed at once, side by side in one long integer,
    a lane each; a lane is wide enough that a run that counts never reaches into the next.
    """
    outside = bits(0, _BEFORE) | bits(_BEFORE + QUARTERS, _AFTER)
    hours = _side_by_side(hours & FULL for hours, _ in calendars)
    free = _side_by_side((~busy & FULL) << _BEFORE | outside for _, busy in calendars)
    lanes, possible = len(calendars), _runs(hours, work) & _runs(free, _BEFORE + work + _AFTER)
    while lanes > 1:
        lanes = -(-lanes // 2)
        possible |= possible >> lanes * _LANE
    return possible & FULL


def _side_by_side(masks: Iterable[int]) -> int:
    return int.from_bytes(b"".join([mask.to_bytes(_LANE // 8, "little") for mask in masks]), "little")


def _runs(mask: int, length: int) -> int:
    """The bits at which `length` set bits in a row begin, by doubling: log2(length) shifts."""
    covered = 1
    while covered < length:
        step = min(covered, length - covered)
        mask &= mask >> step
        covered += step
    return mask
