"""How a payout follows the channel's word."""

from datetime import timedelta

import pytest

from daojia.kernel.ids import AccountId
from daojia.payments.errors import PayoutContradictedError
from daojia.payments.model import Payout, PayoutState, TransferFact, TransferState, bill_no_of
from tests.unit.ordering.builders import NOW, PROVIDER

LATER = NOW + timedelta(minutes=1)


def a_payout() -> Payout:
    return Payout(
        bill_no=bill_no_of(PROVIDER, "20261124", 1),
        provider_id=PROVIDER,
        cycle="20261124",
        amount_fen=10240,
        app="official",
        openid="oProvider",
        started_at=NOW,
        updated_at=NOW,
    )


def a_fact(state: TransferState, **more: object) -> TransferFact:
    return TransferFact.model_validate({"bill_no": a_payout().bill_no, "state": state, **more})


def test_the_number_is_the_same_for_provider_cycle_and_turn_and_wechat_takes_it() -> None:
    number = bill_no_of(PROVIDER, "20261124", 1)
    assert number == bill_no_of(PROVIDER, "20261124", 1)
    assert number.isalnum()
    assert number.isascii()
    assert len(number) <= 32
    others = [bill_no_of(AccountId("a_other"), "20261124", 1), bill_no_of(PROVIDER, "20261125", 1)]
    assert len({number, bill_no_of(PROVIDER, "20261124", 2), *others}) == 4


@pytest.mark.parametrize(("cycle", "turn"), [("2026-11-24", 1), ("", 1), ("20261124", 0), ("20261124", 21)])
def test_a_number_needs_a_day_and_a_sensible_turn(cycle: str, turn: int) -> None:
    with pytest.raises(ValueError, match="cycle"):
        bill_no_of(PROVIDER, cycle, turn)


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        (TransferState.ACCEPTED, PayoutState.IN_PROGRESS),
        (TransferState.PROCESSING, PayoutState.IN_PROGRESS),
        (TransferState.WAIT_USER_CONFIRM, PayoutState.AWAITING_CONFIRMATION),
        (TransferState.TRANSFERING, PayoutState.IN_PROGRESS),
        (TransferState.SUCCESS, PayoutState.PAID_OUT),
        (TransferState.FAIL, PayoutState.RETURNED),
        (TransferState.CANCELING, PayoutState.IN_PROGRESS),
        (TransferState.CANCELLED, PayoutState.RETURNED),
    ],
)
def test_each_word_of_the_channel_has_a_meaning(state: TransferState, meaning: PayoutState) -> None:
    after = a_payout().reported(a_fact(state), LATER)
    assert (after.state, after.channel_state, after.version, after.updated_at) == (meaning, state, 2, LATER)


def test_what_is_known_already_changes_nothing() -> None:
    waiting = a_payout().reported(a_fact(TransferState.WAIT_USER_CONFIRM, package_info="p", amount_fen=10240), LATER)
    assert waiting.reported(a_fact(TransferState.WAIT_USER_CONFIRM), LATER) is waiting
    done = waiting.reported(a_fact(TransferState.SUCCESS), LATER)
    assert done.reported(a_fact(TransferState.SUCCESS), LATER) is done
    assert done.reported(a_fact(TransferState.WAIT_USER_CONFIRM), LATER) is done, "a late word changes no end"
    assert done.package_info == "p"


def test_another_end_or_another_amount_is_a_contradiction() -> None:
    returned = a_payout().reported(a_fact(TransferState.FAIL, fail_reason="OVERDUE_CLOSE"), LATER)
    assert returned.fail_reason == "OVERDUE_CLOSE"
    with pytest.raises(PayoutContradictedError):
        returned.reported(a_fact(TransferState.SUCCESS), LATER)
    with pytest.raises(PayoutContradictedError):
        a_payout().reported(a_fact(TransferState.SUCCESS, amount_fen=10241), LATER)
