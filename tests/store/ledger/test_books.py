"""The books in the table: once per event, never overdrawn, always in balance, found without a scan."""

import itertools
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daojia.kernel.errors import ChangedMeanwhileError
from daojia.kernel.ids import AccountId, OrderId
from daojia.kernel.transaction import Transaction, committed
from daojia.ledger import store as ledger
from daojia.ledger.errors import AlreadyPostedError, OverdrawnError
from daojia.ledger.model import (
    COMMISSION,
    Account,
    Posting,
    captured,
    channel,
    earned,
    escrow,
    payable,
    payout_failed,
    payout_started,
    payout_succeeded,
    refund_started,
    refund_succeeded,
    released,
)
from tests.unit.ordering.builders import NOW

pytestmark = pytest.mark.usefixtures("tables")
ORDER, PROVIDER = OrderId("o_1"), AccountId("a_provider")


def book(
    postings: Sequence[Posting], event_id: str, *, now: datetime = NOW, emptying: set[Account] | None = None
) -> None:
    tx = Transaction()
    ledger.post(tx, postings, event_id=event_id, now=now, emptying=emptying or set())
    tx.commit()


def a_settled_order(order_id: OrderId = ORDER, provider_id: AccountId = PROVIDER, fen: int = 10240) -> None:
    book(captured(order_id, fen + 2560), f"{order_id}#2")
    book(earned(order_id, provider_id, fen, 2560), f"{order_id}#9")
    book(released(order_id, provider_id, fen), f"{order_id}#10")


@pytest.mark.feature("B2")
def test_posting_moves_balances_and_can_be_read_back_in_order() -> None:
    a_settled_order()
    assert ledger.balance(channel()) == -12800
    assert ledger.balance(escrow(ORDER)) == 0
    assert ledger.balance(COMMISSION) == 2560
    assert ledger.balance(payable(PROVIDER)) == 10240
    assert ledger.order_postings(ORDER) == [
        *captured(ORDER, 12800),
        *earned(ORDER, PROVIDER, 10240, 2560),
        *released(ORDER, PROVIDER, 10240),
    ]
    assert [entry.event_id for entry in ledger.order_entries(ORDER)] == ["o_1#2", "o_1#9", "o_1#10"]
    assert ledger.order_postings("o_unknown") == []


@pytest.mark.feature("B2")
def test_an_event_is_posted_once() -> None:
    book(captured(ORDER, 12800), "o_1#2")
    with pytest.raises(AlreadyPostedError):
        book(captured(ORDER, 12800), "o_1#2")
    assert ledger.balance(escrow(ORDER)) == 12800
    assert issubclass(AlreadyPostedError, ChangedMeanwhileError), "whoever raced looks again"


def test_nothing_to_post_is_no_write() -> None:
    tx = Transaction()
    ledger.post(tx, (), event_id="o_1#2", now=NOW)
    assert len(tx) == 0


@pytest.mark.feature("B2")
def test_an_escrow_gives_no_more_than_it_holds() -> None:
    with pytest.raises(OverdrawnError):
        book(refund_started(ORDER, 1), "o_1#2")
    book(captured(ORDER, 100), "o_1#3")
    with pytest.raises(OverdrawnError):
        book(refund_started(ORDER, 101), "o_1#4")
    book(refund_started(ORDER, 100), "o_1#4")
    assert ledger.order_postings(ORDER) == [*captured(ORDER, 100), *refund_started(ORDER, 100)]


def test_a_late_payment_comes_and_goes_in_one_event() -> None:
    book((*captured(ORDER, 100), *refund_started(ORDER, 100)), "o_1#3")
    assert ledger.balance(escrow(ORDER)) == 0
    book(refund_succeeded(ORDER, 100), "o_1#4")
    assert ledger.all_balances() == {}


def test_more_than_is_payable_cannot_be_paid_out() -> None:
    a_settled_order()
    with pytest.raises(OverdrawnError):
        book(payout_started(PROVIDER, 10241), "P1#1")
    assert ledger.balances_of_provider(PROVIDER).payable_fen == 10240


def test_emptying_an_account_that_changed_meanwhile_means_looking_again() -> None:
    a_settled_order()
    a_settled_order(OrderId("o_2"))
    with pytest.raises(ChangedMeanwhileError):
        book(payout_started(PROVIDER, 10240), "P1#1", emptying={payable(PROVIDER)})
    book(payout_started(PROVIDER, 20480), "P1#1", emptying={payable(PROVIDER)})


