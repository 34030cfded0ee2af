"""The books in the ledger table.

    <order or bill>      ENTRY#<step>     what one event posted, once
    <order or provider>  ACCOUNT#<kind>   the balance of one account
    channel:wechat_pay   ACCOUNT#<shard>  a part of the balance of an account every order touches

An event id is `<order or bill>#<step>`. Entry and balances are written in the transaction that decides the event. The
sparse index `payable` holds the payable accounts with something on them (and the payouts under way, see
`daojia.payments.store`).
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from zlib import crc32

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from daojia.kernel.errors import ChangedMeanwhileError
from daojia.kernel.ids import OrderId, ProviderId
from daojia.kernel.money import Fen
from daojia.kernel.table import Document, Table, table_name
from daojia.kernel.transaction import Otherwise, Transaction
from daojia.kernel.value import Value
from daojia.ledger.errors import AlreadyPostedError, OverdrawnError
from daojia.ledger.model import (
    SYSTEM_KINDS,
    Account,
    AccountKind,
    Posting,
    Postings,
    account,
    effects,
    kind_of,
    owner_of,
)

SHARDS: Final = 32
"""Parts of a system account. Two orders at the same moment meet on one of them once in 32 times, and then wait."""
INDEX_SHARDS: Final = 8
"""Partitions of the sparse index, so that its writes spread."""


class Entry(Value):
    """What one event posted."""

    event_id: str
    at: datetime
    postings: Postings


class ProviderBalances(Value):
    """Where a provider's money is, in fen: waiting, payable, on its way, and what they have received in all."""

    earned_fen: Fen = 0
    payable_fen: Fen = 0
    in_transfer_fen: Fen = 0
    paid_out_fen: Fen = 0


class EntryItem(Table):
    """One event in the books."""

    class Meta:
        table_name = table_name("LEDGER_TABLE")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = Document(Entry)

    @classmethod
    def of(cls, entry: Entry) -> "EntryItem":
        subject, _, step = entry.event_id.partition("#")
        return cls(pk=subject, sk=f"ENTRY#{step:0>6}", body=entry)


class Payable(GlobalSecondaryIndex["BalanceItem"]):
    class Meta:
        index_name = "payable"
        projection = AllProjection()

    payable_key = UnicodeAttribute(hash_key=True)
    payable_sk = UnicodeAttribute(range_key=True)


class BalanceItem(Table):
    """The balance of an account, or of one shard of it, and the sums that came and went (their difference)."""

    class Meta:
        table_name = table_name("LEDGER_TABLE")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account = UnicodeAttribute()
    balance_fen = NumberAttribute()
    credited_fen = NumberAttribute(default=0)
    debited_fen = NumberAttribute(default=0)
    payable_key = UnicodeAttribute(null=True)
    payable_sk = UnicodeAttribute(null=True)

    by_payable = Payable()

    @classmethod
    def key_of(cls, name: Account, event_id: str) -> "BalanceItem":
        """The item (its key alone) an event changes."""
        if kind_of(name) in SYSTEM_KINDS:
            return cls(pk=name, sk=f"ACCOUNT#{crc32(event_id.encode()) % SHARDS:02d}")
        return cls(pk=owner_of(name), sk=f"ACCOUNT#{kind_of(name).value}")


def index_shard(name: str) -> int:
    """Which partition of the sparse index something is in."""
    return crc32(name.encode()) % INDEX_SHARDS


def post(
    tx: Transaction,
    postings: Sequence[Posting],
    *,
    event_id: str,
    now: datetime,
    emptying: Collection[Account] = (),
) -> None:
    """Add an event's postings and the balances they change to `tx`; no postings are no writes.

    On commit: AlreadyPostedError if the event is in the books, OverdrawnError if an account other than a system one
    would fall below zero. Accounts in `emptying` must be emptied by exactly this; ChangedMeanwhileError when they
    hold something else than was read, and they leave the index of what is payable. One transaction posts at most one
    event per owner: DynamoDB changes an item once.
    """
    if not postings:
        return
    entry = EntryItem.of(Entry(event_id=event_id, at=now, postings=tuple(postings)))
    tx.put(entry, condition=EntryItem.pk.does_not_exist(), otherwise=AlreadyPostedError(event_id=event_id))
    for name, change_fen in sorted(effects(postings).items()):
        if change_fen:
            _change(tx, name, change_fen, event_id=event_id, emptied=name in emptying)


def _change(tx: Transaction, name: Account, change_fen: Fen, *, event_id: str, emptied: bool) -> None:
    actions: list[Action] = [BalanceItem.account.set(name), BalanceItem.balance_fen.add(change_fen)]
    condition: Condition | None = None
    otherwise: Otherwise | None = None
    if change_fen > 0:
        actions.append(BalanceItem.credited_fen.add(change_fen))
        if kind_of(name) is AccountKind.PAYABLE:
            actions.append(BalanceItem.payable_key.set(f"PAYABLE#{index_shard(owner_of(name))}"))
            actions.append(BalanceItem.payable_sk.set(owner_of(name)))
    else:
        actions.append(BalanceItem.debited_fen.add(-change_fen))
        if emptied:
            condition, otherwise = BalanceItem.balance_fen == -change_fen, ChangedMeanwhileError()
            actions += [BalanceItem.payable_key.remove(), BalanceItem.payable_sk.remove()]
        elif kind_of(name) not in SYSTEM_KINDS:
            condition, otherwise = BalanceItem.balance_fen >= -change_fen, OverdrawnError(account=name)
    tx.update(BalanceItem.key_of(name, event_id), actions, condition=condition, otherwise=otherwise)


