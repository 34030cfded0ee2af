"""The local web server: the page with the two phones and what it needs, on one origin.

`python -m infra.local.web --port P --stack .local/stack.json`. The page never sees a secret: the server passes on only
the simulators' own controls and the platform's two kinds of link, and reads the order page as an administrator itself.
"""

import argparse
import json
import re
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.local.live import Live, Unreachable

WEB: Final = Path(__file__).resolve().parents[2] / "web"
AREAS: Final = Path(__file__).resolve().parent / "demo_data" / "areas.toml"
PUBLIC: Final = ("openid", "nickname", "name", "account_id", "family")
"""What the page may know of a demo person."""
BODY_LIMIT: Final = 1024 * 1024
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost", "[::1]"})
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_CSP: Final = CSP.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
BRIDGE: Final = b'<script src="/phone/bridge.js"></script>'
"""WeChat's browser gives every page a `WeixinJSBridge`; ours does likewise, and lets it past the page's own policy."""
_CONTROL: Final = re.compile(r"_[A-Za-z0-9_\-./~%]*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_\-.~]{1,2048}")
_KEY: Final = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_LONGEST_WAIT: Final = 25.0


@dataclass
class Stack:
    """`stack.json`, read again whenever it changes: the stack may be started anew under a running web server."""

    file: Path
    _mtime: float = 0.0
    _content: dict[str, Any] | None = None

    def read(self) -> dict[str, Any]:
        """Its content. Unreachable while there is none."""
        try:
            mtime = self.file.stat().st_mtime
            if self._content is None or mtime != self._mtime:
                self._content = json.loads(self.file.read_text(encoding="utf-8"))
                self._mtime = mtime
        except (OSError, ValueError) as error:
            raise Unreachable("the stack is not up: stack.json is missing") from error
        return self._content or {}

    def public(self) -> dict[str, Any]:
        """What the page may know."""
        content = self.read()
        demo = content.get("demo") or {}
        people = {
            role: [{name: person.get(name) for name in PUBLIC} for person in demo.get(role, [])]
            for role in ("customers", "providers")
        }
        return {"api": content["api"], "demo": people}


