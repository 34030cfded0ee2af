"""So many attempts in so much time: counted before the attempt is looked at, so that many at once gain nothing."""

import hashlib
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.kernel.errors import TooManyRequestsError
from daojia.kernel.table import Table, table_name
from daojia.kernel.times import seconds
from daojia.kernel.transaction import Transaction


class AttemptsItem(Table):
    """Attempts since the window was opened; the window ends at `expires_at`."""

    class Meta:
        table_name = table_name("COMMANDS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    attempts = NumberAttribute()
    expires_at = NumberAttribute()


def attempt(what: str, *, limit: int, window: timedelta, now: datetime) -> None:
    """Count an attempt at `what`; TooManyRequestsError when `limit` were made since the window was opened."""
    item = AttemptsItem(key=_key(what))
    opened = AttemptsItem.expires_at > seconds(now)
    tx = Transaction()
    tx.update(
        item,
        [AttemptsItem.attempts.add(1)],
        condition=opened & (AttemptsItem.attempts < limit),
        otherwise=TooManyRequestsError(),
    )
    try:
        tx.commit()
    except TooManyRequestsError:
        # Refused because there were too many, or because no window is open: only then may one be opened.
        first = AttemptsItem(key=item.key, attempts=1, expires_at=seconds(now + window))
        tx = Transaction()
        closed = AttemptsItem.key.does_not_exist() | (AttemptsItem.expires_at <= seconds(now))
        tx.put(first, condition=closed, otherwise=TooManyRequestsError())
        tx.commit()


def forget(what: str) -> None:
    """The attempts so far no longer count: the last one succeeded."""
    tx = Transaction()
    tx.delete(AttemptsItem(key=_key(what)))
    tx.commit()


def _key(what: str) -> str:
    return f"attempts#{hashlib.sha256(what.encode()).hexdigest()}"
