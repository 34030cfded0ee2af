"""Reads side by side."""

import threading

import pytest

from daojia.kernel.parallel import both, gather


def test_results_come_in_the_order_of_the_reads() -> None:
    assert gather([lambda value=value: value * value for value in range(40)]) == [value * value for value in range(40)]


def test_reads_really_run_at_the_same_time() -> None:
    meeting = threading.Barrier(4, timeout=5)
    assert len(gather([meeting.wait] * 4)) == 4


def test_two_reads_of_different_kinds() -> None:
    meeting = threading.Barrier(2, timeout=5)

    def first() -> str:
        meeting.wait()
        return "first"

    def second() -> int:
        meeting.wait()
        return 2

    assert both(first, second) == ("first", 2)


def test_an_error_is_raised() -> None:
    def fail() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        gather([lambda: None, fail])


def test_reads_that_wait_for_reads_never_wait_for_ever() -> None:
    def inner(value: int) -> int:
        return sum(gather([lambda: value] * 5))

    assert gather([lambda value=value: inner(value) for value in range(100)]) == [value * 5 for value in range(100)]
