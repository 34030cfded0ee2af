"""Paying out: once, whatever dies, whoever runs it a second time, whatever the channel says."""

import itertools
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from daojia.kernel.errors import UnavailableError
from daojia.kernel.ids import AccountId
from daojia.kernel.transaction import Transaction, committed
from daojia.ledger import store as ledger
from daojia.messaging.model import Kind
from daojia.payments import payouts, store
from daojia.payments.errors import PayoutContradictedError, PayoutNotFoundError
from daojia.payments.model import (
    MAX_PAYOUT_FEN,
    MIN_PAYOUT_FEN,
    TURNS_MAX,
    Payout,
    PayoutState,
    TransferFact,
    TransferState,
)
from tests.store.payments.world import CYCLE, FakeChannel, Told, a_provider, payable, run
from tests.unit.ordering.builders import NOW, PROVIDER

pytestmark = [pytest.mark.usefixtures("tables"), pytest.mark.feature("A11")]
TOMORROW = NOW + timedelta(days=1)


def receive(fact: TransferFact) -> Payout:
    return committed(lambda tx: payouts.receive(fact, tx=tx, now=NOW))


def only_payout() -> Payout:
    (payout,) = payouts.payouts_of(PROVIDER)
    return payout


def test_a_provider_is_asked_to_confirm_and_then_has_the_money() -> None:
    a_provider()
    payable(10240)
    channel, told = FakeChannel(), Told()
    assert run(channel, told) == ["AWAITING_CONFIRMATION"]
    payout = only_payout()
    assert (payout.amount_fen, payout.package_info) == (10240, f"package-{payout.bill_no}")
    (message,) = told.messages
    assert (message.kind, message.recipient, message.facts["amount_fen"]) == (Kind.PAYOUT, PROVIDER, 10240)
    income = payouts.income(PROVIDER)
    assert (income.payable_fen, income.in_transfer_fen, income.paid_out_fen) == (0, 10240, 0)

    receive(channel.become(payout.bill_no, TransferState.SUCCESS))
    income = payouts.income(PROVIDER)
    assert (income.payable_fen, income.in_transfer_fen, income.paid_out_fen) == (0, 0, 10240)
    assert income.payouts[0].state is PayoutState.PAID_OUT
    assert ledger.trial_balance().sound
    assert payouts.transfers_under_way(None).ids == ()


def test_running_it_twice_pays_once() -> None:
    a_provider()
    payable(10240)
    channel = FakeChannel()
    run(channel)
    assert run(channel) == []
    assert channel.paid_fen == 10240
    assert len(channel.transfers) == 1


