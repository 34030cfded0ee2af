"""Merchant transfers of the WeChat Pay simulator: asked for, confirmed, lapsed, cancelled."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulators.wechat_pay_stage import KEY_ID, OPENID, Stage, running

BILLS = "/v3/fund-app/mch-transfer/transfer-bills"
FINISHED = "MCHTRANSFER.BILL.FINISHED"
NUMBER = "PAYOUT20261125A1"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with running(tmp_path / "pay.sqlite") as running_stage:
        yield running_stage


def _state(stage: Stage) -> tuple[str, str | None]:
    view = stage.call("GET", f"{BILLS}/out-bill-no/{NUMBER}").json()
    return view["state"], view.get("fail_reason")


def _named(stage: Stage, name: str, **changes: Any) -> Any:
    """A transfer with the receiver's name, encrypted as the real library does it."""
    sealed = stage.merchant._core.encrypt(name)
    body = stage.transfer_body(user_name=sealed, **changes)
    return stage.call("POST", BILLS, body, headers={"Wechatpay-Serial": KEY_ID})


def test_the_real_client_transfers_the_receiver_confirms_and_the_merchant_is_told(stage: Stage) -> None:
    body = stage.transfer_body()
    status, text = stage.merchant.mch_transfer_bills(
        out_bill_no=NUMBER,
        transfer_scene_id="1005",
        openid=OPENID,
        transfer_amount=10880,
        transfer_remark="到家服务收入",
        transfer_scene_report_infos=body["transfer_scene_report_infos"],
        notify_url=stage.webhook.url,
    )
    receipt = json.loads(text)
    assert (status, receipt["state"]) == (200, "WAIT_USER_CONFIRM"), text
    (sheet,) = stage.control("GET", f"/_transfers?openid={OPENID}&state=WAIT_USER_CONFIRM")["items"]
    assert sheet["package_info"] == receipt["package_info"]
    confirmed = stage.control("POST", f"/_transfers/{NUMBER}/confirm", {"package_info": sheet["package_info"]})
    assert confirmed["state"] == "TRANSFERING"
    (notice,) = stage.notices(1, FINISHED)
    assert (notice["resource"]["state"], notice["resource"]["out_bill_no"]) == ("SUCCESS", NUMBER)
    status, text = stage.merchant.mch_transfer_bills_query(out_bill_no=NUMBER)
    assert (status, json.loads(text)["state"]) == (200, "SUCCESS")
    number = receipt["transfer_bill_no"]
    assert json.loads(stage.merchant.mch_transfer_bills_query(transfer_bill_no=number)[1])["state"] == "SUCCESS"
    assert stage.control("GET", "/_balance")["transferred_fen"] == 10880


def test_the_same_transfer_again_answers_how_it_stands_and_a_differing_one_is_refused(stage: Stage) -> None:
    first, again = stage.transferred().json(), stage.transferred().json()
    assert first == again
    differing = stage.transferred(transfer_amount=10881)
    assert (differing.status_code, differing.json()["code"]) == (400, "INVALID_REQUEST")
    assert len(stage.control("GET", "/_transfers")["items"]) == 1


def test_a_transfer_lapses_after_a_day_or_when_the_receiver_lets_it(stage: Stage) -> None:
    stage.transferred()
    stage.control("POST", "/_clock", {"offset_seconds": 86_401})
    (notice,) = stage.notices(1, FINISHED)
    assert (notice["resource"]["state"], notice["resource"]["fail_reason"]) == ("FAIL", "OVERDUE_CLOSE")
    stage.control("POST", f"/_transfers/{NUMBER}/confirm", {}, status=400)
    stage.transferred(out_bill_no="PAYOUT20261125B2")
    assert stage.control("POST", "/_transfers/PAYOUT20261125B2/refuse", {})["state"] == "FAIL"


