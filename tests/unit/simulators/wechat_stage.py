"""A running WeChat simulator, and an account's server that reads its messages with the real client library."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from infra.local.simulators.wechat import build
from infra.local.simulators.wechat_crypto import cdata
from tests.unit.simulators.serving import serving

APPID, SECRET, MINI, MINI_SECRET = "wx5d1f0a8e3b7c9264", "a" * 32, "wx8c2e4b6a0d9f1357", "b" * 32
TOKEN, AES_KEY, ORIGINAL_ID = "token-of-the-account", "k" * 43, "gh_3a7d9e51c0b2"
LI, LI_MINI, LI_UNION = "oLi00000000000000000000000_1", "oMi00000000000000000000000_1", "oUn_li"
WANG = "oWang00000000000000000000_02"
ORDER_CARD = {
    "character_string1": {"value": "8321"},
    "thing2": {"value": "日常保洁"},
    "time3": {"value": "2026年11月25日 15:00"},
    "phrase4": {"value": "已接单"},
}
TEMPLATES = {
    "tmpl_order": {
        "title": "订单进度提醒",
        "fields": {
            "character_string1": "订单编号",
            "thing2": "服务项目",
            "time3": "上门时间",
            "phrase4": "订单状态",
        },
    },
    "tmpl_income": {"amount1": "金额", "number2": "单数"},
}
PATIENCE_SECONDS = 8.0


@dataclass
class Arrived:
    """One request to the account's server: its query, whether it was encrypted, the message inside."""

    query: dict[str, str]
    encrypted: bool
    message: dict[str, Any]
    body: str


@dataclass
class Server:
    """The account's server. `answer` gives the reply's text, raw bytes, or None for `success`; `pauses` come first."""

    answer: Callable[[dict[str, Any]], str | bytes | None] = lambda message: None
    pauses: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)

    def __post_init__(self) -> None:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                try:
                    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
                except Exception:
                    self._send(403, b"")
                else:
                    self._send(200, query["echostr"].encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, reply = server.take(dict(parse_qsl(urlsplit(self.path).query)), body)
                self._send(status, reply)

            def _send(self, status: int, body: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    return

            def log_message(self, *args: object) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_port}/wechat"

    def take(self, query: dict[str, str], body: str) -> tuple[int, bytes]:
        crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
        encrypted = query.get("encrypt_type") == "aes"
        try:
            check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
            parts = (query.get("msg_signature", ""), query["timestamp"], query["nonce"])
            xml = crypto.decrypt_message(body, *parts) if encrypted else body
            message = dict(xmltodict.parse(xml)["xml"])
        except Exception as error:
            self.arrived.append(Arrived(query, encrypted, {"refused": type(error).__name__}, body))
            return 403, b""
        self.arrived.append(Arrived(query, encrypted, message, body))
        if self.pauses:
            time.sleep(self.pauses.pop(0))
        status = self.statuses.pop(0) if self.statuses else 200
        reply = self.answer(message)
        if reply is None or isinstance(reply, bytes):
            return status, reply if reply is not None else b"success"
        xml = reply if reply.startswith("<xml>") else reply_xml(reply, message)
        return status, (crypto.encrypt_message(xml, "nonce", str(int(time.time()))) if encrypted else xml).encode()

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [each.message for each in self.arrived]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def reply_xml(text: str, message: dict[str, Any], **changes: str) -> str:
    parts = {
        "ToUserName": message["FromUserName"],
        "FromUserName": message["ToUserName"],
        "CreateTime": str(int(time.time())),
        "MsgType": "text",
        "Content": text,
    } | changes
    return "<xml>" + "".join(f"<{name}>{cdata(value)}</{name}>" for name, value in parts.items()) + "</xml>"


class Stage:
    """Everything a test needs."""

    def __init__(self, base: str, server: Server) -> None:
        self.base = base
        self.server = server
        self.client = httpx.Client(base_url=base, timeout=30, trust_env=False)

    # The account's calls

    def stable_token(self, *, appid: str = APPID, secret: str = SECRET, force: bool = False) -> dict[str, Any]:
        body = {"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": force}
        return self.raw("POST", "/cgi-bin/stable_token", body)

    def token(self) -> str:
        return str(self.stable_token()["access_token"])

    def mini_token(self) -> str:
        return str(self.stable_token(appid=MINI, secret=MINI_SECRET)["access_token"])

    def raw(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body, ensure_ascii=False)
        answer = self.client.request(method, path, content=content)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(self, path: str, body: Any, *, token: str | None = None) -> dict[str, Any]:
        return self.raw("POST", f"{path}?access_token={self.token() if token is None else token}", body)

    def card(self, **changes: Any) -> dict[str, Any]:
        body = {"touser": LI, "template_id": "tmpl_order", "data": ORDER_CARD, **changes}
        return self.post("/cgi-bin/message/template/send", body)

    def write(self, text: str = "您好", *, to: str = LI) -> dict[str, Any]:
        body = {"touser": to, "msgtype": "text", "text": {"content": text}}
        return self.post("/cgi-bin/message/custom/send", body)

    # The people, the clock and the log

    def control(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def act(self, name: str, body: dict[str, Any] | None = None, *, who: str = LI) -> dict[str, Any]:
        return dict(self.control("POST", f"/_phones/{who}/{name}", body or {}))

    def say(self, text: str, **options: Any) -> dict[str, Any]:
        return self.act("text", {"content": text, **options})

    def chat(self, who: str = LI, **query: Any) -> list[dict[str, Any]]:
        answer = self.client.get(f"/_phones/{who}/messages", params=query)
        return list(answer.json()["items"])

    def later(self, seconds: float) -> None:
        """Move the clock of business on, from where it stands."""
        now = self.control("GET", "/_clock")["offset_seconds"]
        self.control("POST", "/_clock", {"offset_seconds": now + seconds})

    def faults(self, *faults: dict[str, Any]) -> None:
        self.control("PUT", "/_faults", list(faults))

    def journal(self, *kinds: str) -> list[dict[str, Any]]:
        return list(self.control("GET", f"/_journal?kind={','.join(kinds)}")["items"])

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)


def configuration(webhook: str) -> dict[str, Any]:
    return {
        "appid": APPID,
        "secret": SECRET,
        "token": TOKEN,
        "encoding_aes_key": AES_KEY,
        "original_id": ORIGINAL_ID,
        "webhook": webhook,
        "miniprogram_appid": MINI,
        "miniprogram_secret": MINI_SECRET,
        "templates": TEMPLATES,
    }


@contextmanager
def running(state: Path, server: Server | None = None) -> Iterator[Stage]:
    """The simulator in a thread, with 李 known as a follower; leaving stops it, its state stays in the file."""
    own = server or Server()
    with serving(build(configuration(own.url), state)) as base:
        stage = Stage(base, own)
        people = [
            {
                "openid": LI,
                "miniprogram_openid": LI_MINI,
                "unionid": LI_UNION,
                "nickname": "小李",
                "phone": "13800138000",
            },
            {"openid": WANG, "nickname": "王师傅", "role": "provider"},
        ]
        stage.control("POST", "/_users", people)
        try:
            yield stage
        finally:
            stage.client.close()
    if server is None:
        own.close()
