"""The line between a process and everything outside it, on which the process may be made to die."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

_Answer = TypeVar("_Answer")


class Crash(BaseException):
    """The process is gone. No code of the platform catches this."""


class Side(StrEnum):
    """On which side of a call the process dies: nothing reached the outside, or its answer was lost."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Point:
    """The `index`-th call of a process (from 1), and the side of it."""

    index: int
    side: Side


class Boundary:
    """Counts the calls of the process that lives now, and kills it at a point.

    A process is dead as a whole: threads of it that come here later reach nothing any more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alive = False
        self._point: Point | None = None
        self._dead = False
        self.calls: list[str] = []

    @contextmanager
    def process(self, point: Point | None = None) -> Iterator[None]:
        """While inside, calls are those of one process, which dies at `point`."""
        self.calls, self._point, self._dead, self._alive = [], point, False, True
        try:
            yield
        finally:
            self._alive = False

    def call(self, name: str, answer: Callable[[], _Answer]) -> _Answer:
        """Pass a call on to the outside, or die before or after it."""
        if not self._alive:
            return answer()
        with self._lock:
            self.calls.append(name)
            index = len(self.calls)
            self._die_if(self._dead or self._point == Point(index, Side.BEFORE))
        try:
            return answer()
        finally:
            with self._lock:
                self._die_if(self._dead or self._point == Point(index, Side.AFTER))

    def _die_if(self, condition: bool) -> None:
        if condition:
            self._dead = True
            raise Crash


class Dice:
    """Stands in for the module `secrets`: every process draws other ids, numbers and codes, every test run the same.

    Digits begin with 61 to 68, which no amount, time or telephone in these tests does, so that they can be told apart.
    """

    def __init__(self) -> None:
        self._drawn = 0

    def randbits(self, count: int) -> int:
        self._drawn += 1
        # Knuth's multiplicative hash, several times: consecutive draws look nothing alike.
        value = self._drawn
        for _ in range(4):
            value = (value * 2654435761 + 0x9E3779B97F4A7C15) % (1 << 96)
        return value >> 8 & ((1 << count) - 1)

    def randbelow(self, limit: int) -> int:
        self._drawn += 1
        digits = len(str(limit - 1))
        return (
            int(f"6{1000 + self._drawn % 8000}".ljust(digits, "3")[:digits]) if digits > 4 else 6100 + self._drawn % 800
        )
