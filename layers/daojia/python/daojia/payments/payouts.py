"""Paying out what providers earned. Every step may be run twice, or die anywhere, and pays once.

First the money is set aside in the ledger under the payout's number, then the channel is asked with that number, then
its word is recorded. A payout that stopped between two steps is still in the index of those under way, and the next
run asks the channel with the same number: what the channel says decides.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from daojia.accounts import store as accounts
from daojia.accounts.model import Account
from daojia.kernel.ids import ProviderId
from daojia.kernel.money import Fen
from daojia.kernel.parallel import both
from daojia.kernel.transaction import Transaction, committed
from daojia.kernel.value import Value
from daojia.ledger import store as ledger
from daojia.ledger.model import payable, payout_failed, payout_started, payout_succeeded
from daojia.payments import store
from daojia.payments.model import (
    MAX_PAYOUT_FEN,
    MIN_PAYOUT_FEN,
    NAME_REQUIRED_FROM_FEN,
    TURNS_MAX,
    App,
    Payout,
    PayoutState,
    TransferFact,
    bill_no_of,
)
from daojia.providers import store as providers

PAGE: Final = 25
"""Providers or transfers one page of a settlement run handles."""


Tell = Callable[[Payout], None]
"""Lets a provider know that a payout awaits their confirmation; may be asked to do so again."""


class Outcome(StrEnum):
    """What a step of the settlement came to; a payout's state, or one of these."""

    NOTHING_TO_PAY = "NOTHING_TO_PAY"
    HELD = "HELD"
    """The provider cannot be paid now: no WeChat identity, or too many attempts in this cycle."""


class Channel(Protocol):
    """What pays: the client of the merchant account, or a fake."""

    def transfer(self, *, bill_no: str, amount_fen: Fen, app: App, openid: str, name: str | None) -> TransferFact: ...

    def query_transfer(self, bill_no: str) -> TransferFact | None: ...


class Income(Value):
    """A provider's income: waiting for its settlement delay, payable, on its way, received; the latest payouts."""

    earned_fen: Fen
    payable_fen: Fen
    in_transfer_fen: Fen
    paid_out_fen: Fen
    payouts: tuple[Payout, ...]


class Page(Value):
    """A piece of the work of a run; `cursor` asks for the next, None at the end."""

    ids: tuple[str, ...]
    cursor: str | None


def income(provider_id: ProviderId, *, limit: int = 10) -> Income:
    """Where a provider's money is; two queries side by side."""
    balances, payouts = both(
        lambda: ledger.balances_of_provider(provider_id), lambda: store.of_provider(provider_id, limit=limit)
    )
    return Income(**balances.model_dump(), payouts=tuple(payouts))


def payouts_of(provider_id: ProviderId, *, limit: int = 20) -> list[Payout]:
    """A provider's payouts, the latest first."""
    return store.of_provider(provider_id, limit=limit)


def providers_to_pay(cursor: str | None) -> Page:
    """A page of providers with something worth paying out."""

    def find(shard: int, after: str | None, limit: int) -> list[str]:
        found = ledger.with_something_payable(shard, after=after, least_fen=MIN_PAYOUT_FEN, limit=limit)
        return [provider_id for provider_id, _ in found]

    return _page(cursor, find)


def transfers_under_way(cursor: str | None) -> Page:
    """A page of payouts whose end is not known."""
    return _page(cursor, lambda shard, after, limit: store.under_way(shard, after=after, limit=limit))


def pay_out(
    provider_id: ProviderId, cycle: str, channel: Channel, tell: Tell, *, now: datetime
) -> tuple[Outcome | PayoutState, Payout | None]:
    """Pay a provider what is payable, at most `MAX_PAYOUT_FEN` at once. `cycle` is the day of the run (yyyymmdd).

    Called again it goes on with the payout it finds. UnavailableError: the channel does not answer; the payout stays
    under way.
    """
    outcome, payout = committed(lambda tx: start(provider_id, cycle, tx=tx, now=now))
    if payout is None:
        return outcome, None
    payout = proceed(payout, channel, tell, now=now)
    return payout.state, payout


