"""Reads that do not need each other's answers run side by side, so a person waits for the slowest, not for the sum."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Final, TypeVar

_T = TypeVar("_T")
_A = TypeVar("_A")
_B = TypeVar("_B")

_here: Final = threading.local()


@cache
def _pool(depth: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=32, thread_name_prefix=f"read-{depth}")


def _begin(read: Callable[[], _T]) -> Future[_T]:
    """Start a read. Reads that themselves wait for reads never share a pool with those, or all could wait for ever."""
    depth: int = getattr(_here, "depth", 0)

    def run() -> _T:
        _here.depth = depth + 1
        return read()

    return _pool(depth).submit(run)


def gather(reads: Iterable[Callable[[], _T]]) -> list[_T]:
    """Run all reads at the same time; their results in order. The first error is raised."""
    futures = [_begin(read) for read in reads]
    return [future.result() for future in futures]


def both(first: Callable[[], _A], second: Callable[[], _B]) -> tuple[_A, _B]:
    """Two reads of different kinds at the same time."""
    later = _begin(second)
    return first(), later.result()
