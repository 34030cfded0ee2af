"""Orders and the workflows that wait for them.

A workflow that waits leaves its task token beside the order, under the condition that the order is still at the version
the workflow knows; if it has moved on, the workflow gets its answer at once. Whoever changes an order later finds the
token through the stream. Neither order of arrival loses the signal.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal

from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.kernel.aws import client
from daojia.kernel.ids import OrderId
from daojia.kernel.table import Table, table_name
from daojia.kernel.times import iso, parse_iso
from daojia.kernel.transaction import Transaction
from daojia.ordering import store
from daojia.ordering.errors import OrderChangedError
from daojia.ordering.model import Order, Snapshot
from daojia.ordering.store import OrderItem

Waiter = Literal["lifecycle", "dispatch"]
_CLOCKS_DIFFER: Final = timedelta(seconds=3)
"""How much earlier than we think a task may have timed out."""


class WaitItem(Table):
    """The task token of a workflow that waits for this order."""

    class Meta:
        table_name = table_name("ORDERS_TABLE")

    order_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    token = UnicodeAttribute()
    version = NumberAttribute()
    until = UnicodeAttribute()


def park(waiter: Waiter, order_id: OrderId, version: int, token: str, *, until: datetime, now: datetime) -> None:
    """Keep the token of a workflow that waits `until` then, or answer it at once if the order has left `version`.

    A workflow that waited here before is told that it has been superseded.
    """
    key = f"WAIT#{waiter}"
    try:
        former = WaitItem.get(order_id, key, consistent_read=True).token
    except WaitItem.DoesNotExist:
        former = None
    tx = Transaction()
    tx.put(WaitItem(order_id=order_id, sk=key, token=token, version=version, until=iso(until)))
    still = OrderItem.version == version
    tx.check(OrderItem, order_id, "ORDER", condition=still, otherwise=OrderChangedError())
    try:
        tx.commit()
    except OrderChangedError:
        _succeed(token, store.get(order_id), now)
        return
    if former is not None and former != token:
        _quietly("send_task_failure", taskToken=former, error="Superseded", cause="a newer execution waits here")


def resume(order: Order, now: datetime, restart: Callable[[], None] = lambda: None) -> bool:
    """Wake the workflows that wait for this order. False when one that should wait turned out to be gone; then
    `restart` was called.

    One whose time is up needs no waking: it is about to act, and looks at the order as it is when it does.
    """
    alive = True
    for item in WaitItem.query(order.order_id, WaitItem.sk.startswith("WAIT#"), consistent_read=True):
        if item.version < order.version:
            if not _succeed(item.token, order, now) and now < parse_iso(item.until) - _CLOCKS_DIFFER:
                alive = False
                # Before its token is forgotten: whoever repeats this after a crash must find it gone as well.
                restart()
            # Only this token: a newer one may have been parked since the query.
            tx = Transaction()
            tx.delete(item, condition=WaitItem.token == item.token, otherwise=OrderChangedError())
            try:
                tx.commit()
            except OrderChangedError:
                continue
    return alive


def start_lifecycle(order_id: OrderId, version: int, *, why: str = "") -> None:
    """Start the order's workflow because of what made this version; once for an order, version and reason."""
    name = f"{order_id}-{version}{why}"
    try:
        client("stepfunctions").start_execution(
            stateMachineArn=os.environ["ORDER_LIFECYCLE_ARN"], name=name, input=f'{{"order_id":"{order_id}"}}'
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise


def _succeed(token: str, order: Order, now: datetime) -> bool:
    return _quietly("send_task_success", taskToken=token, output=Snapshot.of(order, now).model_dump_json())


def _quietly(action: str, **arguments: str) -> bool:
    """Answer a token; False if nobody waits for it any more."""
    try:
        getattr(client("stepfunctions"), action)(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}:
            return False
        raise
    return True
