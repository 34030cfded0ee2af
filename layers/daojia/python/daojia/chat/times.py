"""Which days and times to offer, and whether a wished one is free. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from daojia.catalogue.model import Service
from daojia.chat.model import Draft
from daojia.chat.situation import Situation
from daojia.chat.speech import tell
from daojia.kernel.geography import Point
from daojia.kernel.times import QUARTER, at, iso, local, spoken, spoken_day
from daojia.ordering.errors import TooSoonError
from daojia.ordering.placing import HORIZON, LEAD, check_time
from daojia.scheduling.model import CrossesMidnightError, Interval

DAYS_OFFERED: Final = 7
TIMES_OFFERED: Final = 14
OPENS: Final = time(8)
CLOSES: Final = time(20)
"""The hours offered while the place, and with it who is free, is not known yet."""


def likely_point(sit: Situation, draft: Draft) -> Point | None:
    """Where the visit will be, as far as one can tell: the place said, else the customer's usual one."""
    if draft.place is not None:
        return draft.place.point
    return sit.account.addresses[0].place.point if sit.account.addresses else None


def days(
    now: datetime, service: Service, without: date | None = None, span: tuple[date, date] | None = None
) -> list[date]:
    """The next days on which a visit could still begin in daytime; those of `span` where several were named."""
    today = local(now).date()
    last_today = at(today, CLOSES.hour) - timedelta(minutes=service.minutes)
    first = today if now + LEAD <= last_today else today + timedelta(days=1)
    horizon = local(now + HORIZON).date()
    if span is not None:
        first = max(first, span[0])
        named = [first + timedelta(days=ahead) for ahead in range(max(0, (span[1] - first).days + 1))]
        if fitting := [day for day in named if day != without and day < horizon][:DAYS_OFFERED]:
            return fitting
    offered = [first + timedelta(days=ahead) for ahead in range(DAYS_OFFERED + 1)]
    return [day for day in offered if day != without and day < horizon][:DAYS_OFFERED]


def possible(sit: Situation, service: Service, draft: Draft, day: date) -> list[datetime]:
    """When a visit could begin on this day: really free times where the place is known, else daytime hours."""
    point = likely_point(sit, draft)
    if point is not None:
        return list(sit.starts(service, point, day))
    opening = at(day, OPENS.hour)
    hours = [opening + timedelta(hours=hour) for hour in range(CLOSES.hour - OPENS.hour)]
    closing = at(day, CLOSES.hour) + timedelta(hours=1)
    return [hour for hour in hours if hour >= sit.now + LEAD and hour + timedelta(minutes=service.minutes) <= closing]


def within(starts: Sequence[datetime], part: tuple[time, time] | None) -> list[datetime]:
    """Those in a part of the day. 00:00 as its end is midnight."""
    if part is None:
        return list(starts)
    first, last = part
    return [start for start in starts if first <= local(start).time() and (last == time(0) or start.time() < last)]


def few(starts: Sequence[datetime]) -> list[datetime]:
    """At most fourteen of many, whole hours first, spread over the day."""
    if len(starts) <= TIMES_OFFERED:
        return list(starts)
    for minutes in (60, 30):
        whole = [start for start in starts if local(start).minute % minutes == 0]
        if len(whole) >= 4:
            break
    else:
        whole = list(starts)
    step = max(1, -(-len(whole) // TIMES_OFFERED))
    return whole[::step][:TIMES_OFFERED]


def nearest(starts: Sequence[datetime], wished: datetime, count: int = 4) -> list[datetime]:
    """The free times closest to the wished one, in the order of the day, none closer together than half an hour."""
    chosen: list[datetime] = []
    for start in sorted(starts, key=lambda start: (abs(start - wished) + _odd(start), start)):
        if all(abs(start - other) >= 2 * QUARTER for other in chosen):
            chosen.append(start)
        if len(chosen) == count:
            break
    return sorted(chosen)


def _odd(start: datetime) -> timedelta:
    """Quarter past is offered only where the half hours are a good deal farther away."""
    return timedelta(0) if local(start).minute % 30 == 0 else timedelta(minutes=40)


def bookable(service: Service, start: datetime, now: datetime) -> None:
    """Raises TooSoonError, TooFarAheadError, CrossesMidnightError."""
    check_time(Interval(start, service.minutes), now)


def wrong_day(error: Exception) -> bool:
    """Whether another time of the same day may do."""
    return not isinstance(error, TooSoonError | CrossesMidnightError)


def labels(starts: Sequence[datetime], today: date, *, with_day: bool = False) -> list[str]:
    """Clock times; with their days where they are of several."""
    if with_day or len({local(start).date() for start in starts}) > 1:
        return [spoken(start, today) for start in starts]
    return [f"{local(start):%H:%M}" for start in starts]


def day_labels(offered: Sequence[date], today: date) -> list[str]:
    return [spoken_day(at(day, 12), today) for day in offered]


def time_choices(starts: Sequence[datetime]) -> tuple[str, ...]:
    return tuple(f"time:{iso(start)}" for start in starts)


def day_choices(offered: Sequence[date]) -> tuple[str, ...]:
    return tuple(f"day:{day.isoformat()}" for day in offered)


def part_name(part: tuple[time, time]) -> str:
    """上午, 下午, 晚上, or 15:00-17:00."""
    known = {(8, 11): "morning", (8, 12): "morning", (13, 18): "afternoon", (18, 22): "evening", (18, 0): "evening"}
    first, last = part
    key = known.get((first.hour, last.hour)) if first.minute == last.minute == 0 else None
    return tell(f"words.{key}") if key else tell("words.part", start=f"{first:%H:%M}", end=f"{last:%H:%M}")
