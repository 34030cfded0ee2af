"""Reads that do not need each other's answers run side by side, so a person waits for the slowest, not for the sum."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

_T = TypeVar("_T")
_A = TypeVar("_A")
_B = TypeVar("_B")


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=32, thread_name_prefix="read")


def gather(reads: Iterable[Callable[[], _T]]) -> list[_T]:
    """Run all reads at the same time; their results in order. The first error is raised."""
    futures = [_pool().submit(read) for read in reads]
    return [future.result() for future in futures]


def both(first: Callable[[], _A], second: Callable[[], _B]) -> tuple[_A, _B]:
    """Two reads of different kinds at the same time."""
    later = _pool().submit(second)
    return first(), later.result()