@pytest.mark.feature("P8")
def test_a_provider_sees_where_the_money_is() -> None:
    a_settled_order()
    a_settled_order(OrderId("o_2"), fen=5000)
    book(captured(OrderId("o_3"), 700), "o_3#2")
    book(earned(OrderId("o_3"), PROVIDER, 700, 0), "o_3#3")
    book(payout_started(PROVIDER, 10240), "P1#1")
    book(payout_succeeded(PROVIDER, 10240), "P1#2")
    book(payout_started(PROVIDER, 4000), "P2#1")
    book(payout_failed(PROVIDER, 4000), "P2#2")
    book(payout_started(PROVIDER, 3000), "P3#1")
    found = ledger.balances_of_provider(PROVIDER)
    assert found.model_dump() == {
        "earned_fen": 700,
        "payable_fen": 2000,
        "in_transfer_fen": 3000,
        "paid_out_fen": 10240,
    }
    assert ledger.balances_of_provider(AccountId("a_nobody")).paid_out_fen == 0


def found_payable(*, least_fen: int = 1) -> dict[str, int]:
    pages = [
        ledger.with_something_payable(shard, after=None, least_fen=least_fen, limit=50)
        for shard in range(ledger.INDEX_SHARDS)
    ]
    return {provider_id: fen for page in pages for provider_id, fen in page}


@pytest.mark.feature("A11")
def test_who_has_something_payable_is_found_in_the_sparse_index() -> None:
    assert found_payable() == {}
    for number in range(12):
        a_settled_order(OrderId(f"o_{number}"), AccountId(f"a_{number}"), fen=100 + number)
    assert found_payable() == {f"a_{number}": 100 + number for number in range(12)}
    assert len(found_payable(least_fen=110)) == 2
    book(payout_started(AccountId("a_3"), 103), "P3#1", emptying={payable(AccountId("a_3"))})
    assert "a_3" not in found_payable()
    book(payout_failed(AccountId("a_3"), 103), "P3#2")
    assert found_payable()["a_3"] == 103


def test_a_page_goes_on_after_the_last_one() -> None:
    people = [AccountId(f"a_{number}") for number in range(40)]
    for number, person in enumerate(people):
        a_settled_order(OrderId(f"o_{number}"), person)
    for shard in range(ledger.INDEX_SHARDS):
        everyone = [who for who, _ in ledger.with_something_payable(shard, after=None, least_fen=1, limit=50)]
        walked: list[str] = []
        while page := ledger.with_something_payable(shard, after=walked[-1] if walked else None, least_fen=1, limit=2):
            walked += [who for who, _ in page]
        assert walked == everyone


@pytest.mark.feature("B2")
def test_unrelated_orders_spread_over_the_shards_of_the_system_accounts() -> None:
    items = {
        ledger.BalanceItem.key_of(name, f"o_{number}#2").sk for number in range(500) for name in (channel(), COMMISSION)
    }
    assert len(items) == ledger.SHARDS


@pytest.mark.feature("B2")
def test_many_at_once_lose_nothing() -> None:
    def pay_and_earn(number: int) -> None:
        def decide(tx: Transaction) -> None:
            order_id = OrderId(f"o_{number % 10}")
            ledger.post(tx, captured(order_id, 10), event_id=f"{order_id}#{number}", now=NOW)

        committed(decide)

    threads = [threading.Thread(target=pay_and_earn, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.balance(channel()) == -300
    assert ledger.trial_balance().sound


@pytest.mark.feature("B2")
def test_the_trial_balance_finds_a_balance_somebody_touched() -> None:
    a_settled_order()
    found = ledger.trial_balance()
    assert found.sound
    assert found.kept == {"channel:wechat_pay": -12800, "commission": 2560, "payable:a_provider": 10240}
    assert found.rebuilt == found.kept
    item = ledger.BalanceItem.get(PROVIDER, "ACCOUNT#payable")
    item.update(actions=[ledger.BalanceItem.balance_fen.add(1)])
    found = ledger.trial_balance()
    assert (found.sound, found.sum_fen, found.differing) == (False, 1, {"payable:a_provider": 1})


_events = itertools.count(1)
MOVES = st.sampled_from(
    [
        lambda fen: captured(ORDER, fen),
        lambda fen: refund_started(ORDER, fen),
        lambda fen: refund_succeeded(ORDER, fen),
        lambda fen: earned(ORDER, PROVIDER, fen, fen // 3),
        lambda fen: released(ORDER, PROVIDER, fen),
        lambda fen: payout_started(PROVIDER, fen),
        lambda fen: payout_succeeded(PROVIDER, fen),
        lambda fen: payout_failed(PROVIDER, fen),
    ]
)


@pytest.mark.feature("B2")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(MOVES, st.integers(1, 50)), max_size=25))
def test_whatever_is_posted_in_whatever_order_the_books_are_sound(moves: list[tuple[Any, int]]) -> None:
    for build, fen in moves:
        number = next(_events)
        try:
            book(build(fen), f"o_1#{number}", now=NOW + timedelta(seconds=number))
        except OverdrawnError:
            continue
    assert ledger.trial_balance().sound
