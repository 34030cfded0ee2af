"""A simulator in a thread of the test, on a free port."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from infra.local.simulators.program import Server

PATIENCE_SECONDS = 8.0


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Its address. Leaving stops it; its state stays in the file."""
    server = Server(app, 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the simulator did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "the simulator did not stop"
