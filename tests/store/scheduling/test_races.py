"""Many at once: threads that read, decide and commit as functions do."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random

import pytest

from daojia.kernel.errors import DaojiaError
from daojia.kernel.ids import OrderId, ProviderId
from daojia.kernel.transaction import Transaction, committed
from daojia.scheduling import store as calendar
from daojia.scheduling.errors import DayChangedError, SlotTakenError
from daojia.scheduling.model import bits
from tests.store.builders import a_provider

pytestmark = pytest.mark.usefixtures("tables")
DAY = date(2026, 11, 25)
ME = ProviderId(a_provider().provider_id)


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """`act` by so many threads that start together; what each came to, errors included."""
    start = threading.Barrier(count, timeout=20)

    def one(index: int) -> object:
        start.wait()
        try:
            return act(index)
        except DaojiaError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def reserve(index: int, mask: int) -> str:
    order_id = f"o_{index}"

    def decide(tx: Transaction) -> str:
        calendar.reserve(tx, a_provider(daily_cap=99), calendar.get(ME, DAY), OrderId(order_id), mask)
        return order_id

    return committed(decide, attempts=30)


@pytest.mark.feature("B1")
def test_of_twenty_who_reserve_the_same_time_one_wins() -> None:
    outcomes = at_once(20, lambda index: reserve(index, bits(40, 11)))
    winners = [each for each in outcomes if isinstance(each, str)]
    assert len(winners) == 1
    assert {type(each) for each in outcomes if each not in winners} == {SlotTakenError}
    assert calendar.get(ME, DAY).jobs == {winners[0]: bits(40, 11)}


@pytest.mark.feature("B1")
def test_twelve_who_reserve_different_times_all_get_theirs() -> None:
    outcomes = at_once(12, lambda index: reserve(index, bits(index * 8, 8)))
    assert outcomes == [f"o_{index}" for index in range(12)]
    assert calendar.get(ME, DAY).jobs == {f"o_{index}": bits(index * 8, 8) for index in range(12)}


@pytest.mark.feature("B1")
def test_reserving_and_releasing_at_once_loses_nothing() -> None:
    def act(index: int) -> int:
        random, kept = Random(index), 0
        for step in range(4):
            order_id, mask = f"o_{index}_{step}", bits(random.randrange(90), 6)

            def decide(tx: Transaction, order_id: str = order_id, mask: int = mask) -> None:
                calendar.reserve(tx, a_provider(daily_cap=99), calendar.get(ME, DAY), OrderId(order_id), mask)

            def undo(tx: Transaction, order_id: str = order_id, mask: int = mask) -> None:
                calendar.release(tx, ME, DAY, OrderId(order_id), mask)

            try:
                committed(decide, attempts=30)
            except SlotTakenError:
                continue
            if random.random() < 0.7:
                committed(undo)
            else:
                kept += 1
        return kept

    outcomes = at_once(8, act)
    kept = sum(each for each in outcomes if isinstance(each, int))
    assert not [each for each in outcomes if isinstance(each, DaojiaError) and not isinstance(each, DayChangedError)]
    day = calendar.get(ME, DAY)
    assert len(day.jobs) == kept
    assert sum(day.jobs.values()) == day.busy
    taken = 0
    for mask in day.jobs.values():
        assert not taken & mask
        taken |= mask
