"""Every command once, whatever is sent twice."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.kernel.errors import ChangedMeanwhileError, ConflictError, DaojiaError, KeyReusedError
from daojia.kernel.table import Table, table_name
from daojia.kernel.times import SHANGHAI
from daojia.kernel.transaction import Transaction
from daojia.ordering.errors import WrongArrivalCodeError
from daojia.platform import commands

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
Decide = Callable[[Transaction], dict[str, Any]]


class Counter(Table):
    """Something that commands change."""

    class Meta:
        table_name = table_name("COMMANDS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    count = NumberAttribute(default=0)


def adding(answer: dict[str, Any] | None = None) -> Decide:
    def decide(tx: Transaction) -> dict[str, Any]:
        tx.update(Counter(key="counter"), [Counter.count.add(1)])
        return answer or {"ok": True}

    return decide


def counted() -> int:
    return int(Counter.get("counter", consistent_read=True).count)


def refusing(error: DaojiaError) -> Decide:
    def decide(tx: Transaction) -> dict[str, Any]:
        raise error

    return decide


def test_a_command_sent_twice_acts_once_and_answers_alike(tables: None) -> None:
    first = commands.run("k", "p", adding({"number": "8321", "name": "李女士"}), now=NOW)
    second = commands.run("k", "p", adding({"number": "0000"}), now=NOW)
    assert first == second == {"number": "8321", "name": "李女士"}
    assert counted() == 1


def test_the_answer_is_kept_encrypted(tables: None) -> None:
    commands.run("k", "p", adding({"phone": "13800005678"}), now=NOW)
    record = commands.find("k")
    assert record is not None
    assert "13800005678" not in record.answer
    assert record.expires_at == int(NOW.timestamp()) + 30 * 86400


def test_a_key_is_not_for_another_payload(tables: None) -> None:
    commands.run("k", "p", adding(), now=NOW)
    with pytest.raises(KeyReusedError):
        commands.run("k", "another", adding(), now=NOW)
    assert counted() == 1


def test_a_repetition_that_the_domain_refuses_gets_the_first_answer(tables: None) -> None:
    commands.run("k", "p", adding({"state": "CANCELLED"}), now=NOW)
    assert commands.run("k", "p", refusing(ConflictError()), now=NOW) == {"state": "CANCELLED"}


def test_a_refusal_that_wrote_nothing_is_not_remembered(tables: None) -> None:
    with pytest.raises(ConflictError):
        commands.run("k", "p", refusing(ConflictError()), now=NOW)
    assert commands.find("k") is None
    assert commands.run("k", "p", adding(), now=NOW) == {"ok": True}


def test_a_refusal_that_left_a_trace_is_written_once_and_raised_again(tables: None) -> None:
    def miscoded(tx: Transaction) -> dict[str, Any]:
        adding()(tx)
        tx.refuse(WrongArrivalCodeError(number="8321", left=4))
        return {}

    for _ in range(3):
        with pytest.raises(WrongArrivalCodeError) as caught:
            commands.run("k", "p", miscoded, now=NOW)
        assert caught.value.details == {"number": "8321", "left": 4}
    assert counted() == 1


def test_what_changed_meanwhile_is_decided_afresh(tables: None) -> None:
    rounds: list[int] = []

    def decide(tx: Transaction) -> dict[str, Any]:
        rounds.append(1)
        if len(rounds) < 3:
            raise ChangedMeanwhileError
        return adding()(tx)

    assert commands.run("k", "p", decide, now=NOW) == {"ok": True}
    assert (len(rounds), counted()) == (3, 1)


def test_what_keeps_changing_is_given_up_after_three_rounds(tables: None) -> None:
    rounds: list[int] = []

    def decide(_: Transaction) -> dict[str, Any]:
        rounds.append(1)
        raise ChangedMeanwhileError

    with pytest.raises(ChangedMeanwhileError):
        commands.run("k", "p", decide, now=NOW)
    assert len(rounds) == 3


def test_the_record_is_not_read_before_deciding(tables: None, calls: list[str]) -> None:
    commands.run("k", "p", adding(), now=NOW)
    assert calls == ["TransactWriteItems"]


def test_twenty_at_once_act_once(tables: None) -> None:
    answers: list[dict[str, Any]] = []
    start = threading.Barrier(20)

    def send(number: int) -> None:
        start.wait()
        answers.append(commands.run("k", "p", adding({"number": number}), now=NOW))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert len({answer["number"] for answer in answers}) == 1
    assert counted() == 1
