"""Notices to the merchant: signed, encrypted, delivered, and delivered again until they are accepted.

A notice is accepted by 200 or 204 within five seconds. Otherwise it comes again after 15 s, 15 s, 30 s, 3 min … fifteen
times in a day; `retry_scale` shrinks these pauses so that a test sees them.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from infra.local.simulators.faults import Faults
from infra.local.simulators.journal import Journal
from infra.local.simulators.storage import Clock, Store
from infra.local.simulators.wechat_pay_signing import Platform, random_text
from infra.local.simulators.wechat_pay_store import Callback, Job

ANSWER_SECONDS = 5.0
RETRY_SECONDS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
SUMMARIES = {
    "TRANSACTION.SUCCESS": ("支付成功", "transaction"),
    "REFUND.SUCCESS": ("退款成功", "refund"),
    "REFUND.ABNORMAL": ("退款异常", "refund"),
    "REFUND.CLOSED": ("退款关闭", "refund"),
    "MCHTRANSFER.BILL.FINISHED": ("商家转账单据终态通知", "mch_payment"),
}


class Callbacks:
    """The outbox of the channel and the clockwork that empties it."""

    def __init__(  # noqa: PLR0917 - its neighbours
        self, store: Store, platform: Platform, clock: Clock, faults: Faults, journal: Journal, retry_scale: float
    ) -> None:
        self._store = store
        self._platform = platform
        self._clock = clock
        self._faults = faults
        self._journal = journal
        self._retry_scale = retry_scale
        self._wake = asyncio.Event()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self.perform: Callable[[Job], None] = lambda _job: None  # set by the program: does what a job asks

    def announce(self, event_type: str, resource: dict[str, Any], url: str) -> None:
        """Put a notice into the outbox; without a url (a refund that gave none) there is nobody to tell."""
        if not url:
            return
        callback = self._new(event_type, resource, url)
        fault = self._faults.take(event_type, "late", "slow", "out_of_order")
        if fault:
            callback.next_at += (fault.delay_ms or 1000) / 1000
        self._store.save(callback)
        self._wake.set()

    def schedule(self, action: str, subject: str, after_seconds: float) -> None:
        """Do something with `subject` after so many seconds of business time."""
        self._store.save(Job(f"{action}:{subject}", action, subject, self._clock.now() + after_seconds))
        self._wake.set()

    def wake(self) -> None:
        """Look again at what is due (the clock was moved)."""
        self._wake.set()

    async def run(self) -> None:
        """Perform what is due and deliver what is waiting, until cancelled."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, follow_redirects=False, trust_env=False) as client:
            while True:
                self._wake.clear()
                pause = self._do_what_is_due(client)
                try:
                    await asyncio.wait_for(self._wake.wait(), pause)
                except TimeoutError:
                    continue

    def _do_what_is_due(self, client: httpx.AsyncClient) -> float:
        pause = 30.0
        for job in self._store.list(Job):
            remaining = job.at - self._clock.now()
            if remaining > 0:
                pause = min(pause, remaining)
                continue
            with self._store.together():
                self._store.remove(job)
                self.perform(job)
        for callback in self._store.list(Callback, "waiting"):
            if callback.id in self._under_way:
                continue
            remaining = callback.next_at - time.time()
            if remaining > 0:
                pause = min(pause, remaining)
                continue
            task = asyncio.create_task(self._deliver(client, callback))
            self._under_way[callback.id] = task
            task.add_done_callback(lambda _, key=callback.id: self._delivered(key))
        return max(pause, 0.005)

    def _delivered(self, key: str) -> None:
        self._under_way.pop(key, None)
        self._wake.set()

    async def _deliver(self, client: httpx.AsyncClient, callback: Callback) -> None:
        fault = self._faults.take(callback.event_type, "lost", "duplicate", "error")
        kind = fault.kind if fault else ""
        if kind == "lost":
            outcome: int | str = "lost on the way"
        elif kind == "duplicate":
            outcome, _ = await asyncio.gather(self._send(client, callback), self._send(client, callback))
        else:
            outcome = await self._send(client, callback)
        accepted = outcome in (200, 204) and kind != "error"
        callback.attempts.append({"at": self._clock.rfc3339(time.time()), "outcome": outcome, "fault": kind})
        if accepted:
            callback.state = "accepted"
        elif len(callback.attempts) > len(RETRY_SECONDS):
            callback.state = "given_up"
        else:
            callback.next_at = time.time() + RETRY_SECONDS[len(callback.attempts) - 1] * self._retry_scale
        self._store.save(callback)
        self._journal.record(
            "callback",
            {
                "id": callback.id,
                "event_type": callback.event_type,
                "url": callback.url,
                "attempt": len(callback.attempts),
                "outcome": outcome,
                "fault": kind,
                "state": callback.state,
                "resource": callback.resource,
            },
        )

    async def _send(self, client: httpx.AsyncClient, callback: Callback) -> int | str:
        body = self._envelope(callback)
        return await post(client, callback.url, body, self._platform.signed_headers(body))

    def _envelope(self, callback: Callback) -> bytes:
        notice = {
            "id": callback.id,
            "create_time": callback.create_time,
            "resource_type": "encrypt-resource",
            "event_type": callback.event_type,
            "summary": callback.summary,
            "resource": self._platform.sealed(callback.resource, callback.original_type),
        }
        return json.dumps(notice, ensure_ascii=False, separators=(",", ":")).encode()

    def _new(self, event_type: str, resource: dict[str, Any], url: str) -> Callback:
        summary, original_type = SUMMARIES[event_type]
        return Callback(
            id=str(uuid.uuid4()),
            event_type=event_type,
            summary=summary,
            original_type=original_type,
            resource=resource,
            url=url,
            create_time=self._clock.rfc3339(self._clock.now()),
            next_at=time.time(),
        )

    async def probe(self, url: str) -> dict[str, Any]:
        """A notice whose signature is a test: a merchant that checks signatures refuses it with a 4xx."""
        resource = {"mchid": self._platform.mchid, "out_trade_no": "SIGNTEST" + random_text(8)}
        body = self._envelope(self._new("TRANSACTION.SUCCESS", resource, url))
        headers = self._platform.signed_headers(body)
        headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"][19:]
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, follow_redirects=False, trust_env=False) as client:
            outcome = await post(client, url, body, headers)
        passed = isinstance(outcome, int) and 400 <= outcome < 500
        self._journal.record("probe", {"url": url, "outcome": outcome, "passed": passed})
        return {"url": url, "outcome": outcome, "passed": passed}

    def resend(self, callback_id: str) -> Callback | None:
        """Deliver a notice once more, now, whatever became of it."""
        callback = self._store.load(Callback, callback_id)
        if callback and callback_id not in self._under_way:
            callback.state, callback.next_at = "waiting", time.time()
            self._store.save(callback)
            self._wake.set()
        return callback


async def post(client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> int | str:
    """The status of the answer, or in words why there was none within five seconds."""
    host = urlsplit(url).netloc
    try:
        answer = await asyncio.wait_for(
            client.post(
                url,
                content=body,
                headers=headers | {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0", "Host": host},
            ),
            ANSWER_SECONDS,
        )
    except (TimeoutError, httpx.TimeoutException):
        return "no answer in time"
    except httpx.HTTPError as error:
        return f"no connection: {type(error).__name__}"
    return answer.status_code
