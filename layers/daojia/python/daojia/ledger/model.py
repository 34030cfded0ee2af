"""The ledger: accounts, postings, and the postings each event of an order or a payout gives rise to. Pure.

A posting moves an amount from one account to another, so the sum over all accounts is zero after every event, by
construction. An account is written `kind` or `kind:owner`:

    channel:wechat_pay   the outside; minus what the platform holds at the channel
    escrow:<order>       paid by the customer, not yet anybody's
    refunding:<order>    on its way back to the customer
    earned:<provider>    confirmed, within the settlement delay
    payable:<provider>   may be paid out
    in_transfer:<provider>  the channel has been asked to pay it out
    commission           the platform's own

Money of an order runs channel → escrow → refunding → channel, or escrow → earned → payable → in_transfer → channel.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NewType, Self

from pydantic import Field, model_validator

from daojia.kernel.ids import OrderId, ProviderId
from daojia.kernel.money import Fen
from daojia.kernel.value import Value

Account = NewType("Account", str)
Postings = tuple["Posting", ...]


class AccountKind(StrEnum):
    """What the money on an account is."""

    CHANNEL = "channel"
    ESCROW = "escrow"
    REFUNDING = "refunding"
    EARNED = "earned"
    PAYABLE = "payable"
    IN_TRANSFER = "in_transfer"
    COMMISSION = "commission"


SYSTEM_KINDS: Final = frozenset({AccountKind.CHANNEL, AccountKind.COMMISSION})
"""Accounts every order touches: kept in shards, and without a floor. All others never fall below zero."""


class Posting(Value):
    """So many fen from one account to another; more than none."""

    source: Account
    destination: Account
    amount_fen: Fen = Field(gt=0)

    @model_validator(mode="after")
    def _moves_something(self) -> Self:
        if self.source == self.destination:
            raise ValueError(f"a posting from {self.source} to itself")
        return self


def account(kind: AccountKind, owner: str = "") -> Account:
    return Account(f"{kind.value}:{owner}" if owner else kind.value)


def kind_of(name: Account) -> AccountKind:
    """ValueError for a name that is no account."""
    return AccountKind(name.partition(":")[0])


def owner_of(name: Account) -> str:
    """The order, provider or channel an account belongs to; empty for the platform's own."""
    return name.partition(":")[2]


def channel(name: str = "wechat_pay") -> Account:
    return account(AccountKind.CHANNEL, name)


def escrow(order_id: OrderId) -> Account:
    return account(AccountKind.ESCROW, order_id)


def payable(provider_id: ProviderId) -> Account:
    return account(AccountKind.PAYABLE, provider_id)


COMMISSION: Final = account(AccountKind.COMMISSION)


def effects(postings: Iterable[Posting]) -> dict[Account, Fen]:
    """How much each account gains (or loses, below zero); their sum is zero. Accounts that end even are included."""
    changes: dict[Account, Fen] = {}
    for posting in postings:
        changes[posting.source] = changes.get(posting.source, 0) - posting.amount_fen
        changes[posting.destination] = changes.get(posting.destination, 0) + posting.amount_fen
    return changes


# -- what happens to the money of an order --------------------------------------------------------------------------


def captured(order_id: OrderId, amount_fen: Fen, *, by: str = "wechat_pay") -> Postings:
    """The customer's payment arrived at the channel and is held for the order."""
    return _move(channel(by), escrow(order_id), amount_fen)


def refund_started(order_id: OrderId, amount_fen: Fen) -> Postings:
    """The channel is to send this much back."""
    return _move(escrow(order_id), account(AccountKind.REFUNDING, order_id), amount_fen)


def refund_succeeded(order_id: OrderId, amount_fen: Fen, *, by: str = "wechat_pay") -> Postings:
    """The customer has it back."""
    return _move(account(AccountKind.REFUNDING, order_id), channel(by), amount_fen)


def refund_failed(order_id: OrderId, amount_fen: Fen) -> Postings:
    """The reverse of `refund_started`: it is held for the customer again until an administrator finds another way."""
    return _move(account(AccountKind.REFUNDING, order_id), escrow(order_id), amount_fen)


def earned(order_id: OrderId, provider_id: ProviderId, earned_fen: Fen, commission_fen: Fen) -> Postings:
    """The work is confirmed, or a cancellation fee is due: what is held becomes the provider's and the platform's."""
    income = _move(escrow(order_id), account(AccountKind.EARNED, provider_id), earned_fen)
    return income + _move(escrow(order_id), COMMISSION, commission_fen)


def released(order_id: OrderId, provider_id: ProviderId, amount_fen: Fen) -> Postings:
    """The settlement delay of an order is over: its income may be paid out."""
    del order_id  # the event's id says which order; both accounts are the provider's
    return _move(account(AccountKind.EARNED, provider_id), payable(provider_id), amount_fen)


# -- what happens to a payout ---------------------------------------------------------------------------------------


def payout_started(provider_id: ProviderId, amount_fen: Fen) -> Postings:
    """Set aside before the channel is asked, so that it can be asked for only once."""
    return _move(payable(provider_id), account(AccountKind.IN_TRANSFER, provider_id), amount_fen)


def payout_succeeded(provider_id: ProviderId, amount_fen: Fen, *, by: str = "wechat_pay") -> Postings:
    """The provider has it."""
    return _move(account(AccountKind.IN_TRANSFER, provider_id), channel(by), amount_fen)


def payout_failed(provider_id: ProviderId, amount_fen: Fen) -> Postings:
    """The reverse of `payout_started`: refused, lapsed or cancelled, it is payable again."""
    return _move(account(AccountKind.IN_TRANSFER, provider_id), payable(provider_id), amount_fen)


def _move(source: Account, destination: Account, amount_fen: Fen) -> Postings:
    """Nothing to move is no posting."""
    return (Posting(source=source, destination=destination, amount_fen=amount_fen),) if amount_fen else ()
