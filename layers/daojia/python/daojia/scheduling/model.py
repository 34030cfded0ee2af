"""A provider's day is one integer: 96 quarter hours, bit 0 is 00:00-00:15, a set bit means taken. Pure.

A DynamoDB number holds 38 decimal digits, so 96 bits fit exactly.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from daojia.kernel.errors import RuleError
from daojia.kernel.times import QUARTER, local, quarter_of

QUARTERS: Final = 96
FULL: Final = (1 << QUARTERS) - 1
TRAVEL: Final = timedelta(minutes=30)
"""Kept free before a visit to get there."""
BUFFER: Final = timedelta(minutes=15)
"""Kept free after a visit: overruns, packing up."""


class CrossesMidnightError(RuleError):
    """A visit lies within one Shanghai day."""

    code = "CROSSES_MIDNIGHT"


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
        count = -(-self.minutes // 15)
        if first + count > QUARTERS:
            raise CrossesMidnightError(start=local(self.start).isoformat())
        return bits(first, count)

    def mask(self) -> int:
        """The quarters the provider is taken: the work, travel before it and buffer after, cut at the day's ends."""
        work = self.work_mask()
        first = max(0, quarter_of(self.start) - TRAVEL // QUARTER)
        last = min(QUARTERS, work.bit_length() + BUFFER // QUARTER)
        return bits(first, last - first)
