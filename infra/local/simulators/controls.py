"""Control endpoints, under `/_`: what a test, a demo or a stranger may do that is not the service's own API."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LONGEST_WAIT_SECONDS = 60.0
Handler = Callable[[Any, Request], Any]
T = TypeVar("T")


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of this program
    """An answer other than success: HTTP status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, object]:
        return {"code": self.code, "message": self.message}


def bad_request(message: str) -> Refused:
    return Refused(400, "INVALID_REQUEST", message)


@dataclass(frozen=True)
class Control:
    """One control endpoint, as it is served and as `GET /` describes it.

    The handler gets the body, a JSON value of one of the `shapes`, and may be a coroutine.
    """

    method: str
    path: str
    takes: str
    does: str
    handler: Handler
    shapes: tuple[type, ...] = (dict,)

    def described(self) -> dict[str, str]:
        return {"method": self.method, "path": self.path, "takes": self.takes, "does": self.does}

    def route(self) -> Route:
        return Route(self.path, self._answer, methods=[self.method])

    async def _answer(self, request: Request) -> Response:
        try:
            body = await _json(request)
            if not isinstance(body, self.shapes):
                raise bad_request(f"the body should be {self.takes or 'empty'}")
            result = self.handler(body, request)
            if isinstance(result, Awaitable):
                result = await result
        except Refused as refused:
            return JSONResponse(refused.body(), refused.status)
        return JSONResponse(result)


def routes_of(controls: Iterable[Control]) -> list[Route]:
    return [control.route() for control in controls]


def a_number(body: dict[str, Any], name: str, *, most: float) -> float:
    """A number of the body between -most and most; Refused (400) otherwise."""
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= most:
        raise bad_request(f"{name} must be a number of at most {most:.0f}")
    return value


def query_number(request: Request, name: str, default: float = 0) -> float:
    """A number of the query that is not negative; Refused (400) otherwise."""
    try:
        value = float(request.query_params.get(name) or default)
    except ValueError as error:
        raise bad_request(f"{name} must be a number") from error
    if not value >= 0 or value == float("inf"):
        raise bad_request(f"{name} must not be negative")
    return value


async def _json(request: Request) -> Any:
    raw = await request.body()
    try:
        return json.loads(raw) if raw else {}
    except (ValueError, RecursionError) as error:
        raise bad_request("the body is not JSON") from error


class Bell:
    """Wakes everybody who waits for something new; closed when the program ends, so that nobody holds it up."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.closing = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()

    def close(self) -> None:
        self.closing.set()
        self.ring()

    async def poll(self, look: Callable[[], list[T]], wait_seconds: float) -> list[T]:
        """What `look` finds, at once or as soon as there is something, or nothing when the wait is over."""
        deadline = time.monotonic() + min(wait_seconds, LONGEST_WAIT_SECONDS)
        while True:
            found, left = look(), deadline - time.monotonic()
            if found or left <= 0 or self.closing.is_set():
                return found
            with suppress(TimeoutError):
                await asyncio.wait_for(self._rung.wait(), left)
