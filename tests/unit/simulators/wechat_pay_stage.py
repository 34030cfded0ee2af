"""A running simulator on a free port, a merchant with the real client library, and the merchant's callback server."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import build_authorization

from infra.local.simulators.wechat_pay import build
from tests.unit.simulators.serving import serving

MCHID, APPID, MINI = "1900000109", "wxd678efh567hg6787", "wx2421b1c4370ec43b"
SERIAL, KEY_ID, APIV3_KEY = "444F4864EA9B34415", "PUB_KEY_ID_0114232134912410", "k" * 32
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
PATIENCE_SECONDS = 8.0


@cache
def key_pair(owner: str) -> tuple[str, str]:
    """Private and public PEM; one pair per owner and test run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def configuration() -> dict[str, str]:
    return {
        "mchid": MCHID,
        "appid": APPID,
        "miniprogram_appid": MINI,
        "apiv3_key": APIV3_KEY,
        "merchant_serial_no": SERIAL,
        "merchant_public_key": key_pair("merchant")[1],
        "platform_private_key": key_pair("platform")[0],
        "platform_public_key": key_pair("platform")[1],
        "platform_public_key_id": KEY_ID,
    }


class Faults:
    """Faults of the simulator, switched on one by one; each is used once."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def switch_on(self, match: str, kind: str, **how: Any) -> None:
        items = self._client.get("/_faults").json()["items"]
        answer = self._client.put("/_faults", json=[*map(_given, items), {"match": match, "fault": kind, **how}])
        assert answer.status_code == 200, answer.text


def _given(fault: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fault.items() if value}


class Webhook:
    """The merchant's callback address: answers with the given statuses, then 204, and keeps what arrived."""

    def __init__(self) -> None:
        self.arrived: list[tuple[dict[str, str], str]] = []
        self.statuses: list[int] = []
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status = webhook.statuses.pop(0) if webhook.statuses else 204
                webhook.arrived.append((dict(self.headers.items()), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/payments/wechat-pay"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Stage:
    """Everything a test needs."""

    def __init__(self, base: str, webhook: Webhook) -> None:
        self.base = base
        self.webhook = webhook
        self.client = httpx.Client(base_url=base, timeout=20, trust_env=False)
        self.faults = Faults(self.client)
        self.merchant = WeChatPay(
            wechatpay_type=WeChatPayType.JSAPI,
            mchid=MCHID,
            private_key=key_pair("merchant")[0],
            cert_serial_no=SERIAL,
            appid=APPID,
            apiv3_key=APIV3_KEY,
            notify_url=webhook.url,
            public_key=key_pair("platform")[1],
            public_key_id=KEY_ID,
            timeout=(2, 20),
        )
        self.merchant._core._gate_way = base  # the library has no other way to another address

    # The merchant

    def call(self, method: str, path: str, content: Any = None, **changes: Any) -> httpx.Response:
        """A signed request; `changes` spoil it: mchid, serial, key, nonce, age_seconds, sent (a body), headers."""
        body = content if isinstance(content, str) else json.dumps(content) if content is not None else ""
        private = changes.get("key", self.merchant._core._private_key)
        signed_at = int(time.time()) - changes.get("age_seconds", 0)
        authorization = _authorization(path, method, body, private, signed_at, changes)
        headers = {"Authorization": authorization, "Accept": "application/json", "Content-Type": "application/json"}
        headers |= changes.get("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        return self.client.request(method, path, content=changes.get("sent", body), headers=headers)

    def order_body(self, number: str = "ORDER0001", **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = {
            "appid": APPID,
            "mchid": MCHID,
            "description": "到家-日常保洁",
            "out_trade_no": number,
            "notify_url": self.webhook.url,
            "amount": {"total": 12800, "currency": "CNY"},
            "payer": {"openid": OPENID},
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    def prepaid(self, number: str = "ORDER0001", **changes: Any) -> str:
        """The prepay_id of an order."""
        answer = self.call("POST", "/v3/pay/transactions/jsapi", self.order_body(number, **changes))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["prepay_id"])

    def paid(self, number: str = "ORDER0001", **changes: Any) -> dict[str, Any]:
        return self.control("POST", "/_pay", {"prepay_id": self.prepaid(number, **changes)})

    def refund_body(self, number: str = "ORDER0001", **changes: Any) -> dict[str, Any]:
        body = {
            "out_trade_no": number,
            "out_refund_no": "REFUND0001",
            "reason": "顾客取消",
            "notify_url": self.webhook.url,
            "amount": {"refund": 12800, "total": 12800, "currency": "CNY"},
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    def refunded(self, number: str = "ORDER0001", **changes: Any) -> httpx.Response:
        return self.call("POST", "/v3/refund/domestic/refunds", self.refund_body(number, **changes))

    def transfer_body(self, **changes: Any) -> dict[str, Any]:
        body = {
            "appid": APPID,
            "out_bill_no": "PAYOUT20261125A1",
            "transfer_scene_id": "1005",
            "openid": OPENID,
            "transfer_amount": 10880,
            "transfer_remark": "到家服务收入",
            "notify_url": self.webhook.url,
            "transfer_scene_report_infos": [
                {"info_type": "岗位类型", "info_content": "保洁员"},
                {"info_type": "报酬说明", "info_content": "上门服务收入"},
            ],
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    def transferred(self, **changes: Any) -> httpx.Response:
        return self.call("POST", "/v3/fund-app/mch-transfer/transfer-bills", self.transfer_body(**changes))

    # The payer, the receiver and the clock

    def control(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def notices(self, count: int, event_type: str | None = None) -> list[dict[str, Any]]:
        """Wait until so many notices arrived; they are read by the real library, which checks and decrypts them."""

        def read() -> list[dict[str, Any]]:
            seen = [self.merchant.callback(headers, body) for headers, body in list(self.webhook.arrived)]
            return [each for each in seen if event_type in (None, each["event_type"])]

        self.until(lambda: len(read()) >= count)
        return read()

    def journal(self, *kinds: str) -> list[dict[str, Any]]:
        return list(self.control("GET", f"/_journal?kind={','.join(kinds)}")["items"])

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    def state_of(self, callback_event: str) -> list[str]:
        items = self.control("GET", "/_callbacks")["items"]
        return [each["state"] for each in items if each["event_type"] == callback_event]


def _authorization(  # noqa: PLR0917
    path: str, method: str, body: str, private: Any, at: int, changes: dict[str, Any]
) -> str:
    real_time, time.time = time.time, lambda: float(at)
    try:
        return build_authorization(
            path,
            method,
            changes.get("mchid", MCHID),
            changes.get("serial", SERIAL),
            private,
            data=body,
            nonce_str=changes.get("nonce"),
        )
    finally:
        time.time = real_time


@contextmanager
def running(state: Path, *, retry_scale: float = 0.01, webhook: Webhook | None = None) -> Iterator[Stage]:
    """The simulator in a thread; leaving stops it, its state stays in the file."""
    hook = webhook or Webhook()
    with serving(build(configuration(), state, retry_scale=retry_scale)) as base:
        stage = Stage(base, hook)
        try:
            yield stage
        finally:
            stage.client.close()
    if webhook is None:
        hook.close()