def test_a_transfer_is_cancelled_until_it_is_confirmed(stage: Stage) -> None:
    stage.transferred()
    cancel = f"{BILLS}/out-bill-no/{NUMBER}/cancel"
    assert stage.call("POST", cancel, {}).json()["state"] == "CANCELING"
    stage.until(lambda: _state(stage) == ("CANCELLED", None))
    assert stage.call("POST", cancel, {}).json()["state"] == "CANCELLED"
    stage.transferred(out_bill_no="PAYOUT20261125B2")
    stage.control("POST", "/_transfers/PAYOUT20261125B2/confirm", {})
    late = stage.call("POST", f"{BILLS}/out-bill-no/PAYOUT20261125B2/cancel", {})
    assert (late.status_code, late.json()["code"]) == (400, "INVALID_REQUEST")


def test_a_confirmation_shows_the_right_package(stage: Stage) -> None:
    stage.transferred()
    stage.control("POST", f"/_transfers/{NUMBER}/confirm", {"package_info": "another"}, status=400)
    assert _state(stage) == ("WAIT_USER_CONFIRM", None)
    stage.control("POST", "/_transfers/PAYOUT0000000000/confirm", {}, status=404)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"out_bill_no": "A-1"}, "PARAM_ERROR"),
        ({"out_bill_no": None}, "PARAM_ERROR"),
        ({"transfer_amount": 9}, "PARAM_ERROR"),
        ({"transfer_amount": "100"}, "PARAM_ERROR"),
        ({"transfer_amount": 200_000}, "INVALID_REQUEST"),
        ({"transfer_scene_id": "1000"}, "INVALID_REQUEST"),
        ({"transfer_scene_report_infos": None}, "PARAM_ERROR"),
        ({"transfer_scene_report_infos": [{"info_type": "岗位类型", "info_content": "保洁员"}]}, "INVALID_REQUEST"),
        ({"transfer_remark": "长" * 33}, "PARAM_ERROR"),
        ({"openid": "oShort"}, "PARAM_ERROR"),
        ({"appid": "wx0000000000000000"}, "APPID_MCHID_NOT_MATCH"),
        ({"user_recv_perception": "红包"}, "INVALID_REQUEST"),
        ({"user_name": "not encrypted"}, "PARAM_ERROR"),
        ({"notify_url": "https://pay.example.com/?a=1"}, "PARAM_ERROR"),
    ],
)
def test_a_wrong_transfer_is_refused(stage: Stage, changes: dict[str, object], code: str) -> None:
    answer = stage.transferred(**changes)
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text
    assert stage.control("GET", "/_transfers")["items"] == []


def test_the_receivers_name_is_required_from_2000_yuan_and_must_be_right(stage: Stage) -> None:
    stage.control("POST", "/_users", {"openid": OPENID, "real_name": "王建国"})
    wrong = _named(stage, "王建", transfer_amount=200_000)
    assert (wrong.json()["state"], wrong.json()["fail_reason"]) == ("FAIL", "NAME_NOT_CORRECT")
    right = _named(stage, "王建国", transfer_amount=200_000, out_bill_no="PAYOUT20261125B2")
    assert right.json()["state"] == "WAIT_USER_CONFIRM"
    again = _named(stage, "王建国", transfer_amount=200_000, out_bill_no="PAYOUT20261125B2")
    assert again.json() == right.json(), "the same name, encrypted anew, is the same request"
    assert stage.notices(1, FINISHED)[0]["resource"]["fail_reason"] == "NAME_NOT_CORRECT"


def test_transfers_can_be_made_to_need_money(stage: Stage) -> None:
    stage.control("PUT", "/_settings", {"check_balance": True})
    poor = stage.transferred()
    assert (poor.status_code, poor.json()["code"]) == (403, "NOT_ENOUGH")
    stage.control("PUT", "/_settings", {"opening_balance_fen": 10880})
    assert stage.transferred().status_code == 200
    assert stage.control("GET", "/_balance")["available_fen"] == 0


def test_an_unknown_transfer_is_404(stage: Stage) -> None:
    answer = stage.call("GET", f"{BILLS}/out-bill-no/{NUMBER}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_transfer_goes_on_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "pay.sqlite"
    with running(state) as stage:
        stage.transferred(notify_url=None)
        stage.control("PUT", "/_settings", {"transfer_delay_ms": 1500})
        stage.control("POST", f"/_transfers/{NUMBER}/confirm", {})
    with running(state) as stage:
        stage.until(lambda: _state(stage) == ("SUCCESS", None))
