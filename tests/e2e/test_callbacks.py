"""`POST /payments/wechat-pay`: what the channel says counts, what only claims to be the channel does not.

Notices are signed here as WeChat Pay's documents say, with the keys of the channel's side, or come from its simulator.
https://pay.weixin.qq.com/doc/v3/merchant/4012791861 (payment notice) · 4012365342 (signatures)
"""

import base64
import json
import secrets
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.e2e.town import SHANGHAI, Order, Town, balances, happened
from tests.stack import http, until

SCHEME = "WECHATPAY2-SHA256-RSA2048"


@dataclass
class Channel:
    """WeChat Pay's side: what it signs, and its simulator."""

    stack: dict[str, Any]
    keys: dict[str, str]

    def notice(self, event_type: str, resource: dict[str, Any]) -> bytes:
        kind = "refund" if event_type.startswith("REFUND") else "transaction"
        nonce = secrets.token_hex(6)
        plain = json.dumps(resource, ensure_ascii=False).encode()
        sealed = AESGCM(self.keys["apiv3_key"].encode()).encrypt(nonce.encode(), plain, kind.encode())
        return json.dumps(
            {
                "id": str(uuid.uuid4()),
                "create_time": datetime.now(SHANGHAI).isoformat(timespec="seconds"),
                "resource_type": "encrypt-resource",
                "event_type": event_type,
                "summary": "支付成功",
                "resource": {
                    "original_type": kind,
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": base64.b64encode(sealed).decode(),
                    "associated_data": kind,
                    "nonce": nonce,
                },
            }
        ).encode()

    def headers(self, body: bytes, *, stamp: int | None = None, key: rsa.RSAPrivateKey | None = None) -> dict[str, str]:
        timestamp, nonce = str(int(time.time()) if stamp is None else stamp), secrets.token_hex(16)
        private = key or load_pem_private_key(self.keys["platform_private_key"].encode(), password=None)
        assert isinstance(private, rsa.RSAPrivateKey)
        message = b"\n".join((timestamp.encode(), nonce.encode(), body)) + b"\n"
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(private.sign(message, padding.PKCS1v15(), SHA256())).decode(),
            "Wechatpay-Serial": self.keys["platform_public_key_id"],
            "Wechatpay-Signature-Type": SCHEME,
            "Content-Type": "application/json",
        }

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        with http(self.stack) as client:
            return client.post("/payments/wechat-pay", content=body, headers=headers or self.headers(body))

    def payment(self, order: Order, **changes: Any) -> dict[str, Any]:
        """What the channel would say of a payment for this order."""
        wechat = self.stack["wechat"]
        return {
            "appid": wechat["appid"],
            "mchid": self.keys["mchid"],
            "out_trade_no": order["payment"]["out_trade_no"],
            "transaction_id": f"42000{secrets.randbelow(10**20):020d}",
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "bank_type": "OTHERS",
            "success_time": datetime.now(SHANGHAI).isoformat(timespec="seconds"),
            "payer": {"openid": "oSomebody"},
            "amount": {"total": order["total_fen"], "payer_total": order["total_fen"], "currency": "CNY"},
            **changes,
        }

    # -- the simulator ------------------------------------------------------------------------------------------------

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = self.stack["simulators"]["wechat_pay"] + path
        answer = httpx.request(method, url, json=body, trust_env=False, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def notices(self, order: Order, event_type: str = "TRANSACTION.SUCCESS") -> list[dict[str, Any]]:
        """What the simulator has told or tries to tell about an order."""
        number = order["payment"]["out_trade_no"]
        items = self.control("GET", "/_callbacks")["items"]
        ours = [each for each in items if each["resource"].get("out_trade_no") == number]
        return [each for each in ours if each["event_type"] == event_type]


@pytest.fixture(scope="module")
def wechat_pay(stack: dict[str, Any], channel: dict[str, str]) -> Iterator[Channel]:
    it = Channel(stack, channel)
    yield it
    it.control("DELETE", "/_faults")


@pytest.fixture
def order(town: Town) -> Iterator[Order]:
    """An order that waits for its payment."""
    number, _ = town.book(town.stranger())
    order = town.order(town.order_id(number))
    yield order
    town.call_off(order["order_id"])


def untouched(town: Town, order: Order) -> bool:
    now = town.order(order["order_id"])
    return (now["version"], now["postings"]) == (order["version"], order["postings"])


# -- who only claims to be the channel --------------------------------------------------------------------------------


@pytest.mark.feature("B2")
def test_a_forged_notice_is_refused_and_nothing_is_booked(town: Town, wechat_pay: Channel, order: Order) -> None:
    body = wechat_pay.notice("TRANSACTION.SUCCESS", wechat_pay.payment(order))
    right = wechat_pay.headers(body)
    somebody = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for headers in (
        wechat_pay.headers(body, key=somebody),
        {**right, "Wechatpay-Nonce": "another"},
        {**right, "Wechatpay-Serial": "PUB_KEY_ID_0000000000000000"},
        {**right, "Wechatpay-Signature": ""},
        {**right, "Wechatpay-Signature": "AAAA"},
        {**right, "Wechatpay-Signature": "no signature!"},
        {**right, "Wechatpay-Nonce": ""},
        {**right, "Wechatpay-Timestamp": "yesterday"},
        {**right, "Wechatpay-Signature-Type": "NONE"},
        {name: value for name, value in right.items() if name != "Wechatpay-Serial"},
        {"Content-Type": "application/json"},
    ):
        answer = wechat_pay.post(body, headers)
        assert answer.status_code == 401, answer.text
        assert answer.json()["code"] == "FAIL"
    changed = body.replace(b'"id"', b'"ID"')
    assert wechat_pay.post(changed, right).status_code == 401, "signed, then changed on its way"
    assert untouched(town, order)


@pytest.mark.parametrize("seconds", [-400, 400, -86_400])
def test_a_stale_notice_is_refused_however_well_it_is_signed(
    town: Town, wechat_pay: Channel, order: Order, seconds: int
) -> None:
    body = wechat_pay.notice("TRANSACTION.SUCCESS", wechat_pay.payment(order))
    answer = wechat_pay.post(body, wechat_pay.headers(body, stamp=int(time.time()) + seconds))
    assert answer.status_code == 401
    assert untouched(town, order)


def test_the_channels_probe_is_refused(wechat_pay: Channel) -> None:
    probe = wechat_pay.control("POST", "/_probe", {"url": f"{wechat_pay.stack['api']}/payments/wechat-pay"})
    assert probe["passed"], probe


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"event_type": "TRANSACTION.SUCCESS"}', b"\xff\xfe"])
def test_what_is_signed_but_makes_no_sense_is_refused(wechat_pay: Channel, body: bytes) -> None:
    answer = wechat_pay.post(body)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["code"] == "FAIL"


