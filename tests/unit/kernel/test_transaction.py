"""What a transaction means before anything is stored."""

import pytest

from daojia.kernel.errors import ChangedMeanwhileError, ConflictError, NotFoundError
from daojia.kernel.transaction import Transaction, committed


def test_nothing_to_write_is_no_call() -> None:
    tx = Transaction()
    tx.commit()
    assert len(tx) == 0


def test_a_refusal_is_raised_after_everything_is_written() -> None:
    tx = Transaction()
    tx.refuse(NotFoundError())
    with pytest.raises(NotFoundError):
        tx.commit()


def test_what_changed_meanwhile_is_decided_afresh_with_an_empty_transaction() -> None:
    seen: list[Transaction] = []

    def decide(tx: Transaction) -> str:
        seen.append(tx)
        if len(seen) < 3:
            raise ChangedMeanwhileError
        return "done"

    assert committed(decide) == "done"
    assert len({id(tx) for tx in seen}) == 3


def test_after_the_last_round_the_change_is_reported() -> None:
    rounds: list[int] = []

    def decide(_tx: Transaction) -> None:
        rounds.append(1)
        raise ChangedMeanwhileError

    with pytest.raises(ChangedMeanwhileError):
        committed(decide, attempts=2)
    assert len(rounds) == 2


def test_a_refusal_is_not_tried_again() -> None:
    rounds: list[int] = []

    def decide(_tx: Transaction) -> None:
        rounds.append(1)
        raise ConflictError

    with pytest.raises(ConflictError):
        committed(decide)
    assert len(rounds) == 1
