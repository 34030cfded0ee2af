"""A chat against tables in memory, and what it costs in calls that wait for each other."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from daojia.chat import turn
from daojia.chat.message import Kind, Message
from daojia.kernel.geography import Point
from daojia.kernel.ids import AccountId, account_id_of
from daojia.kernel.secrets import provide
from daojia.messaging.wechat_client import WeChatClient
from tests.unit.ordering.builders import NOW, TIMING

APPID = "wx0123456789abcdef"
CHANNELS = {
    "wechat": {
        "appid": APPID,
        "secret": "a-secret",
        "token": "a-token",
        "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "original_id": "gh_daojia",
    }
}
LATENCY_SECONDS = 0.04


def person(openid: str) -> AccountId:
    return account_id_of(APPID, openid)


class FakeWeChat:
    """The official account's API, as far as a turn asks it who somebody is."""

    def __init__(self) -> None:
        self.unionids: dict[str, str] = {}
        self.asked: list[str] = []

    def user_info(self, openid: str) -> dict[str, Any]:
        self.asked.append(openid)
        if openid not in self.unionids:
            raise ConnectionError(openid)
        return {"subscribe": 1, "openid": openid, "unionid": self.unionids[openid]}


@dataclass
class Calls:
    """AWS calls with when they began and ended."""

    spans: list[tuple[float, float, str]] = field(default_factory=list)

    def clear(self) -> None:
        self.spans.clear()

    @property
    def names(self) -> list[str]:
        return [name for _, _, name in self.spans]

    @property
    def rounds(self) -> int:
        """How many calls had to wait for the one before: the longest chain of spans that do not overlap."""
        count, free_from = 0, 0.0
        for began, ended, _ in sorted(self.spans, key=lambda span: span[1]):
            if began >= free_from:
                count, free_from = count + 1, ended
        return count


@dataclass
class Chatter:
    """One person's phone."""

    openid: str
    now: datetime = NOW
    sent: int = 0

    @property
    def id(self) -> AccountId:
        return person(self.openid)

    def say(self, *texts: str) -> str:
        """Send texts one after the other; the last answer."""
        answer = ""
        for text in texts:
            answer = self.send(Kind.TEXT, text)
        return answer

    def send(self, kind: Kind, text: str = "", point: Point | None = None, message_id: str | None = None) -> str:
        self.sent += 1
        message_id = message_id or f"{self.openid}-{self.sent}"
        message = Message(openid=self.openid, message_id=message_id, kind=kind, text=text, point=point)
        return turn.take(message, self.now).text


@pytest.fixture
def wechat(monkeypatch: pytest.MonkeyPatch) -> FakeWeChat:
    fake = FakeWeChat()
    monkeypatch.setattr(WeChatClient, "of_stage", lambda: fake)
    return fake


@pytest.fixture
def chat(tables: None, wechat: FakeWeChat, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Chatter]:
    """A new phone by its openid."""
    provide("CHANNELS_SECRET_ARN", json.dumps(CHANNELS))
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://daojia.example")
    for name, value in TIMING.model_dump().items():
        monkeypatch.setenv(name.upper(), str(value))
    return Chatter


@pytest.fixture
def notices(chat: Callable[[str], Chatter], monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """The queue of messages; calling it gives what was put there."""
    sqs: Any = boto3.client("sqs", region_name="us-east-1")
    url = sqs.create_queue(QueueName="notifications")["QueueUrl"]
    monkeypatch.setenv("NOTIFICATIONS_QUEUE_URL", url)

    def received() -> list[dict[str, Any]]:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    return received


@pytest.fixture
def traffic(chat: Callable[[str], Chatter], monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Every AWS call with a network's latency, so that those that wait for each other can be told from those side by
    side."""
    calls, lock = Calls(), threading.Lock()
    call = BaseClient._make_api_call

    def slow(self: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        began = time.perf_counter()
        time.sleep(LATENCY_SECONDS)
        try:
            return call(self, operation, arguments)
        finally:
            with lock:
                calls.spans.append((began, time.perf_counter(), operation))

    monkeypatch.setattr(BaseClient, "_make_api_call", slow)
    return calls
