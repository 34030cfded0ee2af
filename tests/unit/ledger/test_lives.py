"""Random lives of an order through the real use cases: the books hold at every moment, whatever happens to it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daojia.kernel.errors import DaojiaError
from daojia.kernel.transaction import Transaction
from daojia.ledger import store as ledger
from daojia.ledger.model import (
    SYSTEM_KINDS,
    Account,
    AccountKind,
    Posting,
    account,
    effects,
    escrow,
    kind_of,
    payout_failed,
    payout_started,
    payout_succeeded,
)
from daojia.ordering import cancelling, paying, store, visits
from daojia.ordering.model import SYSTEM, Actor, Order, RefundState, Role, State
from daojia.payments.model import PaymentFact, RefundFact
from tests.unit.ordering.builders import CUSTOMER, NOW, PROVIDER, an_order

ADMINISTRATOR = Actor(role=Role.ADMINISTRATOR, id="admin")
CUSTOMER_ACTOR = Actor(role=Role.CUSTOMER, id=CUSTOMER)
PROVIDER_ACTOR = Actor(role=Role.PROVIDER, id=PROVIDER)


class Life:
    """One order, the books of everything that happened to it, and a provider who is paid out now and then."""

    def __init__(self, total_fen: int, commission_basis_points: int) -> None:
        self.now: datetime = NOW
        order = an_order(commission_basis_points=commission_basis_points)
        line = order.quote.lines[0].model_copy(update={"amount_fen": total_fen})
        self.order: Order = order.model_copy(update={"quote": order.quote.model_copy(update={"lines": (line,)})})
        self.postings: list[Posting] = []
        self.events: set[str] = set()

    def post(self, tx: Transaction, postings: Sequence[Posting], *, event_id: str, **_: Any) -> None:
        assert event_id not in self.events
        self.events.add(event_id)
        self.postings += postings

    def balance(self, name: Account) -> int:
        return effects(self.postings).get(name, 0)

    # What may happen; each is refused when the order's state does not allow it.

    def pay(self) -> None:
        fact = PaymentFact(
            out_trade_no=self.order.payment.out_trade_no,
            transaction_id="4200001",
            amount_fen=self.order.total_fen,
            paid_at=self.now,
            paid=True,
        )
        self.order = paying.receive(fact, tx=Transaction(), now=self.now)

    def lapse(self) -> None:
        self.order = cancelling.lapse(self.order, tx=Transaction(), now=self.now)

    def accept(self) -> None:
        mask = self.order.interval.mask()
        self.order = self.order.accept(PROVIDER, "王建国", mask, self.now, PROVIDER_ACTOR).after

    def withdraw(self) -> None:
        self.order = self.order.withdraw(PROVIDER, "病了", self.now).after

    def begin(self) -> None:
        self.order = visits.begin(self.order, PROVIDER, self.order.arrival_code, tx=Transaction(), now=self.now)

    def finish(self) -> None:
        self.order = visits.finish(self.order, PROVIDER, tx=Transaction(), now=self.now)

    def confirm(self) -> None:
        self.order = visits.confirm(self.order, SYSTEM, tx=Transaction(), now=self.now)

    def release(self) -> None:
        self.order = visits.release_income(self.order, tx=Transaction(), now=self.now)

    def cancel(self) -> None:
        self.order = cancelling.cancel(self.order, CUSTOMER_ACTOR, "有事", tx=Transaction(), now=self.now)

    def agree(self) -> None:
        self.order = cancelling.answer(self.order, PROVIDER_ACTOR, True, tx=Transaction(), now=self.now)

    def cancel_by_administrator(self) -> None:
        self.order = cancelling.cancel(self.order, ADMINISTRATOR, "平台取消", tx=Transaction(), now=self.now)

    def give_up(self) -> None:
        self.order = cancelling.give_up(self.order, tx=Transaction(), now=self.now)

    def refund_ends(self) -> None:
        self._refund(RefundState.SUCCEEDED)

    def refund_fails(self) -> None:
        self._refund(RefundState.FAILED)

    def refund_goes_on(self) -> None:
        self._refund(RefundState.REQUESTED)

    def _refund(self, state: RefundState) -> None:
        for refund in self.order.refunds:
            number = self.order.payment.out_trade_no
            fact = RefundFact(out_trade_no=number, refund_no=refund.refund_no, state=state)
            self.order = paying.receive_refund(fact, tx=Transaction(), now=self.now)

    def pay_out(self) -> None:
        fen = self.balance(account(AccountKind.PAYABLE, PROVIDER))
        self.postings += payout_started(PROVIDER, fen)

    def payout_ends(self) -> None:
        self.postings += payout_succeeded(PROVIDER, self.balance(account(AccountKind.IN_TRANSFER, PROVIDER)))

    def payout_lapses(self) -> None:
        self.postings += payout_failed(PROVIDER, self.balance(account(AccountKind.IN_TRANSFER, PROVIDER)))

    def time_passes(self) -> None:
        self.now += timedelta(hours=7)

    # What holds at every moment.

    def check(self) -> None:
        balances = effects(self.postings)
        assert sum(balances.values()) == 0
        assert all(fen >= 0 for name, fen in balances.items() if kind_of(name) not in SYSTEM_KINDS), balances
        order = self.order
        refunding = sum(each.amount_fen for each in order.refunds if each.state is RefundState.REQUESTED)
        failed = sum(each.amount_fen for each in order.refunds if each.state is RefundState.FAILED)
        assert self.balance(account(AccountKind.REFUNDING, order.order_id)) == refunding
        held = self.balance(escrow(order.order_id))
        if order.confirmed_at is not None or order.state is State.CANCELLED:
            assert held == failed, "an ended order holds nothing but what could not be sent back"
        else:
            assert held == (order.total_fen if order.paid else 0)
        earned_fen = self.balance(account(AccountKind.EARNED, PROVIDER))
        assert earned_fen == (order.earned_fen if order.released_at is None else 0)


VERBS: list[Callable[[Life], None]] = [
    value for name, value in vars(Life).items() if not name.startswith("_") and name not in ("post", "balance", "check")
]


@pytest.mark.feature("B2")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    total_fen=st.integers(1, 500_000),
    commission=st.integers(0, 10_000),
    verbs=st.lists(st.sampled_from(VERBS), min_size=5, max_size=60),
)
def test_the_books_hold_at_every_moment_of_any_life(
    monkeypatch: pytest.MonkeyPatch, total_fen: int, commission: int, verbs: list[Callable[[Life], None]]
) -> None:
    life = Life(total_fen, commission)
    monkeypatch.setattr(ledger, "post", life.post)
    monkeypatch.setattr(store, "get", lambda _: life.order)
    for verb in verbs:
        try:
            verb(life)
        except DaojiaError:
            continue  # refused: the books must not have changed
        finally:
            life.check()
