"""Signatures both ways, and the notices of the WeChat Pay simulator: repeated, and misbehaving on request."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.unit.simulators.wechat_pay_stage import KEY_ID, MCHID, Stage, Webhook, running

JSAPI = "/v3/pay/transactions/jsapi"
QUERY = f"/v3/pay/transactions/out-trade-no/ORDER0001?mchid={MCHID}"
PAID = "TRANSACTION.SUCCESS"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with running(tmp_path / "pay.sqlite") as running_stage:
        yield running_stage


# Signatures


@pytest.mark.parametrize(
    "changes",
    [
        {"mchid": "1900000110"},
        {"serial": "000000"},
        {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
        {"age_seconds": 400},
        {"age_seconds": -400},
        {"sent": '{"changed": "on the way"}'},
        {"headers": {"Authorization": None}},
        {"headers": {"Authorization": "Bearer x"}},
        {"headers": {"Authorization": 'WECHATPAY2-SHA256-RSA2048 mchid="1"'}},
    ],
)
def test_a_request_that_is_not_rightly_signed_is_refused(stage: Stage, changes: dict[str, Any]) -> None:
    answer = stage.call("POST", JSAPI, stage.order_body(), **changes)
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    assert stage.control("GET", "/_orders")["items"] == []


def test_a_nonce_is_good_once(stage: Stage) -> None:
    assert stage.call("POST", JSAPI, stage.order_body(), nonce="ONCE").status_code == 200
    again = stage.call("POST", JSAPI, stage.order_body(), nonce="ONCE")
    assert (again.status_code, again.json()["code"]) == (401, "SIGN_ERROR")


def test_headers_methods_and_paths_are_checked(stage: Stage) -> None:
    assert stage.call("POST", JSAPI, stage.order_body(), headers={"Content-Type": "text/plain"}).status_code == 415
    assert stage.call("GET", JSAPI).status_code == 405
    assert stage.call("GET", "/v3/no/such/path").status_code == 404
    assert stage.call("POST", JSAPI, "x" * 70_000).status_code == 413


def test_every_answer_is_signed_refusals_too(stage: Stage) -> None:
    for answer in (
        stage.call("POST", JSAPI, stage.order_body()),
        stage.call("POST", JSAPI, {}),
        stage.client.get(QUERY),
    ):
        assert answer.headers["Wechatpay-Serial"] == KEY_ID
        assert stage.merchant._core._verify_signature(dict(_cased(answer.headers)), answer.text)


def _cased(headers: Any) -> list[tuple[str, str]]:
    return [("-".join(part.capitalize() for part in name.split("-")), value) for name, value in headers.items()]


# Notices


def test_a_notice_comes_again_until_it_is_accepted(stage: Stage) -> None:
    stage.webhook.statuses = [500, 404, 302]
    stage.paid()
    notices = stage.notices(4, PAID)
    assert len({notice["id"] for notice in notices}) == 1
    stage.until(lambda: stage.state_of(PAID) == ["accepted"])
    outcomes = [each["data"]["outcome"] for each in stage.journal("callback")]
    assert outcomes == [500, 404, 302, 204]


def test_a_notice_is_given_up_after_fifteen_more_tries_and_can_be_sent_again(tmp_path: Path) -> None:
    with running(tmp_path / "pay.sqlite", retry_scale=0) as stage:
        stage.webhook.statuses = [500] * 16
        stage.paid()
        stage.until(lambda: stage.state_of(PAID) == ["given_up"])
        assert len(stage.webhook.arrived) == 16
        (notice,) = stage.control("GET", "/_callbacks?state=given_up")["items"]
        stage.control("POST", f"/_callbacks/{notice['id']}/resend", {})
        stage.until(lambda: stage.state_of(PAID) == ["accepted"])


def test_notices_can_be_doubled_lost_late_and_ignored(stage: Stage) -> None:
    stage.faults.switch_on(PAID, "duplicate")
    stage.paid("ORDER0001")
    assert len({notice["id"] for notice in stage.notices(2, PAID)}) == 1
    stage.faults.switch_on(PAID, "lost", times=2)
    stage.paid("ORDER0002")
    stage.notices(3, PAID)
    stage.faults.switch_on(PAID, "error")
    stage.paid("ORDER0003")
    stage.notices(5, PAID)
    stage.faults.switch_on(PAID, "out_of_order", delay_ms=600)
    stage.paid("ORDER0004")
    stage.paid("ORDER0005")
    numbers = [notice["resource"]["out_trade_no"] for notice in stage.notices(7, PAID)[-2:]]
    assert numbers == ["ORDER0005", "ORDER0004"]


def test_calls_can_be_refused_and_answers_lost(stage: Stage) -> None:
    stage.faults.switch_on("/jsapi", "error", status=429)
    refused = stage.call("POST", JSAPI, stage.order_body())
    assert (refused.status_code, refused.json()["code"]) == (429, "FREQUENCY_LIMITED")
    assert stage.control("GET", "/_orders")["items"] == []
    stage.faults.switch_on("/jsapi", "lost")
    assert stage.call("POST", JSAPI, stage.order_body()).status_code == 500
    assert len(stage.control("GET", "/_orders")["items"]) == 1, "acted on all the same"
    requests = stage.journal("request")
    assert [each["data"]["fault"] for each in requests] == ["error", "lost"]


def test_a_probe_passes_when_its_forged_signature_is_refused(stage: Stage) -> None:
    stage.webhook.statuses = [401]
    assert stage.control("POST", "/_probe", {"url": stage.webhook.url})["passed"]
    assert not stage.control("POST", "/_probe", {"url": stage.webhook.url})["passed"]
    headers, body = stage.webhook.arrived[0]
    assert headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert stage.merchant.callback(headers, body) is None, "the real library refuses it"


def test_a_notice_not_accepted_before_a_restart_comes_after_it(tmp_path: Path) -> None:
    webhook = Webhook()
    with running(tmp_path / "pay.sqlite", webhook=webhook) as stage:
        stage.faults.switch_on(PAID, "lost", times=1000)
        stage.paid()
        stage.until(lambda: stage.journal("callback"))
    with running(tmp_path / "pay.sqlite", webhook=webhook) as stage:
        stage.control("DELETE", "/_faults")
        (notice,) = stage.control("GET", "/_callbacks?state=waiting")["items"]
        stage.control("POST", f"/_callbacks/{notice['id']}/resend", {})
        assert stage.notices(1, PAID)[0]["resource"]["out_trade_no"] == "ORDER0001"
        assert json.loads(webhook.arrived[0][1])["id"] == notice["id"]
    webhook.close()
