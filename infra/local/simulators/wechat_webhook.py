"""Bringing messages to the account's server: five seconds to answer, three tries, the same message each time."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from infra.local.simulators.faults import Faults
from infra.local.simulators.journal import Journal
from infra.local.simulators.storage import Settings
from infra.local.simulators.wechat_config import Account
from infra.local.simulators.wechat_crypto import UnreadableError, signature
from infra.local.simulators.wechat_wire import Manner, posted, read_reply

TRIES = 3
SETTINGS: dict[str, Any] = {
    "answer_ms": 5000,  # how long the server may take
    "retry_pause_ms": 200,  # before the next try, when the connection failed at once
    "result_events": True,  # tell the server what became of template and subscribe messages
}
_HEADERS = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Accept": "*/*", "Pragma": "no-cache"}


@dataclass
class Delivery:
    """What became of a message: each try, then the reply, nothing (`success`), or a problem."""

    attempts: list[dict[str, Any]] = field(default_factory=list)
    reply: dict[str, Any] | None = None
    problem: str = ""


class Webhook:
    """The way to the account's server."""

    def __init__(self, account: Account, settings: Settings, faults: Faults, journal: Journal) -> None:
        self._account = account
        self._settings = settings
        self._faults = faults
        self._journal = journal
        self._http: httpx.AsyncClient | None = None

    async def deliver(self, openid: str, fields: Mapping[str, Any], manner: Manner) -> Delivery:
        """Try until there is an answer with status 200, three times at most, and read it.

        Faults by `phone/<type>` or `phone/event/<event>`: slow, late and out_of_order hold the message back, lost never
        reaches the server, error loses the server's answer on its way back, duplicate sends it twice at once.
        """
        name = "phone/" + ("event/" + str(fields["Event"]) if fields["MsgType"] == "event" else str(fields["MsgType"]))
        held = self._faults.take(name, "slow", "late", "out_of_order")
        if held:
            await asyncio.sleep((held.delay_ms or 1500) / 1000)
        delivery = Delivery()
        for number in range(1, TRIES + 1):
            outcome, answer = await self._try(openid, fields, manner, name)
            attempt = {"number": number, **outcome}
            if answer is not None:
                try:
                    delivery.reply = read_reply(self._account, openid, answer, manner.mode)
                    attempt["reply"] = delivery.reply
                except UnreadableError as error:
                    delivery.problem = attempt["problem"] = str(error)
            delivery.attempts.append(attempt)
            self._journal.record("webhook", {"openid": openid, "message": dict(fields), "mode": manner.mode, **attempt})
            if answer is not None:
                return delivery
            if outcome["ms"] < self._settings["answer_ms"]:
                await asyncio.sleep(self._settings["retry_pause_ms"] / 1000)
        delivery.problem = f"no answer in {TRIES} tries"
        return delivery

    async def _try(
        self, openid: str, fields: Mapping[str, Any], manner: Manner, name: str
    ) -> tuple[dict[str, Any], bytes | None]:
        """One try: how it went, and the answer's body if there was one with status 200."""
        fault = self._faults.take(name, "lost", "error", "duplicate")
        began = time.monotonic()
        if fault and fault.kind == "lost":
            outcome: tuple[int | str, bytes] = ("lost on the way", b"")
        elif fault and fault.kind == "duplicate":
            both = (self._post(openid, fields, manner), self._post(openid, fields, manner))
            outcome = next(iter(await asyncio.gather(*both)))
        else:
            outcome = await self._post(openid, fields, manner)
        status, body = ("the answer was lost", b"") if fault and fault.kind == "error" else outcome
        told = {"status": status, "ms": round((time.monotonic() - began) * 1000), "fault": fault.kind if fault else ""}
        return told, body if status == 200 else None

    async def _post(self, openid: str, fields: Mapping[str, Any], manner: Manner) -> tuple[int | str, bytes]:
        request = posted(self._account, openid, fields, manner)
        seconds = self._settings["answer_ms"] / 1000
        try:
            answer = await asyncio.wait_for(
                self._client().post(request.url, content=request.body, headers=_HEADERS), seconds
            )
        except TimeoutError:
            return f"no answer within {seconds:g} s", b""
        except httpx.HTTPError as error:
            return f"no connection: {type(error).__name__}", b""
        return answer.status_code, answer.content

    async def handshake(self) -> dict[str, Any]:
        """WeChat's check of the server address, rightly signed and then forged: the first must be echoed, no more."""
        right, forged = await self._greet(self._account.token), await self._greet("not the token")
        passed, refuses = right["echoed"], not forged["echoed"]
        result = {"passed": passed, "refuses_forgery": refuses, "right": right, "forged": forged}
        self._journal.record("handshake", result)
        return result

    async def _greet(self, token: str) -> dict[str, Any]:
        timestamp, nonce, echo = str(int(time.time())), str(secrets.randbelow(10**9)), str(secrets.randbelow(10**18))
        query = {"signature": signature(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        joint = "&" if "?" in self._account.webhook else "?"
        url = f"{self._account.webhook}{joint}{urlencode({**query, 'echostr': echo})}"
        try:
            answer = await asyncio.wait_for(self._client().get(url), self._settings["answer_ms"] / 1000)
        except TimeoutError:
            return {"status": "no answer in time", "body": "", "echoed": False}
        except httpx.HTTPError as error:
            return {"status": f"no connection: {type(error).__name__}", "body": "", "echoed": False}
        echoed = answer.status_code == 200 and answer.content == echo.encode()
        return {"status": answer.status_code, "body": answer.text[:200], "echoed": echoed}

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            limits = httpx.Limits(max_connections=200, max_keepalive_connections=0)  # as WeChat: no stale ones
            self._http = httpx.AsyncClient(timeout=60, follow_redirects=False, trust_env=False, limits=limits)
        return self._http
