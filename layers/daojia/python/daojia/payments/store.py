"""Payouts in the ledger table.

    <bill>      PAYOUT          the payout; while it is under way also in the sparse index, under TRANSFER#<shard>
    <provider>  PAYOUT#<bill>   the same again, for the provider's list

Both are written together, under the condition that the first is still at the version the decision was made on.
"""

from datetime import datetime
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from daojia.kernel.errors import ChangedMeanwhileError
from daojia.kernel.ids import ProviderId
from daojia.kernel.table import Document, Table, table_name
from daojia.kernel.times import iso
from daojia.kernel.transaction import Transaction
from daojia.ledger.store import index_shard
from daojia.payments.errors import PayoutNotFoundError
from daojia.payments.model import Payout

LIST_MAX: Final = 50


class UnderWay(GlobalSecondaryIndex["PayoutItem"]):
    class Meta:
        index_name = "payable"
        projection = AllProjection()

    payable_key = UnicodeAttribute(hash_key=True)
    payable_sk = UnicodeAttribute(range_key=True)


class PayoutItem(Table):
    """A payout, under its number and once more under its provider."""

    class Meta:
        table_name = table_name("LEDGER_TABLE")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute()
    payable_key = UnicodeAttribute(null=True)
    payable_sk = UnicodeAttribute(null=True)
    body = Document(Payout)

    under_way = UnderWay()

    @classmethod
    def of(cls, payout: Payout) -> "PayoutItem":
        open_key = None if payout.ended else f"TRANSFER#{index_shard(payout.bill_no)}"
        open_sk = None if payout.ended else payout.bill_no
        return cls(
            pk=payout.bill_no,
            sk="PAYOUT",
            version=payout.version,
            payable_key=open_key,
            payable_sk=open_sk,
            body=payout,
        )

    @classmethod
    def listed(cls, payout: Payout) -> "PayoutItem":
        """The copy in the provider's list, which starts with the latest."""
        sk = f"PAYOUT#{iso(payout.started_at)}#{payout.bill_no}"
        return cls(pk=payout.provider_id, sk=sk, version=payout.version, body=payout)


def get(bill_no: str) -> Payout:
    """The payout, strongly consistent. PayoutNotFoundError when there is none."""
    try:
        return PayoutItem.get(bill_no, "PAYOUT", consistent_read=True).body
    except PayoutItem.DoesNotExist as error:
        raise PayoutNotFoundError(bill_no=bill_no) from error


def of_provider(provider_id: ProviderId, *, limit: int = 20, since: datetime | None = None) -> list[Payout]:
    """A provider's payouts, the latest first; with `since`, those started from then on. One query."""
    first = f"PAYOUT#{iso(since)}" if since else "PAYOUT#"
    found: Any = PayoutItem.query(
        provider_id,
        PayoutItem.sk.between(first, "PAYOUT#~"),
        consistent_read=True,
        scan_index_forward=False,
        limit=max(1, min(limit, LIST_MAX)),
    )
    return [item.body for item in found]


def under_way(shard: int, *, after: str | None, limit: int) -> list[str]:
    """The numbers of up to `limit` payouts under way in one index shard, in order, after `after`."""
    beyond = PayoutItem.payable_sk > after if after else None
    found: Any = PayoutItem.under_way.query(f"TRANSFER#{shard}", beyond, limit=limit)
    return [item.pk for item in found]


def begin(tx: Transaction, payout: Payout) -> None:
    """Write a new payout. ChangedMeanwhileError when its number is taken: someone else started it."""
    missing = PayoutItem.pk.does_not_exist()
    tx.put(PayoutItem.of(payout), condition=missing, otherwise=ChangedMeanwhileError())
    tx.put(PayoutItem.listed(payout))


def record(tx: Transaction, before: Payout, after: Payout) -> None:
    """Write what became of a payout. ChangedMeanwhileError when it has moved on."""
    unchanged = PayoutItem.version == before.version
    tx.put(PayoutItem.of(after), condition=unchanged, otherwise=ChangedMeanwhileError())
    tx.put(PayoutItem.listed(after))