def test_a_notice_of_another_kind_or_too_large_is_refused(town: Town, wechat_pay: Channel, order: Order) -> None:
    assert wechat_pay.post(wechat_pay.notice("COUPON.USE", wechat_pay.payment(order))).status_code == 400
    assert wechat_pay.post(b"{" + b" " * 70_000 + b"}").status_code == 413
    unpaid = wechat_pay.payment(order, trade_state="NOTPAY")
    assert wechat_pay.post(wechat_pay.notice("TRANSACTION.SUCCESS", unpaid)).status_code == 400
    assert untouched(town, order)


# -- what contradicts the books ---------------------------------------------------------------------------------------


@pytest.mark.feature("B2", "B7")
def test_another_amount_is_never_booked_and_never_acknowledged(town: Town, wechat_pay: Channel, order: Order) -> None:
    for total in (order["total_fen"] - 1, order["total_fen"] + 1, 1):
        fact = wechat_pay.payment(order, amount={"total": total, "payer_total": total, "currency": "CNY"})
        answer = wechat_pay.post(wechat_pay.notice("TRANSACTION.SUCCESS", fact))
        assert answer.status_code == 500, "so that the channel comes again, and a person looks at it"
        assert answer.json()["code"] == "FAIL"
    assert untouched(town, order)


def test_a_payment_for_nothing_known_is_refused(wechat_pay: Channel, order: Order) -> None:
    fact = wechat_pay.payment(order, out_trade_no="01HZZZZZZZZZZZZZZZZZZZZZZZ01")
    assert wechat_pay.post(wechat_pay.notice("TRANSACTION.SUCCESS", fact)).status_code == 404


# -- once, in any order -----------------------------------------------------------------------------------------------


