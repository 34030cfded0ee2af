"""The log of what came in and went out, kept with the state, so that tests can read what really happened."""

import time
from typing import Any

from starlette.requests import Request

from infra.local.simulators.controls import Bell, Control, query_number
from infra.local.simulators.storage import Clock, Store

PAGE = 1000


class Journal:
    """Append-only; every entry has a number, an instant, a kind and what happened."""

    def __init__(self, store: Store, bell: Bell) -> None:
        self._store = store
        self._bell = bell

    def record(self, kind: str, data: dict[str, Any]) -> int:
        """Append one entry; its number."""
        seq = self._store.append("journal", kind, {"at": Clock.rfc3339(time.time()), "data": data})
        self._bell.ring()
        return seq

    def entries(self, *, since: int = 0, kinds: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        found = self._store.read("journal", since=since, about=kinds, limit=PAGE)
        return [{"seq": seq, "kind": kind, **body} for seq, kind, body in found]

    def control(self, kinds: str) -> Control:
        """`GET /_journal`; `kinds` names what this simulator records."""
        takes = f"?since=<seq>&kind={kinds}&wait=<seconds>"
        return Control(
            *("GET", "/_journal", takes, "what came in and went out after `since`, oldest first; waits for the next"),
            self._show,
        )

    async def _show(self, _body: Any, request: Request) -> dict[str, Any]:
        since = int(query_number(request, "since"))
        kinds = tuple(kind for kind in request.query_params.get("kind", "").split(",") if kind)
        items = await self._bell.poll(lambda: self.entries(since=since, kinds=kinds), query_number(request, "wait"))
        return {"items": items, "next": items[-1]["seq"] if items else since}
