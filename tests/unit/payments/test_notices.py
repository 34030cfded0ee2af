"""Which notices are believed. Everything else is refused with a 4xx and changes nothing."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daojia.kernel.errors import DaojiaError
from daojia.kernel.times import SHANGHAI
from daojia.payments.errors import NoticeUnbelievableError, NoticeUnreadableError
from daojia.payments.model import PaymentFact
from daojia.payments.wechat_pay import WeChatPayClient
from infra.local.simulators.wechat_pay_signing import Platform
from tests.unit.simulators.wechat_pay_stage import configuration

PLATFORM = Platform(configuration())
PAID = {
    "out_trade_no": "01KBTESTTESTTESTTESTTESTTE01",
    "transaction_id": "4200001",
    "trade_state": "SUCCESS",
    "success_time": "2026-11-24T10:00:00+08:00",
    "amount": {"total": 12800, "payer_total": 12300, "currency": "CNY", "payer_currency": "CNY"},
}


def a_notice(about: Any = None, **changes: Any) -> tuple[dict[str, str], bytes]:
    notice = {
        "id": "1",
        "event_type": "TRANSACTION.SUCCESS",
        "resource_type": "encrypt-resource",
        "resource": PLATFORM.sealed(PAID if about is None else about, "transaction"),
        **changes,
    }
    body = json.dumps(notice).encode()
    return PLATFORM.signed_headers(body), body


def now() -> datetime:
    return datetime.now(SHANGHAI)


def test_a_signed_notice_is_believed_whatever_the_case_of_its_headers(client: WeChatPayClient) -> None:
    headers, body = a_notice()
    for named in (headers, {name.lower(): value for name, value in headers.items()}):
        fact = client.notice({**named, "Host": "x"}, body, now())
        assert isinstance(fact, PaymentFact)
        assert (fact.transaction_id, fact.amount_fen) == ("4200001", 12800), "a coupon of WeChat's own is no discount"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_notice_and_one_from_the_future_are_not_believed(client: WeChatPayClient, minutes: int) -> None:
    headers, body = a_notice()
    with pytest.raises(NoticeUnbelievableError):
        client.notice(headers, body, now() + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Wechatpay-Signature", "AAAA"),
        ("Wechatpay-Signature", "不是签名"),
        ("Wechatpay-Signature", "WECHATPAY/SIGNTEST/" + "A" * 300),
        ("Wechatpay-Signature", None),
        ("Wechatpay-Serial", "PUB_KEY_ID_OTHER"),
        ("Wechatpay-Serial", "5157F09EFDC096DE15EBE81A47057A72"),
        ("Wechatpay-Serial", None),
        ("Wechatpay-Nonce", "other"),
        ("Wechatpay-Nonce", None),
        ("Wechatpay-Timestamp", "soon"),
        ("Wechatpay-Timestamp", None),
        ("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
    ],
)
def test_a_wrong_or_missing_header_is_not_believed(client: WeChatPayClient, header: str, value: str | None) -> None:
    headers, body = a_notice()
    headers = {name: kept for name, kept in headers.items() if name != header}
    with pytest.raises(NoticeUnbelievableError):
        client.notice(headers if value is None else {**headers, header: value}, body, now())


def test_a_body_that_was_touched_is_not_believed(client: WeChatPayClient) -> None:
    headers, body = a_notice()
    with pytest.raises(NoticeUnbelievableError):
        client.notice(headers, body.replace(b'"id": "1"', b'"id": "2"'), now())


def test_a_notice_sealed_with_another_key_is_refused(client: WeChatPayClient) -> None:
    sealed = PLATFORM.sealed(PAID, "transaction")
    cipher = AESGCM(b"x" * 32).encrypt(sealed["nonce"].encode(), b"{}", b"transaction")
    headers, body = a_notice(resource={**sealed, "ciphertext": base64.b64encode(cipher).decode()})
    with pytest.raises(DaojiaError) as refusal:
        client.notice(headers, body, now())
    assert 400 <= refusal.value.http_status < 500


@pytest.mark.parametrize(
    "changes", [{"event_type": "COUPON.USE"}, {"event_type": None}, {"resource": {}}, {"resource": 1}]
)
def test_a_signed_notice_we_do_not_understand_is_refused(client: WeChatPayClient, changes: dict[str, Any]) -> None:
    headers, body = a_notice(**changes)
    with pytest.raises(DaojiaError) as refusal:
        client.notice(headers, body, now())
    assert 400 <= refusal.value.http_status < 500


@pytest.mark.parametrize("missing", ["out_trade_no", "transaction_id", "success_time", "amount", "trade_state"])
def test_a_payment_without_its_facts_is_unreadable(client: WeChatPayClient, missing: str) -> None:
    headers, body = a_notice({name: value for name, value in PAID.items() if name != missing})
    with pytest.raises(NoticeUnreadableError):
        client.notice(headers, body, now())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), signed=st.booleans())
def test_any_bytes_are_refused_with_a_clear_error(client: WeChatPayClient, body: bytes, signed: bool) -> None:
    headers = PLATFORM.signed_headers(body if signed else b"other")
    with pytest.raises(DaojiaError) as refusal:
        client.notice(headers, body, now())
    assert 400 <= refusal.value.http_status < 500
