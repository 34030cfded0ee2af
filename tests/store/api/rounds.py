"""How many calls of DynamoDB a person waits for one after the other: calls that overlap in time count once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from daojia.kernel.table import connection

SLOW_SECONDS = 0.05


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[float, float]]]:
    """Make every call take a while, as it does on AWS, and note when each began and ended."""
    spans: list[tuple[float, float]] = []
    lock = threading.Lock()

    def delay(**_: Any) -> None:
        began = time.monotonic()
        time.sleep(SLOW_SECONDS)
        with lock:
            spans.append((began, time.monotonic()))

    events = connection().client.meta.events
    events.register_first("before-send.dynamodb", delay)
    try:
        yield spans
    finally:
        events.unregister("before-send.dynamodb", delay)


def in_a_row(spans: list[tuple[float, float]]) -> int:
    """The length of the longest chain of calls each of which began after the one before had ended."""
    count, ended = 0, float("-inf")
    for began, end in sorted(spans, key=lambda span: span[1]):
        if began >= ended:
            count, ended = count + 1, end
    return count
