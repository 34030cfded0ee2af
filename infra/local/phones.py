"""People of the local stack as programs: a phone with WeChat on it, a purse, a mini-program session."""

import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE_SECONDS = 30.0
_LINK = re.compile(r'<a href="([^"]+)"')
Message = dict[str, Any]


class NothingCameError(AssertionError):
    """A message that was waited for did not come; says what came instead."""


@dataclass
class Phone:
    """One person's WeChat, played by the simulator."""

    stack: dict[str, Any]
    openid: str
    name: str = ""
    seen: int = 0
    """The last message read, so that `await_message` looks at newer ones only."""
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=40, trust_env=False))

    def __post_init__(self) -> None:
        self.seen = max((message["seq"] for message in self.messages()), default=0)

    def _post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.http.post(f"{self.stack['simulators']['wechat']}/_phones/{self.openid}/{path}", json=body or {})
        answer.raise_for_status()
        return dict(answer.json())

    def follow(self) -> str:
        return self._reply(self._post("follow"))

    def say(self, text: str, **options: Any) -> str:
        """Type a message; the account's answer."""
        return self._reply(self._post("text", {"content": text, **options}))

    def send_location(self, lat: float, lng: float, label: str) -> str:
        return self._reply(self._post("location", {"lat": lat, "lng": lng, "label": label}))

    def send(self, kind: str, **body: Any) -> dict[str, Any]:
        """Any control of the simulator: voice, image, click, unfollow …; its whole answer."""
        return self._post(kind, body)

    @staticmethod
    def _reply(answer: dict[str, Any]) -> str:
        reply = answer.get("reply")
        return str(reply["content"]) if isinstance(reply, dict) else ""

    def messages(self, *, since: int = 0, wait: float = 0) -> list[Message]:
        """What the chat shows, oldest first."""
        answer = self.http.get(
            f"{self.stack['simulators']['wechat']}/_phones/{self.openid}/messages",
            params={"since": since, "wait": wait},
        )
        answer.raise_for_status()
        return list(answer.json()["items"])

    def await_message(
        self, wanted: str | Callable[[Message], bool], *, seconds: float = PATIENCE_SECONDS, of_kind: str | None = None
    ) -> Message:
        """The next incoming message that contains a text (in its words or its card), or fulfils a condition."""
        deadline = time.monotonic() + seconds
        came: list[str] = []
        while (left := deadline - time.monotonic()) > 0:
            for message in self.messages(since=self.seen, wait=min(5.0, left)):
                self.seen = message["seq"]
                if message["direction"] != "in" or (of_kind and message["kind"] != of_kind):
                    continue
                came.append(words(message))
                if wanted(message) if callable(wanted) else wanted in words(message):
                    return message
        raise NothingCameError(f"{self.name or self.openid} waited {seconds:.0f} s for {wanted!r}; came: {came}")

    # -- what links in messages lead to ---------------------------------------------------------------------------

    def page(self, link: str, method: str = "GET") -> httpx.Response:
        """Open a link of a message in WeChat's browser, or press the button of its page (POST)."""
        headers = {"Accept": "application/json" if method == "POST" else "text/html"}
        return self.http.request(method, link, headers=headers)

    def pay(self, link: str) -> dict[str, Any]:
        """Press 付款 on the page behind a link and confirm in WeChat's pay sheet."""
        params = self.page(link, "POST")
        params.raise_for_status()
        return self.confirm_payment(params.json())

    def confirm_payment(self, params: dict[str, Any]) -> dict[str, Any]:
        """WeChat's pay sheet for JSAPI parameters: shown, checked, confirmed by the person."""
        sheet = {**params, "openid": self.openid}
        answer = self.http.post(f"{self.stack['simulators']['wechat_pay']}/_paysheet/confirm", json=sheet)
        answer.raise_for_status()
        return dict(answer.json())

    def confirm_transfer(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Accept the transfer that waits for this person."""
        base = self.stack["simulators"]["wechat_pay"]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            waiting = self.http.get(
                f"{base}/_transfers", params={"openid": self.openid, "state": "WAIT_USER_CONFIRM"}
            ).json()["items"]
            if waiting:
                number = waiting[0]["out_bill_no"]
                answer = self.http.post(
                    f"{base}/_transfers/{number}/confirm", json={"package_info": waiting[0]["package_info"]}
                )
                answer.raise_for_status()
                return dict(answer.json())
            time.sleep(0.2)
        raise NothingCameError(f"no transfer waited for {self.name or self.openid} within {seconds:.0f} s")

    # -- the mini-program -----------------------------------------------------------------------------------------

    def login(self) -> "Api":
        """A session of the platform's API, through the mini-program."""
        code = self._post("login")["code"]
        api = Api(self.stack)
        answer = api.post("/v1/auth/wechat", {"code": code})
        api.token = answer["access_token"]
        return api


@dataclass
class Api:
    """The platform's HTTP API with one person's session."""

    stack: dict[str, Any]
    token: str = ""
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=40, trust_env=False))

    @classmethod
    def administrator(cls, stack: dict[str, Any]) -> "Api":
        api = cls(stack)
        api.token = api.post("/v1/admin/auth/login", stack["admin"])["access_token"]
        return api

    def request(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **query: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if method == "POST" or key is not None:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return self.http.request(method, self.stack["api"] + path, json=body, headers=headers, params=query or None)

    def get(self, path: str, **query: Any) -> Any:
        return self._checked(self.request("GET", path, **query))

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        return self._checked(self.request("POST", path, {} if body is None else body, key=key))

    @staticmethod
    def _checked(answer: httpx.Response) -> Any:
        if answer.is_error:
            raise AssertionError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


def words(message: Message) -> str:
    """Everything a person could read in a message."""
    card = message.get("card") or {}
    fields = [f"{each.get('label', '')} {each.get('value', '')}" for each in card.get("fields", [])]
    return "\n".join([str(message.get("content") or ""), str(card.get("title") or ""), *fields]).strip()


def links(message: Message | str) -> list[str]:
    """The links in a message's text and on its card."""
    if isinstance(message, str):
        return _LINK.findall(message)
    url = (message.get("card") or {}).get("url") or message.get("url")
    return [*_LINK.findall(str(message.get("content") or "")), *([url] if url else [])]
