"""A circuit breaker: an outside service that failed several times in a row is left alone for a while."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Open after `failures` in a row, for `pause_seconds`; then one call may try, and its outcome decides.

    Per process: a service that is down costs each process a few slow calls, not every person theirs.
    """

    def __init__(
        self, *, failures: int = 3, pause_seconds: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = failures
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._closed_from = 0.0

    def allows(self) -> bool:
        """Whether a call may be made now. While open, one caller after the pause gets a yes, the others a no."""
        with self._lock:
            if self._in_a_row < self._most:
                return True
            now = self._clock()
            if now < self._closed_from:
                return False
            self._closed_from = now + self._pause_seconds  # this caller tries, the others wait for the outcome
            return True

    def succeeded(self) -> None:
        """The service answered."""
        with self._lock:
            self._in_a_row = 0

    def failed(self) -> None:
        """The service did not answer."""
        with self._lock:
            self._in_a_row += 1
            self._closed_from = self._clock() + self._pause_seconds