def start(
    provider_id: ProviderId, cycle: str, *, tx: Transaction, now: datetime
) -> tuple[Outcome | PayoutState, Payout | None]:
    """Set the money aside, or find the payout of this cycle that is not through yet."""
    (balances, latest), account = both(
        lambda: both(
            lambda: ledger.balances_of_provider(provider_id), lambda: store.of_provider(provider_id, limit=TURNS_MAX)
        ),
        lambda: accounts.find(provider_id),
    )
    earlier = [payout for payout in latest if payout.cycle == cycle]
    unfinished = next((each for each in earlier if each.state in (PayoutState.STARTED, PayoutState.IN_PROGRESS)), None)
    if unfinished is not None:
        return unfinished.state, unfinished
    if balances.payable_fen < MIN_PAYOUT_FEN:
        # One that awaits confirmation is told of again: perhaps the step died before it was.
        waiting = next((each for each in earlier if not each.ended), None)
        return (waiting.state, waiting) if waiting else (Outcome.NOTHING_TO_PAY, None)
    identity = _identity(account)
    if identity is None or len(earlier) >= TURNS_MAX:
        return Outcome.HELD, None
    app, openid = identity
    payout = Payout(
        bill_no=bill_no_of(provider_id, cycle, len(earlier) + 1),
        provider_id=provider_id,
        cycle=cycle,
        amount_fen=min(balances.payable_fen, MAX_PAYOUT_FEN),
        app=app,
        openid=openid,
        started_at=now,
        updated_at=now,
    )
    emptying = [payable(provider_id)] if payout.amount_fen == balances.payable_fen else []
    postings = payout_started(provider_id, payout.amount_fen)
    ledger.post(tx, postings, event_id=f"{payout.bill_no}#1", now=now, emptying=emptying)
    store.begin(tx, payout)
    return payout.state, payout


def proceed(payout: Payout, channel: Channel, tell: Tell, *, now: datetime) -> Payout:
    """Ask the channel about a payout, or for it, and record the answer.

    A payout the provider must confirm is told of, every time: perhaps the last attempt died before it was.
    """
    if not payout.ended:
        fact = _word_of(payout, channel)
        payout = committed(lambda tx: receive(fact, tx=tx, now=now))
    if payout.state is PayoutState.AWAITING_CONFIRMATION:
        tell(payout)
    return payout


def receive(fact: TransferFact, *, tx: Transaction, now: datetime) -> Payout:
    """The channel's word on a transfer. What is known already is nothing to write."""
    before = store.get(fact.bill_no)
    after = before.reported(fact, now)
    if after is before:
        return before
    if after.ended:
        build = payout_succeeded if after.state is PayoutState.PAID_OUT else payout_failed
        postings = build(after.provider_id, after.amount_fen)
        # Both ends are the second step, so the books take only one of them.
        ledger.post(tx, postings, event_id=f"{after.bill_no}#2", now=now)
    store.record(tx, before, after)
    return after


def _word_of(payout: Payout, channel: Channel) -> TransferFact:
    """Asking for the transfer again with its number tells how it stands, and alone tells `package_info`."""
    if payout.package_info is not None or payout.channel_state is not None:
        fact = channel.query_transfer(payout.bill_no)
        to_confirm = fact is not None and payout.reported(fact, payout.updated_at).state is (
            PayoutState.AWAITING_CONFIRMATION
        )
        if fact is not None and (payout.package_info is not None or not to_confirm):
            return fact
    name = providers.get(payout.provider_id).name if payout.amount_fen >= NAME_REQUIRED_FROM_FEN else None
    return channel.transfer(
        bill_no=payout.bill_no, amount_fen=payout.amount_fen, app=payout.app, openid=payout.openid, name=name
    )


def _identity(account: Account | None) -> tuple[App, str] | None:
    """How WeChat knows the person: in the official account if they are there, else in the mini-program."""
    if account is None:
        return None
    if account.openid:
        return "official", account.openid
    return ("miniprogram", account.miniprogram_openid) if account.miniprogram_openid else None


def _page(cursor: str | None, find: Callable[[int, str | None, int], list[str]]) -> Page:
    """Walk the index shard by shard until a page is full; a cursor is `<shard>#<last id>`."""
    shard, _, last = (cursor or "0#").partition("#")
    after, ids = last or None, list[str]()
    for number in range(int(shard), ledger.INDEX_SHARDS):
        ids += find(number, after, PAGE - len(ids))
        if len(ids) == PAGE:
            return Page(ids=tuple(ids), cursor=f"{number}#{ids[-1]}")
        after = None
    return Page(ids=tuple(ids), cursor=None)