class Gate:
    """Lets in only this machine, asking under a loopback name and from no other page; adds the headers of safety."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if refusal := self._refusal(request):
            await refusal(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = dict(message.get("headers", []))
                for name, value in _safety(scope["path"]).items():
                    headers.setdefault(name.encode(), value.encode())
                message["headers"] = list(headers.items())
            await send(message)

        await self._app(scope, receive, guarded)

    @staticmethod
    def _refusal(request: Request) -> Response | None:
        if request.client is None or request.client.host not in LOOPBACK:
            return _error(403, "LOOPBACK_ONLY", "this server answers only its own machine")
        if urlsplit(f"//{request.headers.get('host', '')}").hostname not in {"127.0.0.1", "::1", "localhost"}:
            return _error(403, "WRONG_HOST", "ask for 127.0.0.1 or localhost")
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return _error(403, "WRONG_ORIGIN", "only the page of this server may ask")
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            is_navigation = request.method == "GET" and request.headers.get("sec-fetch-mode") == "navigate"
            if not is_navigation:
                return _error(403, "WRONG_ORIGIN", "only the page of this server may ask")
        if int(request.headers.get("content-length") or 0) > BODY_LIMIT:
            return _error(413, "BODY_TOO_LARGE", "the body is too large")
        return None


def _safety(path: str) -> dict[str, str]:
    return {
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-cache" if path.startswith(("/phone", "/console")) else "no-store",
    }


class Server:
    """The endpoints."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.http = httpx.AsyncClient(timeout=httpx.Timeout(75, connect=3), follow_redirects=False)
        self.live = Live(stack.read, self.http)

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"ok": True, "name": "web"})

    async def public_stack(self, _request: Request) -> Response:
        return JSONResponse(self.stack.public())

    async def places(self, _request: Request) -> Response:
        """The city's districts and streets, for the map in the phone; the file the demo data are made from."""
        with AREAS.open("rb") as file:
            content = tomllib.load(file)
        districts = [
            {
                "name": area["district"],
                "active": area.get("active", True),
                "shape": area["polygon"],
                "streets": [{"name": name, "lng": at[0], "lat": at[1]} for name, at in area["streets"].items()],
            }
            for area in content["areas"]
        ]
        return JSONResponse({"city": content["city"], "districts": districts}, headers={"cache-control": "no-cache"})

    async def simulator(self, request: Request) -> Response:
        """A simulator's control endpoint, nothing else of it."""
        name = {"wechat": "wechat", "wechat-pay": "wechat_pay"}[request.path_params["name"]]
        path = request.path_params["path"]
        if not _CONTROL.fullmatch(path) or ".." in path:
            return _error(404, "NOT_FOUND", "only control paths are passed on")
        base = self.stack.read()["simulators"][name]
        answer = await self._pass_on(request, f"{base}/{path}")
        if request.method == "POST":
            self.live.look_again()
        return answer

    async def page(self, request: Request) -> Response:
        """The platform's page behind a link in a message, as the phone's browser fetches it."""
        kind, token = request.path_params["kind"], request.path_params["token"]
        if kind not in ("pay", "grab") or not _TOKEN.fullmatch(token):
            return _error(404, "NOT_FOUND", "no such page")
        answer = await self._pass_on(request, f"{self.stack.read()['api']}/{kind}/{token}")
        if request.method == "POST":
            self.live.look_again()
        if not answer.headers["content-type"].startswith("text/html"):
            return answer
        html = bytes(answer.body)
        html = html.replace(b"<head>", b"<head>" + BRIDGE, 1) if b"<head>" in html else BRIDGE + html
        policy = answer.headers.get("content-security-policy", PAGE_CSP)
        policy = re.sub(r"script-src (?!'self')", "script-src 'self' ", policy)
        return Response(html, answer.status_code, {"content-security-policy": policy}, media_type="text/html")

    async def order(self, request: Request) -> Response:
        """One order with everything about it. `If-None-Match` with `?wait=20`: answered when something changes."""
        key = request.path_params["key"]
        if not _KEY.fullmatch(key):
            return _error(404, "NOT_FOUND", "no such order")
        seen = request.headers.get("if-none-match")
        view = await self.live.order(key, seen=seen, wait_seconds=_wait(request))
        if view is None:
            return _error(404, "ORDER_NOT_FOUND", "no such order")
        if view.etag == seen:
            return Response(status_code=304, headers={"etag": view.etag})
        return Response(view.body, headers={"etag": view.etag}, media_type="application/json")

    async def latest(self, _request: Request) -> Response:
        """Which order was placed last: `{"order_id": …|null}`."""
        return JSONResponse({"order_id": await self.live.latest()})

    async def _pass_on(self, request: Request, url: str) -> Response:
        headers = {
            name: request.headers[name]
            for name in ("accept", "content-type", "idempotency-key", "user-agent")
            if name in request.headers
        }
        try:
            answer = await self.http.request(
                request.method, url, params=dict(request.query_params), headers=headers, content=await request.body()
            )
        except httpx.HTTPError as error:
            raise Unreachable(f"no answer from {urlsplit(url).netloc}") from error
        kept = {"content-type": "application/json"} | {
            name: answer.headers[name] for name in ("content-type", "content-security-policy") if name in answer.headers
        }
        return Response(answer.content, answer.status_code, kept)


def build(stack_file: Path, web: Path = WEB) -> Starlette:
    """The whole server as an ASGI application."""
    server = Server(Stack(stack_file))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await server.http.aclose()

    async def unreachable(_request: Request, error: Exception) -> Response:
        return _error(503, "UNAVAILABLE", str(error))

    def to(path: str) -> Callable[[Request], Awaitable[Response]]:
        async def redirect(_request: Request) -> Response:
            return RedirectResponse(path)

        return redirect

    folders = [name for name in ("phone", "console") if (web / name).is_dir()]
    return Starlette(
        routes=[
            Route("/health", server.health),
            Route("/api/stack", server.public_stack),
            Route("/api/places", server.places),
            Route("/sim/{name:str}/{path:path}", _known(server.simulator), methods=["GET", "POST"]),
            Route("/page/{kind:str}/{token:str}", server.page, methods=["GET", "POST"]),
            Route("/live/latest", server.latest),
            Route("/live/orders/{key:str}", server.order),
            Route("/", to("/phone/")),
            *(Route(f"/{name}", to(f"/{name}/")) for name in folders),
            *(Mount(f"/{name}", StaticFiles(directory=web / name, html=True)) for name in folders),
        ],
        middleware=[Middleware(Gate)],
        exception_handlers={Unreachable: unreachable},
        lifespan=lifespan,
    )


def _known(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def checked(request: Request) -> Response:
        if request.path_params["name"] not in ("wechat", "wechat-pay"):
            return _error(404, "NOT_FOUND", "no such simulator")
        return await endpoint(request)

    return checked


def _wait(request: Request) -> float:
    try:
        return max(0.0, min(float(request.query_params.get("wait", 0)), _LONGEST_WAIT))
    except ValueError:
        return 0.0


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, "details": {}}}, status)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="The local web server: the two phones, and the order between them.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--stack", type=Path, default=Path(".local/stack.json"))
    arguments = parser.parse_args()
    uvicorn.run(build(arguments.stack), host="127.0.0.1", port=arguments.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
