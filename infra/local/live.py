"""What the page shows beside the phones: one order with its timeline, sheets, money and workflow, as it is now.

Read through the platform's own admin API, as the console would; only the workflow's present step is asked of Step
Functions. Many may watch one order: it is read once for all of them, and again only after a pause.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from infra.local.live_workflow import Workflows

PAUSE_SECONDS: Final = 0.9
"""Between two looks while something happens."""
CALM_PAUSE_SECONDS: Final = 2.5
CALM_AFTER_SECONDS: Final = 45.0
WATCHED_MAX: Final = 50
"""Orders kept in memory; the one not looked at for the longest goes first."""
_LISTS: Final = ({}, {"status": "COMPLETED"}, {"status": "CANCELLED"})
"""Without a status the admin API lists every order under way."""


class Unreachable(Exception):  # noqa: N818 - a state, not a mistake
    """A part of the stack does not answer."""


@dataclass
class View:
    """An order as it was seen."""

    etag: str
    body: bytes
    seen_at: float
    changed_at: float


@dataclass
class Watched:
    """An order somebody looks at."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    view: View | None = None
    missing_at: float = -1e9


class Live:
    """Reads orders for the page."""

    def __init__(self, stack: Callable[[], dict[str, Any]], http: httpx.AsyncClient) -> None:
        self._stack = stack
        self._admin = Admin(stack, http)
        self._workflows = Workflows(stack)
        self._watched: dict[str, Watched] = {}
        self._ids: dict[str, str] = {}
        self._stirred = asyncio.Event()

    def look_again(self) -> None:
        """Something was just done through the page: whoever waits looks at once."""
        self._stirred.set()
        self._stirred = asyncio.Event()
        for watched in self._watched.values():
            if watched.view is not None:
                watched.view.seen_at = watched.view.changed_at = time.monotonic() - PAUSE_SECONDS

    async def order(self, key: str, *, seen: str | None, wait_seconds: float) -> View | None:
        """The order with this id or short number; waits up to `wait_seconds` for it to differ from `seen`."""
        deadline = time.monotonic() + wait_seconds
        while True:
            view = await self._look(key)
            left = deadline - time.monotonic()
            if view is None or view.etag != seen or left <= 0:
                return view
            calm = time.monotonic() - view.changed_at > CALM_AFTER_SECONDS
            await self._pause(min(left, CALM_PAUSE_SECONDS if calm else PAUSE_SECONDS))

    async def latest(self) -> str | None:
        """The order placed last, as far as the first page of each list tells; ids sort by when they were made."""
        pages = await asyncio.gather(
            *(self._admin.get("/v1/admin/orders", {**which, "limit": "50"}) for which in _LISTS)
        )
        ids = [_id(item) for page in pages for item in (page or {}).get("items", [])]
        return max(ids, default=None)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stirred.wait(), seconds)
        except TimeoutError:
            return

    async def _look(self, key: str) -> View | None:
        watched = self._watched[key] = self._watched.pop(key, None) or Watched()
        while len(self._watched) > WATCHED_MAX:
            self._watched.pop(next(iter(self._watched)))
        async with watched.lock:
            now = time.monotonic()
            if watched.view is not None and now - watched.view.seen_at < PAUSE_SECONDS:
                return watched.view
            if watched.view is None and now - watched.missing_at < PAUSE_SECONDS:
                return None
            content = await self._read(key)
            now = time.monotonic()
            if content is None:
                watched.missing_at = now
                return watched.view
            body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
            etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
            changed_at = watched.view.changed_at if watched.view and watched.view.etag == etag else now
            watched.view = View(etag, body, now, changed_at)
            return watched.view

    async def _read(self, key: str) -> dict[str, Any] | None:
        order_id = await self._order_id(key)
        if order_id is None:
            return None
        page = await self._admin.get(f"/v1/admin/orders/{order_id}")
        if page is None:
            return None
        workflow = await asyncio.to_thread(self._workflows.of_order, order_id, page.get("workflows") or ())
        return {**page, "workflow": workflow}

    async def _order_id(self, key: str) -> str | None:
        if key.startswith("o_"):
            return key
        found = await self._admin.get("/v1/admin/orders", {"number": key})
        items = (found or {}).get("items", [])
        if items:
            # A number is free again once its order is over; the page goes on with the order it knew.
            self._ids[key] = max(_id(item) for item in items)
        return self._ids.get(key)


class Admin:
    """The platform's admin API, logged in."""

    def __init__(self, stack: Callable[[], dict[str, Any]], http: httpx.AsyncClient) -> None:
        self._stack = stack
        self._http = http
        self._token: str | None = None
        self._login_lock = asyncio.Lock()

    async def get(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any] | None:
        """The answer's JSON; None for 404 or another refusal of the question."""
        for _ in range(2):
            token = self._token or await self._login(None)
            try:
                answer = await self._http.get(
                    f"{self._stack()['api']}{path}", params=query, headers={"authorization": f"Bearer {token}"}
                )
            except httpx.HTTPError as error:
                raise Unreachable("the admin API does not answer") from error
            if answer.status_code == 401:
                await self._login(token)
                continue
            if answer.status_code >= 500:
                raise Unreachable(f"the admin API answers {answer.status_code}")
            return dict(answer.json()) if answer.status_code == 200 else None
        raise Unreachable("the admin API does not accept the administrator of stack.json")

    async def _login(self, stale: str | None) -> str:
        async with self._login_lock:
            if self._token is not None and self._token != stale:
                return self._token
            stack = self._stack()
            try:
                answer = await self._http.post(f"{stack['api']}/v1/admin/auth/login", json=stack["admin"])
            except httpx.HTTPError as error:
                raise Unreachable("the admin API does not answer") from error
            if answer.status_code != 200:
                raise Unreachable(f"the admin API refuses the login with {answer.status_code}")
            self._token = str(answer.json()["access_token"])
            return self._token


def _id(item: dict[str, Any]) -> str:
    return str(item["order_id"])
