"""What makes a simulator a program: its shared parts, its ASGI application, its command line.

`python -m infra.local.simulators.NAME --port P --config FILE.json --state FILE.sqlite` serves until SIGTERM.
"""

import argparse
import asyncio
import contextlib
import json
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.local.simulators.controls import Bell, Control, routes_of
from infra.local.simulators.faults import Faults
from infra.local.simulators.journal import Journal
from infra.local.simulators.storage import Clock, Store

LOCAL_ORIGIN = r"http://(127\.0\.0\.1|localhost)(:\d{1,5})?"
STOP_SECONDS = 3
BREAK_OFF_SECONDS = 0.5


class Core:
    """The parts every simulator has, opened on its state file."""

    def __init__(self, state: Path) -> None:
        self.store = Store(state)
        self.clock = Clock(self.store)
        self.bell = Bell()
        self.journal = Journal(self.store, self.bell)
        self.faults = Faults(self.store)


def application(
    core: Core,
    *,
    name: str,
    about: dict[str, Any],
    api: Sequence[str],
    controls: Sequence[Control],
    routes: Sequence[BaseRoute],
    work: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> Starlette:
    """The simulator as an ASGI application. `work` runs beside it from start to end; if it dies, `/health` says so."""
    clockwork: list[asyncio.Task[None]] = []

    async def health(request: Request) -> JSONResponse:
        alive = not any(task.done() for task in clockwork)
        return JSONResponse({"ok": alive, "name": name}, 200 if alive else 500)

    async def describe(request: Request) -> JSONResponse:
        shared = [{"method": "GET", "path": "/health", "takes": "", "does": "200 while it works"}]
        listed = [control.described() for control in controls]
        return JSONResponse({**about, "api": list(api), "controls": [*listed, *shared]})

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if work:
            clockwork.append(asyncio.create_task(work()))
        yield
        for task in clockwork:
            task.cancel()
        await asyncio.gather(*clockwork, return_exceptions=True)
        core.store.close()

    app = Starlette(
        routes=[Route("/health", health), Route("/", describe), *routes_of(controls), *routes],
        middleware=[
            Middleware(_OwnMachineOnly),
            Middleware(_EndsWithTheProgram, bell=core.bell),
            Middleware(CORSMiddleware, allow_origin_regex=LOCAL_ORIGIN, allow_methods=["*"], allow_headers=["*"]),
        ],
        lifespan=lifespan,
    )
    app.state.core = core
    return app


class _OwnMachineOnly:
    """Turns away pages of foreign sites: a browser on this machine could be made to send requests here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            origin = Request(scope).headers.get("origin")
            if origin is not None and not re.fullmatch(LOCAL_ORIGIN, origin):
                refusal = JSONResponse({"code": "FOREIGN_ORIGIN", "message": "only pages of this machine may ask"}, 403)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _EndsWithTheProgram:
    """Breaks off what is still being answered a moment after the program was asked to stop, with 503."""

    def __init__(self, app: ASGIApp, bell: Bell) -> None:
        self._app = app
        self._bell = bell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answering = asyncio.ensure_future(self._app(scope, receive, send))
        closing = asyncio.create_task(self._bell.closing.wait())
        await asyncio.wait({answering, closing}, return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        await asyncio.wait({answering}, timeout=BREAK_OFF_SECONDS)
        if not answering.done():
            answering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await answering
            await JSONResponse({"code": "STOPPING", "message": "the simulator is stopping"}, 503)(scope, receive, send)
            return
        await answering


class Server(uvicorn.Server):
    """Serves an application on 127.0.0.1; asked to stop, it lets nobody wait and ends with status 0."""

    def __init__(self, app: Starlette, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=port,
                log_level="warning",
                access_log=False,
                ws="none",
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self._bell: Bell = app.state.core.bell

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return int(self.servers[0].sockets[0].getsockname()[1])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._bell.close()
        await super().shutdown(sockets)


def main(name: str, build: Callable[[dict[str, Any], Path], Starlette]) -> None:
    """Read the command line and serve until SIGTERM. A configuration that cannot be used ends with status 2."""
    parser = argparse.ArgumentParser(prog=f"python -m infra.local.simulators.{name}", description="A local simulator.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True, help="JSON: keys and ids of both sides")
    parser.add_argument("--state", type=Path, required=True, help="SQLite file that keeps everything; made if missing")
    arguments = parser.parse_args()
    try:
        app = build(json.loads(arguments.config.read_text(encoding="utf-8")), arguments.state)
    except KeyError as error:
        parser.error(f"{arguments.config} lacks {error}")
    except (OSError, ValueError) as error:
        parser.error(f"{arguments.config}: {error}")
    server = Server(app, arguments.port)
    server.run()
    sys.exit(0 if server.started else 1)
