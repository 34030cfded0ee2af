"""A simulator in a thread of the test, on a free port."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from infra.local.simulators.program import Server

PATIENCE_SECONDS = 8.0


class _Quick(Server):
    """Looks more often than ten times a second whether to end."""

    async def main_loop(self) -> None:
        while not self.should_exit:
            await asyncio.sleep(0.01)


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Its address. Leaving stops it; its state stays in the file."""
    server = _Quick(app, 0)
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
