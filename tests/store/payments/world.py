"""A provider with money to come, a channel to play with, and a run of the settlement as its workflow does it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from daojia.accounts.model import Account
from daojia.accounts.store import AccountItem
from daojia.kernel.ids import AccountId, OrderId, ProviderId
from daojia.kernel.money import Fen
from daojia.kernel.transaction import Transaction
from daojia.ledger import store as ledger
from daojia.ledger.model import captured, earned, released
from daojia.messaging.model import Message
from daojia.messaging.rules import payout_message
from daojia.payments import payouts, store
from daojia.payments.model import App, Payout, TransferFact, TransferState
from daojia.providers import store as providers
from tests.store.builders import a_provider as profile
from tests.unit.ordering.builders import NOW, PROVIDER

CYCLE = "20261124"


@dataclass
class FakeChannel:
    """Keeps transfers by number, as WeChat Pay does; `state` is what a new one starts as."""

    state: TransferState = TransferState.WAIT_USER_CONFIRM
    transfers: dict[str, TransferFact] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    names: list[str | None] = field(default_factory=list)
    openids: list[str] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    def transfer(self, *, bill_no: str, amount_fen: Fen, app: App, openid: str, name: str | None) -> TransferFact:
        self.before()
        self.asked[bill_no] += 1
        self.names.append(name)
        self.openids.append(f"{app}:{openid}")
        known = self.transfers.get(bill_no)
        if known is None:
            known = TransferFact(
                bill_no=bill_no, state=self.state, amount_fen=amount_fen, transfer_bill_no=f"T{bill_no}"
            )
            self.transfers[bill_no] = known
        waiting = known.state is TransferState.WAIT_USER_CONFIRM
        self.after()
        return known.model_copy(update={"package_info": f"package-{bill_no}" if waiting else None})

    def query_transfer(self, bill_no: str) -> TransferFact | None:
        self.before()
        return self.transfers.get(bill_no)

    def become(self, bill_no: str, state: TransferState, reason: str | None = None) -> TransferFact:
        known = self.transfers[bill_no].model_copy(update={"state": state, "fail_reason": reason})
        self.transfers[bill_no] = known
        return known

    @property
    def paid_fen(self) -> int:
        """What providers have, or may take at any moment."""
        lost = (TransferState.FAIL, TransferState.CANCELLED)
        return sum(each.amount_fen or 0 for each in self.transfers.values() if each.state not in lost)


@dataclass
class Told:
    """The payouts providers were told of, and the messages that says it with."""

    messages: list[Message] = field(default_factory=list)

    def __call__(self, payout: Payout) -> None:
        self.messages.append(payout_message(payout.provider_id, payout.bill_no, payout.amount_fen))


def a_provider(
    provider_id: ProviderId = PROVIDER, *, openid: str | None = "oProvider", mini: str | None = None
) -> None:
    """A provider with an account and a profile."""
    account = Account(account_id=provider_id, openid=openid, miniprogram_openid=mini, created_at=NOW)
    AccountItem(account_id=provider_id, version=1, body=account).save()
    providers.save(profile(provider_id))


def payable(fen: Fen, *, order: str = "o_1", provider_id: AccountId = PROVIDER) -> None:
    """An order whose income was released."""
    order_id = OrderId(order)
    for step, postings in enumerate(
        (
            captured(order_id, fen + 100),
            earned(order_id, provider_id, fen, 100),
            released(order_id, provider_id, fen),
        )
    ):
        tx = Transaction()
        ledger.post(tx, postings, event_id=f"{order}#{step}", now=NOW)
        tx.commit()


def run(channel: FakeChannel, told: Told | None = None, *, cycle: str = CYCLE, now: datetime = NOW) -> list[str]:
    """What statemachines/settlement.asl.yaml does, step by step; the outcomes of paying."""
    told = told or Told()
    cursor: str | None = None
    while True:
        page = payouts.transfers_under_way(cursor)
        for bill_no in page.ids:
            payouts.proceed(store.get(bill_no), channel, told, now=now)
        cursor = page.cursor
        if cursor is None:
            break
    outcomes: list[str] = []
    while True:
        page = payouts.providers_to_pay(cursor)
        for provider_id in page.ids:
            outcome, _ = payouts.pay_out(ProviderId(AccountId(provider_id)), cycle, channel, told, now=now)
            outcomes.append(outcome.value)
        cursor = page.cursor
        if cursor is None:
            return outcomes
