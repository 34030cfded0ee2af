"""Days in the providers table: reserving and releasing time.

A reservation writes `busy | mask` under the condition that `busy` is still what was read, so two reservations made from
the same reading cannot both win. A release needs no reading: the item lists every job with its mask, and only a job
that is still listed is taken out, so releasing twice changes nothing.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from daojia.catalogue.model import Family
from daojia.kernel.ids import OrderId, ProviderId
from daojia.kernel.table import Table, table_name
from daojia.kernel.times import at, seconds
from daojia.kernel.transaction import Transaction
from daojia.providers.model import Provider
from daojia.providers.store import cell_key, cell_key_of
from daojia.scheduling.errors import DailyCapError, DayChangedError, SlotTakenError
from daojia.scheduling.model import Day

KEPT: Final = timedelta(days=90)
"""How long a past day is kept; what was done when stands in the orders for good."""


class DaysByCell(GlobalSecondaryIndex["DayItem"]):
    class Meta:
        index_name = "by_cell"
        projection = AllProjection()

    cell_key = UnicodeAttribute(hash_key=True)
    cell_sk = UnicodeAttribute(range_key=True)


class DayItem(Table):
    """A provider's day on which something was reserved. `jobs` holds `order_id:mask in hex`."""

    class Meta:
        table_name = table_name("PROVIDERS_TABLE")

    provider_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    busy = NumberAttribute(default=0)
    jobs: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    cell_key = UnicodeAttribute(null=True)
    cell_sk = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    by_cell = DaysByCell()

    @classmethod
    def key(cls, when: date) -> str:
        return f"DAY#{when.isoformat()}"

    def day(self) -> Day:
        """The day as the domain knows it."""
        jobs: Iterable[str] = self.jobs or ()
        pairs = (job.rsplit(":", 1) for job in sorted(jobs))
        return Day(
            provider_id=ProviderId(self.provider_id),
            date=date.fromisoformat(self.sk.removeprefix("DAY#")),
            busy=int(self.busy),
            jobs={order_id: int(mask, 16) for order_id, mask in pairs},
        )


def get(provider_id: str, when: date) -> Day:
    """A provider's day, strongly consistent; an empty one if nothing was ever reserved on it."""
    try:
        return DayItem.get(provider_id, DayItem.key(when), consistent_read=True).day()
    except DayItem.DoesNotExist:
        return Day(provider_id=ProviderId(provider_id), date=when)


def around(cell_name: str, family: Family, first: date, last: date) -> list[Day]:
    """The days from `first` to `last` of everyone of a family whose home lies in a cell, where anything is reserved."""
    between = DayItem.cell_sk.between(f"{DayItem.key(first)}#", f"{DayItem.key(last)}#~")
    found: Any = DayItem.by_cell.query(cell_key(cell_name, family), between)
    return [item.day() for item in found]


def reserve(tx: Transaction, provider: Provider, day: Day, order_id: OrderId, mask: int) -> None:
    """Take the quarters of `mask` for an order.

    SlotTakenError or DailyCapError by what was read; DayChangedError at the commit if that is no longer so.
    """
    if day.busy & mask:
        raise SlotTakenError(order_id=order_id)
    if len(day.jobs) >= provider.daily_cap:
        raise DailyCapError(cap=provider.daily_cap)
    as_read = DayItem.busy == day.busy
    if day.busy == 0:
        as_read |= DayItem.busy.does_not_exist()
    key = DayItem.key(day.date)
    tx.update(
        DayItem(provider_id=provider.provider_id, sk=key),
        [
            DayItem.busy.set(day.busy | mask),
            DayItem.jobs.add({_job(order_id, mask)}),
            DayItem.cell_key.set(cell_key_of(provider)),
            DayItem.cell_sk.set(f"{key}#{provider.provider_id}"),
            DayItem.expires_at.set(seconds(at(day.date, 0) + KEPT)),
        ],
        condition=as_read,
        otherwise=DayChangedError(),
    )


def release(tx: Transaction, provider_id: ProviderId, when: date, order_id: OrderId, mask: int) -> None:
    """Give back exactly what `reserve` took for an order. DayChangedError if the order does not hold it (any more)."""
    job = _job(order_id, mask)
    tx.update(
        DayItem(provider_id=provider_id, sk=DayItem.key(when)),
        [DayItem.busy.set(DayItem.busy - mask), DayItem.jobs.delete({job})],
        condition=DayItem.jobs.contains(job),
        otherwise=DayChangedError(),
    )


def follow_home(tx: Transaction, provider: Provider, days: Iterable[Day]) -> None:
    """Index the given days under a provider's new home; to be added where a profile's home or family changes."""
    for day in days:
        tx.update(
            DayItem(provider_id=provider.provider_id, sk=DayItem.key(day.date)),
            [DayItem.cell_key.set(cell_key_of(provider))],
            condition=DayItem.busy.exists(),
            otherwise=DayChangedError(),
        )


def _job(order_id: str, mask: int) -> str:
    return f"{order_id}:{mask:x}"
