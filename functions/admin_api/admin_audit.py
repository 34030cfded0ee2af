"""Who changed what."""

from typing import Annotated

from admin_front import api
from aws_lambda_powertools.event_handler.openapi.params import Query

from daojia.kernel.times import local
from daojia.kernel.times import now as clock
from daojia.platform import audit, cursors
from daojia.platform.http import Cursor, Limit
from daojia.platform.shapes import Instant, View

TAG = "审计"


class EntryView(View):
    """One change, before and after, as JSON texts."""

    entry_id: str
    at: Instant
    by: str
    action: str
    subject: str
    before: str
    after: str
    note: str


class AuditLog(View):
    """A piece of the log, newest first."""

    items: tuple[EntryView, ...]
    next: str | None


@api.get(
    "/v1/admin/audit-log",
    tags=[TAG],
    summary="操作日志",
    description="按月（默认本月），或按对象（如 service#daily-cleaning）；新的在前。只增不改。",
)
def log(
    month: Annotated[str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="月份，如 2026-11")] = None,
    subject: Annotated[str | None, Query(max_length=100, description="对象")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> AuditLog:
    now = clock()
    month = month or f"{local(now):%Y-%m}"
    owner = f"audit#{subject or month}"
    at = cursors.taken_back(cursor, owner, now)
    page = (
        audit.of_subject(subject, cursor=at, limit=limit) if subject else audit.of_month(month, cursor=at, limit=limit)
    )
    items = tuple(EntryView(**entry.model_dump()) for entry in page.items)
    return AuditLog(items=items, next=cursors.given_out(page.next, owner, now))