@pytest.mark.feature("B2")
def test_twenty_copies_at_once_are_one_booking(town: Town, wechat_pay: Channel, order: Order) -> None:
    fact = wechat_pay.payment(order)
    bodies = [wechat_pay.notice("TRANSACTION.SUCCESS", fact) for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(wechat_pay.post, bodies))
    assert {answer.status_code for answer in answers} <= {204, 503}, [answer.text for answer in answers]
    assert wechat_pay.post(bodies[0]).status_code == 204
    paid = town.order(order["order_id"])
    assert happened(paid, "OrderPaid") == 1
    assert [posting["amount_fen"] for posting in paid["postings"]] == [order["total_fen"]]
    assert paid["payment"]["transaction_id"] == fact["transaction_id"]


@pytest.mark.feature("B7", "B2")
def test_a_second_payment_is_not_taken_for_the_first(town: Town, wechat_pay: Channel, order: Order) -> None:
    first, second = wechat_pay.payment(order), wechat_pay.payment(order)
    assert wechat_pay.post(wechat_pay.notice("TRANSACTION.SUCCESS", first)).status_code == 204
    assert wechat_pay.post(wechat_pay.notice("TRANSACTION.SUCCESS", second)).status_code == 500
    after = town.order(order["order_id"])
    assert after["payment"]["transaction_id"] == first["transaction_id"]
    assert len(after["postings"]) == 1


@pytest.mark.feature("C11")
def test_lost_doubled_and_repeated_notices_of_the_channel_are_one_booking(town: Town, wechat_pay: Channel) -> None:
    phone = town.stranger()
    number, link = town.book(phone)
    order = town.order(town.order_id(number))
    wechat_pay.control(
        "PUT",
        "/_faults",
        [{"match": "TRANSACTION", "fault": "lost"}, {"match": "TRANSACTION", "fault": "duplicate", "times": 3}],
    )
    phone.pay(link)
    (notice,) = wechat_pay.notices(order)
    until(lambda: wechat_pay.notices(order)[0]["attempts"], what="the try that gets lost")
    for count in range(2, 6):
        wechat_pay.control("POST", f"/_callbacks/{notice['id']}/resend", {})
        until(lambda at=count: len(wechat_pay.notices(order)[0]["attempts"]) >= at, what="the next try")
    assert wechat_pay.notices(order)[0]["state"] == "accepted"
    paid = town.order(order["order_id"])
    assert happened(paid, "OrderPaid") == 1
    assert len(paid["postings"]) == 1
    town.call_off(order["order_id"])


@pytest.mark.feature("B7", "B2")
def test_notices_out_of_order_end_where_they_should(town: Town, wechat_pay: Channel) -> None:
    """The payment is told only after the order was cancelled: the money goes back by itself, and stays back."""
    phone = town.stranger()
    number, link = town.book(phone)
    order = town.order(town.order_id(number))
    wechat_pay.control("PUT", "/_faults", [{"match": "TRANSACTION", "fault": "lost"}])
    phone.pay(link)
    until(lambda: wechat_pay.notices(order)[0]["attempts"], what="the try that gets lost")
    phone.say("取消")
    assert "已取消" in phone.say("确认")
    notice = wechat_pay.notices(order)[0]
    early = {
        "out_trade_no": order["payment"]["out_trade_no"],
        "out_refund_no": f"{order['payment']['out_trade_no']}R01",
        "refund_status": "SUCCESS",
        "amount": {"refund": order["total_fen"], "total": order["total_fen"]},
    }
    assert wechat_pay.post(wechat_pay.notice("REFUND.SUCCESS", early)).status_code == 404, "of no refund we know"
    wechat_pay.control("POST", f"/_callbacks/{notice['id']}/resend", {})
    closed = town.await_order(order["order_id"], lambda it: happened(it, "RefundSucceeded") == 1, "the refund")
    assert closed["state"] == "CANCELLED"
    assert balances(closed) == {}
    before = closed["version"]
    wechat_pay.control("POST", f"/_callbacks/{notice['id']}/resend", {})
    (refund,) = wechat_pay.notices(order, "REFUND.SUCCESS")
    wechat_pay.control("POST", f"/_callbacks/{refund['id']}/resend", {})
    until(
        lambda: (
            [each["state"] for each in (*wechat_pay.notices(order), *wechat_pay.notices(order, "REFUND.SUCCESS"))]
            == ["accepted", "accepted"]
        ),
        what="the repetitions",
    )
    assert town.order(order["order_id"])["version"] == before
