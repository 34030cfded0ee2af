"""Who changed what, before and after: append-only, written in the very transaction that makes the change.

Kept twice: by month for the whole log, and by subject (`service#s_1`) for the history of one thing.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pynamodb.attributes import UnicodeAttribute

from daojia.kernel.ids import ulid
from daojia.kernel.table import Document, Table, table_name
from daojia.kernel.times import local
from daojia.kernel.transaction import Transaction
from daojia.kernel.value import Value

PAGE_MAX: Final = 50
VALUE_MAX: Final = 20_000
"""Characters kept of before and of after."""


class Entry(Value):
    """One change. `before` and `after` are JSON texts of what was changed; empty where there was nothing."""

    entry_id: str
    at: datetime
    by: str
    action: str
    """service.create, area.switch …"""
    subject: str
    before: str = ""
    after: str = ""
    note: str = ""


class AuditItem(Table):
    """An entry under the month it was made in, or under its subject."""

    class Meta:
        table_name = table_name("AUDIT_TABLE")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = Document(Entry)


class Page(Value):
    """A piece of the log, newest first; `next` asks for the following piece."""

    items: tuple[Entry, ...]
    next: str | None


def record(
    tx: Transaction,
    action: str,
    subject: str,
    *,
    by: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str = "",
) -> None:
    """Add an entry to the transaction of the change. Nothing personal belongs into `before` and `after`."""
    entry = Entry(
        entry_id=ulid(now), at=now, by=by, action=action, subject=subject, before=_kept(before), after=_kept(after),
        note=note,
    )  # fmt: skip
    for pk in (f"MONTH#{local(now):%Y-%m}", f"SUBJECT#{subject}"):
        item = AuditItem(pk=pk, sk=entry.entry_id, body=entry)
        tx.put(item, condition=AuditItem.pk.does_not_exist())


def of_month(month: str, *, cursor: str | None = None, limit: int = 20) -> Page:
    """The entries of a month (2026-11), newest first."""
    return _page(f"MONTH#{month}", cursor, limit)


def of_subject(subject: str, *, cursor: str | None = None, limit: int = 20) -> Page:
    """What was done to one thing, newest first."""
    return _page(f"SUBJECT#{subject}", cursor, limit)


def _page(pk: str, cursor: str | None, limit: int) -> Page:
    limit = max(1, min(limit, PAGE_MAX))
    older = AuditItem.sk < cursor if cursor else None
    found = [
        item.body for item in AuditItem.query(pk, range_key_condition=older, scan_index_forward=False, limit=limit + 1)
    ]
    items = tuple(found[:limit])
    return Page(items=items, next=items[-1].entry_id if len(found) > limit else None)


def _kept(value: Mapping[str, Any] | None) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)[:VALUE_MAX]