def test_two_runs_at_once_pay_once() -> None:
    a_provider()
    payable(10240)
    channel = FakeChannel()
    threads = [threading.Thread(target=run, args=(channel,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert channel.paid_fen == 10240
    assert len(channel.transfers) == 1
    assert ledger.trial_balance().sound


class Killed(BaseException):
    """The process died here."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("state", [TransferState.WAIT_USER_CONFIRM, TransferState.SUCCESS, TransferState.FAIL])
def test_killed_at_any_step_the_next_run_pays_exactly_once(
    monkeypatch: pytest.MonkeyPatch, when: str, state: TransferState
) -> None:
    a_provider()
    commit = Transaction.commit
    for attempt in itertools.count():
        paid_before = payouts.income(PROVIDER).paid_out_fen
        owed = payouts.income(PROVIDER).payable_fen
        payable(10240, order=f"o_{attempt}")
        channel, told, steps = FakeChannel(state=state), Told(), iter(range(attempt, -1, -1))

        def step(steps: Iterator[int] = steps) -> None:
            if next(steps, None) == 0:
                raise Killed

        def committing(tx: Transaction, step: Any = step) -> None:
            if when == "before":
                step()
            commit(tx)
            if when == "after":
                step()

        monkeypatch.setattr(Transaction, "commit", committing)
        setattr(channel, when, step)
        day = f"2026{1 + attempt // 28:02d}{1 + attempt % 28:02d}"
        try:
            run(channel, told, cycle=day, now=NOW + timedelta(days=attempt))
            survived = True
        except Killed:
            survived = False
        monkeypatch.setattr(Transaction, "commit", commit)
        setattr(channel, when, lambda: None)
        run(channel, told, cycle=day, now=NOW + timedelta(days=attempt, minutes=5))
        income = payouts.income(PROVIDER)
        assert ledger.trial_balance().sound
        if state is TransferState.FAIL:
            assert (income.payable_fen, income.in_transfer_fen) == (owed + 10240, 0)
        else:
            assert channel.paid_fen == 10240
            assert len(channel.transfers) == 1
            assert income.payable_fen == 0
        if state is TransferState.WAIT_USER_CONFIRM:
            assert {message.message_id for message in told.messages} == {
                f"{bill_no}#{PROVIDER}#payout" for bill_no in channel.transfers
            }
            receive(channel.become(next(iter(channel.transfers)), TransferState.SUCCESS))
        if state is not TransferState.FAIL:
            assert payouts.income(PROVIDER).paid_out_fen == paid_before + 10240
        if survived:
            assert attempt >= 2, "there were steps to die at"
            return


def test_a_step_retried_after_it_was_done_tells_again_but_pays_nothing_more() -> None:
    a_provider()
    payable(10240)
    channel, told = FakeChannel(), Told()
    first = payouts.pay_out(PROVIDER, CYCLE, channel, told, now=NOW)
    assert payouts.pay_out(PROVIDER, CYCLE, channel, told, now=NOW) == first
    assert len(channel.transfers) == 1
    assert len({message.message_id for message in told.messages}) == 1


def test_a_channel_that_does_not_answer_leaves_the_payout_under_way() -> None:
    a_provider()
    payable(10240)
    channel = FakeChannel()

    def unavailable() -> None:
        raise UnavailableError(call="transfer")

    channel.after = unavailable  # it acted, but its answer was lost
    with pytest.raises(UnavailableError):
        run(channel)
    assert only_payout().state is PayoutState.STARTED
    channel.after = lambda: None
    assert run(channel, now=TOMORROW, cycle="20261125") == []
    assert only_payout().state is PayoutState.AWAITING_CONFIRMATION
    assert channel.paid_fen == 10240


@pytest.mark.parametrize("end", [TransferState.FAIL, TransferState.CANCELLED])
def test_what_lapsed_is_payable_again_and_paid_with_the_next_run(end: TransferState) -> None:
    a_provider()
    payable(10240)
    channel = FakeChannel()
    run(channel)
    channel.become(only_payout().bill_no, end, "OVERDUE_CLOSE")
    assert run(channel, cycle="20261125", now=TOMORROW) == ["AWAITING_CONFIRMATION"]
    second, first = payouts.payouts_of(PROVIDER)
    assert (first.state, first.fail_reason) == (PayoutState.RETURNED, "OVERDUE_CLOSE")
    assert first.bill_no != second.bill_no
    assert channel.paid_fen == 10240
    assert ledger.trial_balance().sound


def test_one_the_channel_is_still_thinking_about_is_asked_again_until_it_can_be_confirmed() -> None:
    a_provider()
    payable(10240)
    channel, told = FakeChannel(state=TransferState.ACCEPTED), Told()
    assert run(channel, told) == ["IN_PROGRESS"]
    assert payouts.pay_out(PROVIDER, CYCLE, channel, told, now=NOW)[0] is PayoutState.IN_PROGRESS
    channel.become(only_payout().bill_no, TransferState.WAIT_USER_CONFIRM)
    outcome, payout = payouts.pay_out(PROVIDER, CYCLE, channel, told, now=NOW)
    assert outcome is PayoutState.AWAITING_CONFIRMATION
    assert payout is not None
    assert payout.package_info == f"package-{payout.bill_no}", "only asking for the transfer gives it"
    assert len(told.messages) == 1


def test_the_notice_may_come_twice_and_late() -> None:
    a_provider()
    payable(10240)
    channel = FakeChannel()
    run(channel)
    done = channel.become(only_payout().bill_no, TransferState.SUCCESS)
    assert receive(done) == receive(done)
    waiting = channel.become(done.bill_no, TransferState.WAIT_USER_CONFIRM)
    assert receive(waiting).state is PayoutState.PAID_OUT
    assert payouts.income(PROVIDER).paid_out_fen == 10240


def test_a_notice_that_cannot_be_true_changes_nothing() -> None:
    a_provider()
    payable(10240)
    channel = FakeChannel()
    run(channel)
    done = channel.become(only_payout().bill_no, TransferState.SUCCESS)
    with pytest.raises(PayoutContradictedError):
        receive(done.model_copy(update={"amount_fen": 1}))
    receive(done)
    with pytest.raises(PayoutContradictedError):
        receive(done.model_copy(update={"state": TransferState.FAIL}))
    with pytest.raises(PayoutNotFoundError):
        receive(done.model_copy(update={"bill_no": "Punknown"}))
    assert payouts.income(PROVIDER).paid_out_fen == 10240


def test_too_little_waits() -> None:
    a_provider()
    payable(MIN_PAYOUT_FEN - 1)
    channel = FakeChannel()
    assert run(channel) == []
    assert payouts.pay_out(PROVIDER, CYCLE, channel, Told(), now=NOW)[0] is payouts.Outcome.NOTHING_TO_PAY
    payable(1, order="o_2")
    assert run(channel) == ["AWAITING_CONFIRMATION"]


def test_much_is_paid_in_parts_and_the_name_goes_with_it() -> None:
    a_provider()
    payable(MAX_PAYOUT_FEN + 5000)
    channel = FakeChannel()
    run(channel)
    assert (channel.paid_fen, channel.names) == (MAX_PAYOUT_FEN, ["王建国"])
    assert payouts.income(PROVIDER).payable_fen == 5000
    run(channel)
    assert (channel.paid_fen, channel.names) == (MAX_PAYOUT_FEN + 5000, ["王建国", None])
    assert len({payout.bill_no for payout in payouts.payouts_of(PROVIDER)}) == 2


def test_who_is_only_in_the_mini_program_is_paid_there_and_who_is_nowhere_is_held() -> None:
    a_provider(openid=None, mini="oMini")
    payable(10240)
    hidden = AccountId("a_hidden")
    a_provider(hidden, openid=None)
    payable(500, order="o_2", provider_id=hidden)
    payable(500, order="o_3", provider_id=AccountId("a_unknown"))
    channel = FakeChannel()
    assert sorted(run(channel)) == ["AWAITING_CONFIRMATION", "HELD", "HELD"]
    assert channel.openids == ["miniprogram:oMini"]
    assert payouts.income(hidden).payable_fen == 500


def test_a_transfer_that_fails_again_and_again_is_held_for_the_day() -> None:
    a_provider()
    payable(10240)
    channel = FakeChannel(state=TransferState.FAIL)
    outcomes = [outcome for _ in range(TURNS_MAX + 2) for outcome in run(channel)]
    assert outcomes == ["RETURNED"] * TURNS_MAX + ["HELD"] * 2
    assert run(channel, cycle="20261125", now=TOMORROW) == ["RETURNED"]


def test_everybody_is_reached_over_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payouts, "PAGE", 2)
    count = 23
    for number in range(count):
        provider_id = AccountId(f"a_{number}")
        a_provider(provider_id, openid=f"o{number}")
        payable(1000, order=f"o_{number}", provider_id=provider_id)
    channel = FakeChannel()
    assert len(run(channel)) == count
    assert len(channel.transfers) == count
    for bill_no in list(channel.transfers):
        channel.become(bill_no, TransferState.SUCCESS)
    run(channel)
    assert ledger.all_balances() == {"channel:wechat_pay": -100 * count, "commission": 100 * count}
    assert store.under_way(0, after=None, limit=1) == []