# -- reading --------------------------------------------------------------------------------------------------------


def order_entries(order_id: OrderId | str) -> list[Entry]:
    """What the events of an order (or the steps of a payout) posted, in order. One query."""
    found: Any = EntryItem.query(order_id, EntryItem.sk.startswith("ENTRY#"), consistent_read=True)
    return [item.body for item in found]


def order_postings(order_id: OrderId | str) -> list[Posting]:
    """The postings of an order, in order. One query."""
    return [posting for entry in order_entries(order_id) for posting in entry.postings]


def balance(name: Account) -> Fen:
    """What is on an account now. One query; below zero only for system accounts."""
    if kind_of(name) in SYSTEM_KINDS:
        parts: Any = BalanceItem.query(name, BalanceItem.sk.startswith("ACCOUNT#"), consistent_read=True)
    else:
        only = BalanceItem.sk == f"ACCOUNT#{kind_of(name).value}"
        parts = BalanceItem.query(owner_of(name), only, consistent_read=True)
    return sum(int(part.balance_fen) for part in parts)


def balances_of_provider(provider_id: ProviderId) -> ProviderBalances:
    """Where a provider's money is. One query."""
    found: Any = BalanceItem.query(provider_id, BalanceItem.sk.startswith("ACCOUNT#"), consistent_read=True)
    items: dict[str, BalanceItem] = {item.account: item for item in found}

    def fen(kind: AccountKind) -> Fen:
        item = items.get(account(kind, provider_id))
        return int(item.balance_fen) if item else 0

    income = items.get(account(AccountKind.EARNED, provider_id))
    released_fen = int(income.debited_fen) if income else 0
    payable_fen, in_transfer_fen = fen(AccountKind.PAYABLE), fen(AccountKind.IN_TRANSFER)
    return ProviderBalances(
        earned_fen=fen(AccountKind.EARNED),
        payable_fen=payable_fen,
        in_transfer_fen=in_transfer_fen,
        # All that was ever released is payable, on its way, or received.
        paid_out_fen=released_fen - payable_fen - in_transfer_fen,
    )


def with_something_payable(
    shard: int, *, after: str | None, least_fen: Fen, limit: int
) -> list[tuple[ProviderId, Fen]]:
    """Up to `limit` providers of one index shard with at least `least_fen` payable, in order of id, after `after`.

    The index may lag a moment: whoever pays out reads the balance itself.
    """
    beyond = BalanceItem.payable_sk > after if after else None
    found: Any = BalanceItem.by_payable.query(
        f"PAYABLE#{shard}", beyond, filter_condition=BalanceItem.balance_fen >= least_fen, limit=limit, page_size=100
    )
    return [(ProviderId(item.payable_sk), int(item.balance_fen)) for item in found]


# -- proving --------------------------------------------------------------------------------------------------------


class TrialBalance(Value):
    """The books checked against themselves. All amounts in fen."""

    kept: dict[Account, Fen]
    """Balances as kept, accounts with nothing on them left out."""
    rebuilt: dict[Account, Fen]
    """The same, rebuilt from the postings."""

    @property
    def sum_fen(self) -> Fen:
        """Zero, always."""
        return sum(self.kept.values())

    @property
    def differing(self) -> dict[Account, Fen]:
        """Accounts whose kept balance is not what the postings say: kept minus rebuilt."""
        names = self.kept.keys() | self.rebuilt.keys()
        gaps = {name: self.kept.get(name, 0) - self.rebuilt.get(name, 0) for name in names}
        return {name: gap for name, gap in gaps.items() if gap}

    @property
    def sound(self) -> bool:
        overdrawn = [name for name, fen in self.kept.items() if fen < 0 and kind_of(name) not in SYSTEM_KINDS]
        return self.sum_fen == 0 and not self.differing and not overdrawn


def all_balances() -> dict[Account, Fen]:
    """Every account that has something on it. Reads the whole table: for checks, never where a person waits."""
    totals: dict[Account, Fen] = {}
    for item in _all(BalanceItem, "ACCOUNT#"):
        totals[item.account] = totals.get(item.account, 0) + int(item.balance_fen)
    return {name: fen for name, fen in sorted(totals.items()) if fen}


def trial_balance() -> TrialBalance:
    """Balances as kept and as the postings give them. Reads the whole table; differs while somebody is posting."""
    postings = [posting for item in _all(EntryItem, "ENTRY#") for posting in item.body.postings]
    rebuilt = {name: fen for name, fen in sorted(effects(postings).items()) if fen}
    return TrialBalance(kept=all_balances(), rebuilt=rebuilt)


def _all(kind: type[Table], prefix: str) -> Iterator[Any]:
    table: Any = kind
    return table.scan(table.sk.startswith(prefix), consistent_read=True)
