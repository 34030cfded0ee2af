"""Orders, pay sheets and refunds of the WeChat Pay simulator, driven by the real client library."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.unit.simulators.wechat_pay_stage import APPID, MCHID, MINI, OPENID, Stage, running

CHINA = timezone(timedelta(hours=8))
JSAPI = "/v3/pay/transactions/jsapi"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with running(tmp_path / "pay.sqlite") as running_stage:
        yield running_stage


def _in(seconds: int) -> str:
    return (datetime.now(CHINA) + timedelta(seconds=seconds)).replace(microsecond=0).isoformat()


def _sheet(stage: Stage, prepay_id: str, **changes: str) -> dict[str, str]:
    package = f"prepay_id={prepay_id}"
    sheet = {"appId": APPID, "timeStamp": "1764000000", "nonceStr": "nonce", "package": package, "signType": "RSA"}
    sheet["paySign"] = stage.merchant.sign([APPID, "1764000000", "nonce", package])
    return sheet | changes


def test_the_real_client_orders_queries_is_told_and_refunds(stage: Stage) -> None:
    status, text = stage.merchant.pay(
        description="到家-日常保洁",
        out_trade_no="ORDER0001",
        amount={"total": 12800, "currency": "CNY"},
        payer={"openid": OPENID},
        time_expire=_in(900),
    )
    assert status == 200, text
    status, text = stage.merchant.query(out_trade_no="ORDER0001")
    assert (status, json.loads(text)["trade_state"]) == (200, "NOTPAY")

    prepay_id = stage.control("GET", "/_orders")["items"][0]["prepay_ids"][0]
    shown = stage.control("POST", "/_paysheet", _sheet(stage, prepay_id))
    assert (shown["amount_fen"], shown["description"], shown["openid"]) == (12800, "到家-日常保洁", OPENID)
    assert stage.control("POST", "/_paysheet/confirm", _sheet(stage, prepay_id))["errMsg"] == "requestPayment:ok"

    notice = stage.notices(1)[0]
    assert (notice["event_type"], notice["resource_type"]) == ("TRANSACTION.SUCCESS", "encrypt-resource")
    fact = notice["resource"]
    assert (fact["mchid"], fact["appid"], fact["trade_state"]) == (MCHID, APPID, "SUCCESS")
    assert fact["amount"] == {"total": 12800, "currency": "CNY", "payer_currency": "CNY", "payer_total": 12800}
    assert datetime.fromisoformat(fact["success_time"]).utcoffset() == timedelta(hours=8)
    status, text = stage.merchant.query(transaction_id=fact["transaction_id"])
    assert (status, json.loads(text)) == (200, fact)

    amount = {"refund": 2800, "total": 12800, "currency": "CNY"}
    status, text = stage.merchant.refund(out_refund_no="R1", out_trade_no="ORDER0001", amount=amount)
    assert (status, json.loads(text)["status"]) == (200, "PROCESSING"), text
    refund = stage.notices(1, "REFUND.SUCCESS")[0]["resource"]
    assert (refund["refund_status"], refund["amount"]["refund"], refund["out_refund_no"]) == ("SUCCESS", 2800, "R1")
    status, text = stage.merchant.query_refund("R1")
    assert (status, json.loads(text)["status"]) == (200, "SUCCESS")
    assert json.loads(stage.merchant.query(out_trade_no="ORDER0001")[1])["trade_state"] == "REFUND"
    sums = stage.control("GET", "/_balance")
    assert (sums["received_fen"], sums["refunded_fen"], sums["available_fen"]) == (12800, 2800, 10000)


def test_the_real_client_closes_an_order_and_its_204_is_signed(stage: Stage) -> None:
    prepay_id = stage.prepaid()
    assert stage.merchant.close("ORDER0001")[0] == 204
    assert stage.merchant.close("ORDER0001")[0] == 204
    assert json.loads(stage.merchant.query(out_trade_no="ORDER0001")[1])["trade_state"] == "CLOSED"
    assert stage.control("POST", "/_pay", {"prepay_id": prepay_id}, status=400)["code"] == "ORDER_CLOSED"
    assert stage.call("POST", JSAPI, stage.order_body()).json()["code"] == "ORDER_CLOSED"


def test_the_same_order_again_gets_a_ticket_and_a_differing_one_is_refused(stage: Stage) -> None:
    assert stage.prepaid() == stage.prepaid()
    answer = stage.call("POST", JSAPI, stage.order_body(amount={"total": 1, "currency": "CNY"}))
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    assert "请求重入" in answer.json()["message"]
    stage.control("POST", "/_clock", {"offset_seconds": 7201})
    first = stage.control("GET", "/_orders")["items"][0]["prepay_ids"]
    stage.control("POST", "/_pay", {"prepay_id": first[0]}, status=400)
    assert stage.prepaid() not in first


def test_a_paid_order_can_be_neither_paid_nor_ordered_nor_closed_again(stage: Stage) -> None:
    stage.paid()
    assert stage.call("POST", JSAPI, stage.order_body()).json()["code"] == "ORDERPAID"
    assert stage.control("POST", "/_pay", {"out_trade_no": "ORDER0001"}, status=400)["code"] == "ORDERPAID"
    path = "/v3/pay/transactions/out-trade-no/ORDER0001/close"
    assert stage.call("POST", path, {"mchid": MCHID}).json()["code"] == "ORDERPAID"


def test_an_expired_order_is_not_payable(stage: Stage) -> None:
    prepay_id = stage.prepaid(time_expire=_in(600))
    stage.control("POST", "/_clock", {"offset_seconds": 601})
    assert stage.control("POST", "/_pay", {"prepay_id": prepay_id}, status=400)["code"] == "ORDER_CLOSED"


def test_a_failed_payment_can_be_tried_again(stage: Stage) -> None:
    prepay_id = stage.prepaid()
    answer = stage.control("POST", "/_pay", {"prepay_id": prepay_id, "outcome": "PAYERROR"})
    assert answer["trade_state"] == "PAYERROR"
    assert stage.control("POST", "/_pay", {"prepay_id": prepay_id})["trade_state"] == "SUCCESS"
    assert len(stage.notices(1)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"out_trade_no": "SHORT"},
        {"out_trade_no": "x" * 33},
        {"out_trade_no": "ORDER 0001"},
        {"out_trade_no": None},
        {"out_trade_no": 1234567},
        {"description": ""},
        {"description": "长" * 128},
        {"notify_url": "/payments"},
        {"notify_url": "https://pay.example.com/callback?order=1"},
        {"amount": {"total": 0, "currency": "CNY"}},
        {"amount": {"total": 1.0, "currency": "CNY"}},
        {"amount": {"total": True, "currency": "CNY"}},
        {"amount": {"total": "128", "currency": "CNY"}},
        {"amount": {"total": 1, "currency": "USD"}},
        {"amount": None},
        {"payer": {}},
        {"payer": {"openid": "oShort"}},
        {"payer": {"openid": "x" + OPENID[1:]}},
        {"mchid": "1900000110"},
        {"attach": "a" * 129},
        {"time_expire": "2026-11-25 15:00:00"},
        {"time_expire": _in(-10)},
        {"time_expire": _in(3 * 3600)},
        {"scene_info": {"device_id": "1"}},
        {"support_fapiao": "yes"},
    ],
)
def test_an_order_with_a_wrong_field_is_refused(stage: Stage, changes: dict[str, object]) -> None:
    answer = stage.call("POST", JSAPI, stage.order_body(**changes))
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR"), answer.text
    assert stage.control("GET", "/_orders")["items"] == []


def test_an_order_of_a_foreign_appid_is_refused_and_both_own_ones_are_taken(stage: Stage) -> None:
    answer = stage.call("POST", JSAPI, stage.order_body(appid="wx0000000000000000"))
    assert answer.json()["code"] == "APPID_MCHID_NOT_MATCH"
    assert stage.prepaid("ORDERMINI", appid=MINI)


@pytest.mark.parametrize("body", ["", "[]", "{", "null", '{"a": ' * 60000])
def test_a_body_that_is_no_json_object_is_refused(stage: Stage, body: str) -> None:
    assert stage.call("POST", JSAPI, body).status_code in (400, 413)


def test_an_unknown_order_is_404_and_the_query_must_name_the_merchant(stage: Stage) -> None:
    path = "/v3/pay/transactions/out-trade-no/ORDER0001"
    answer = stage.call("GET", f"{path}?mchid={MCHID}")
    assert (answer.status_code, answer.json()["code"]) == (404, "ORDER_NOT_EXIST")
    assert stage.call("GET", path).json()["code"] == "PARAM_ERROR"
    assert stage.call("GET", f"{path}?mchid=1").json()["code"] == "PARAM_ERROR"


def test_the_pay_sheet_refuses_what_wechat_would_not_show(stage: Stage) -> None:
    prepay_id = stage.prepaid()
    good = _sheet(stage, prepay_id)
    wrong: list[dict[str, str]] = [
        good | {"paySign": good["paySign"][:-8] + "AAAAAAA="},
        good | {"nonceStr": "other"},
        good | {"appId": MINI, "paySign": stage.merchant.sign([MINI, "1764000000", "nonce", good["package"]])},
        good | {"signType": "MD5"},
        {name: value for name, value in good.items() if name != "timeStamp"},
        good | {"openid": "o" + "B" * 27},
        _sheet(stage, "wx0000000000"),
    ]
    for body in wrong:
        stage.control("POST", "/_paysheet", body, status=400)
    answer = stage.control("POST", "/_paysheet/confirm", good | {"outcome": "CANCEL"})
    assert answer["errMsg"] == "requestPayment:fail cancel"
    assert stage.control("GET", "/_orders")["items"][0]["trade_state"] == "NOTPAY"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"refund": 12801, "total": 12800, "currency": "CNY"}},
        {"amount": {"refund": 100, "total": 100, "currency": "CNY"}},
        {"amount": {"refund": 0, "total": 12800, "currency": "CNY"}},
        {"amount": {"refund": 1, "total": 12800}},
        {"out_refund_no": "空格"},
        {"out_refund_no": "r" * 65},
        {"reason": "因" * 81},
        {"out_trade_no": None},
        {"notify_url": "ftp://x/y"},
    ],
)
def test_a_wrong_refund_is_refused(stage: Stage, changes: dict[str, object]) -> None:
    stage.paid()
    answer = stage.refunded(**changes)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("PARAM_ERROR", "INVALID_REQUEST")
    assert stage.control("GET", "/_refunds")["items"] == []


def test_a_refund_is_made_once_however_often_it_is_asked_for(stage: Stage) -> None:
    paid = stage.paid()
    first = stage.refunded().json()
    stage.notices(1, "REFUND.SUCCESS")
    again = stage.refunded(out_trade_no=None, transaction_id=paid["transaction_id"]).json()
    assert (again["refund_id"], again["status"]) == (first["refund_id"], "SUCCESS")
    differing = stage.refunded(amount={"refund": 1, "total": 12800, "currency": "CNY"})
    assert differing.json()["code"] == "INVALID_REQUEST"
    assert len(stage.notices(1, "REFUND.SUCCESS")) == 1


def test_refunds_end_with_the_money_paid_the_order_and_the_year(stage: Stage) -> None:
    assert stage.refunded("ORDER0009").status_code == 404
    stage.prepaid()
    assert "未支付" in stage.refunded().json()["message"]
    stage.paid()
    part = {"refund": 100, "total": 12800, "currency": "CNY"}
    for count in range(50):
        assert stage.refunded(out_refund_no=f"PART{count}", amount=part).status_code == 200
    assert "50次" in stage.refunded(out_refund_no="PART50", amount=part).json()["message"]
    stage.paid("ORDER0002")
    stage.control("POST", "/_clock", {"offset_seconds": 366 * 86400})
    assert "最大期限" in stage.refunded("ORDER0002", out_refund_no="LATE").json()["message"]


def test_a_refund_can_be_switched_to_end_badly_or_to_need_money(stage: Stage) -> None:
    stage.paid()
    stage.control("PUT", "/_settings", {"refund_outcome": "ABNORMAL", "check_balance": True})
    assert stage.refunded().status_code == 200
    assert stage.notices(1, "REFUND.ABNORMAL")[0]["resource"]["refund_status"] == "ABNORMAL"
    stage.paid("ORDER0002")
    assert stage.transferred().status_code == 200
    poor = stage.refunded("ORDER0002", out_refund_no="POOR")
    assert (poor.status_code, poor.json()["code"]) == (403, "NOT_ENOUGH")
    stage.control("PUT", "/_settings", {"check_balance": False})
    assert stage.refunded("ORDER0002", out_refund_no="POOR").status_code == 200
    stage.control("PUT", "/_settings", {"check_balance": 1}, status=400)
    stage.control("PUT", "/_settings", {"no_such_switch": True}, status=400)
