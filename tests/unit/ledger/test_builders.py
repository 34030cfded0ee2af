"""What each event of an order or a payout moves, and that nothing is ever made or lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from daojia.kernel.ids import AccountId, OrderId
from daojia.ledger.model import (
    COMMISSION,
    SYSTEM_KINDS,
    Account,
    AccountKind,
    Posting,
    captured,
    earned,
    effects,
    kind_of,
    owner_of,
    payout_failed,
    payout_started,
    payout_succeeded,
    refund_failed,
    refund_started,
    refund_succeeded,
    released,
)

ORDER, PROVIDER = OrderId("o_1"), AccountId("a_p")
CHANNEL, ESCROW, REFUNDING = Account("channel:wechat_pay"), Account("escrow:o_1"), Account("refunding:o_1")
EARNED, PAYABLE, IN_TRANSFER = Account("earned:a_p"), Account("payable:a_p"), Account("in_transfer:a_p")


@pytest.mark.feature("B2")
def test_the_money_of_a_finished_order_ends_with_provider_and_platform() -> None:
    life = (
        *captured(ORDER, 12800),
        *earned(ORDER, PROVIDER, 10240, 2560),
        *released(ORDER, PROVIDER, 10240),
        *payout_started(PROVIDER, 10240),
        *payout_succeeded(PROVIDER, 10240),
    )
    assert effects(life) == {
        CHANNEL: -2560,
        ESCROW: 0,
        EARNED: 0,
        COMMISSION: 2560,
        PAYABLE: 0,
        IN_TRANSFER: 0,
    }


@pytest.mark.feature("B2")
def test_a_partial_refund_and_a_fee_empty_the_escrow() -> None:
    life = (*captured(ORDER, 12800), *refund_started(ORDER, 10240), *earned(ORDER, PROVIDER, 2048, 512))
    assert effects(life)[ESCROW] == 0
    assert effects((*life, *refund_succeeded(ORDER, 10240))) == {
        CHANNEL: -2560,
        ESCROW: 0,
        REFUNDING: 0,
        EARNED: 2048,
        COMMISSION: 512,
    }


@given(st.integers(1, 10**9))
def test_each_forward_verb_has_its_reverse(amount_fen: int) -> None:
    there_and_back = [
        (refund_started(ORDER, amount_fen), refund_failed(ORDER, amount_fen)),
        (captured(ORDER, amount_fen), refund_started(ORDER, amount_fen) + refund_succeeded(ORDER, amount_fen)),
        (payout_started(PROVIDER, amount_fen), payout_failed(PROVIDER, amount_fen)),
    ]
    for forward, back in there_and_back:
        assert set(effects(forward + back).values()) == {0}


def test_nothing_to_move_is_no_posting() -> None:
    assert captured(ORDER, 0) == ()
    assert earned(ORDER, PROVIDER, 0, 0) == ()
    assert [posting.destination for posting in earned(ORDER, PROVIDER, 0, 5)] == [COMMISSION]


@pytest.mark.parametrize("amount_fen", [0, -1])
def test_a_posting_moves_more_than_nothing(amount_fen: int) -> None:
    with pytest.raises(ValidationError):
        Posting(source=CHANNEL, destination=ESCROW, amount_fen=amount_fen)


def test_a_posting_moves_something_somewhere_else() -> None:
    with pytest.raises(ValidationError):
        Posting(source=ESCROW, destination=ESCROW, amount_fen=1)


def test_accounts_say_what_they_are_and_whose() -> None:
    assert (kind_of(ESCROW), owner_of(ESCROW)) == (AccountKind.ESCROW, "o_1")
    assert (kind_of(COMMISSION), owner_of(COMMISSION)) == (AccountKind.COMMISSION, "")
    assert {kind_of(CHANNEL), kind_of(COMMISSION)} == SYSTEM_KINDS
    with pytest.raises(ValueError, match="cellar"):
        kind_of(Account("cellar:o_1"))
