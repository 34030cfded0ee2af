"""Time. Instants are aware datetimes; everything people read is Shanghai time (UTC+8 all year)."""

from datetime import date, datetime, time, timedelta, timezone
from typing import Final

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
QUARTER: Final = timedelta(minutes=15)
_WEEKDAYS: Final = "一二三四五六日"


def now() -> datetime:
    """The clock, for entry points only: domain code takes `now` as an argument."""
    return datetime.now(SHANGHAI)


def local(instant: datetime) -> datetime:
    """The same instant on a Shanghai clock. ValueError for a naive datetime."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(SHANGHAI)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant on a Shanghai day."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def iso(instant: datetime) -> str:
    """ISO 8601 with offset, Shanghai time, whole milliseconds; sorts as text in the order of time."""
    return local(instant).isoformat(timespec="milliseconds")


def parse_iso(text: str) -> datetime:
    """The instant written as ISO 8601 with offset. ValueError if it is not."""
    return local(datetime.fromisoformat(text))


def seconds(instant: datetime) -> int:
    """Unix seconds, as DynamoDB's time to live counts."""
    return int(instant.timestamp())


def quarter_of(instant: datetime) -> int:
    """Which quarter hour of its Shanghai day (0-95) an instant lies in."""
    clock = local(instant)
    return clock.hour * 4 + clock.minute // 15


def spoken_day(instant: datetime, today: date) -> str:
    """今天 明天 后天 or 11月28日 周六."""
    day = local(instant).date()
    near = {0: "今天", 1: "明天", 2: "后天"}.get((day - today).days)
    weekday = f"周{_WEEKDAYS[day.weekday()]}"
    return f"{near}（{weekday}）" if near else f"{day.month}月{day.day}日（{weekday}）"


def spoken(instant: datetime, today: date) -> str:
    """An instant as one would say it: 明天（周三）15:00."""
    return f"{spoken_day(instant, today)}{local(instant):%H:%M}"


def spoken_full(instant: datetime) -> str:
    """An instant in full, as WeChat's template messages want it: 2026年11月25日 15:00."""
    clock = local(instant)
    return f"{clock.year}年{clock.month}月{clock.day}日 {clock:%H:%M}"
