"""Our client against the strict simulator, through the real library and real signatures."""

import itertools
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from daojia.kernel.errors import UnavailableError
from daojia.kernel.times import SHANGHAI
from daojia.ordering.model import RefundState
from daojia.payments.errors import PaymentRefusedError
from daojia.payments.model import JsapiParams, PaymentFact, RefundFact, TransferFact, TransferState
from daojia.payments.notices import Notice
from daojia.payments.wechat_pay import WeChatPayClient
from tests.unit.simulators.wechat_pay_stage import APPID, MINI, OPENID, Stage

_numbers = itertools.count(1)


def a_number(prefix: str = "01KBTESTTESTTESTTESTTEST") -> str:
    return f"{prefix}{next(_numbers):04d}"


def prepaid(client: WeChatPayClient, number: str, **changes: Any) -> JsapiParams:
    now = datetime.now(SHANGHAI)
    wish: dict[str, Any] = {
        "out_trade_no": number,
        "amount_fen": 12800,
        "description": "到家-日常保洁",
        "openid": OPENID,
        "app": "official",
        "expires_at": now.replace(microsecond=0) + timedelta(minutes=15),
        "now": now,
    }
    return client.prepay(**{**wish, **changes})


def paid(client: WeChatPayClient, stage: Stage) -> str:
    number = a_number()
    prepaid(client, number)
    stage.control("POST", "/_pay", {"out_trade_no": number})
    return number


def notice_of(client: WeChatPayClient, stage: Stage, kind: type, number: str) -> Any:
    """Wait for the notice of a kind about a number; it is read by our client."""

    def read() -> list[Notice]:
        now = datetime.now(SHANGHAI)
        seen = [client.notice(headers, body.encode(), now) for headers, body in list(stage.webhook.arrived)]
        return [each for each in seen if isinstance(each, kind) and number in each.model_dump().values()]

    stage.until(read)
    return read()[0]


def refunded(
    client: WeChatPayClient, number: str, *, amount_fen: int = 12800, reason: str = "LATE_PAYMENT"
) -> RefundFact:
    return client.refund(
        refund_no=f"{number}R01", out_trade_no=number, amount_fen=amount_fen, total_fen=12800, reason=reason
    )


def transferred(client: WeChatPayClient, bill_no: str, **changes: Any) -> TransferFact:
    wish = {"bill_no": bill_no, "amount_fen": 10240, "app": "official", "openid": OPENID, "name": None}
    return client.transfer(**{**wish, **changes})


# -- payments ---------------------------------------------------------------------------------------------------------


@pytest.mark.feature("C11")
def test_the_pay_sheet_opens_with_what_prepay_signed(client: WeChatPayClient, stage: Stage) -> None:
    number = a_number()
    params = prepaid(client, number).for_wechat()
    assert set(params) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    shown = stage.control("POST", "/_paysheet", {**params, "openid": OPENID})
    assert (shown["out_trade_no"], shown["amount_fen"], shown["description"]) == (number, 12800, "到家-日常保洁")
    assert stage.control("POST", "/_paysheet/confirm", params)["errMsg"] == "requestPayment:ok"
    fact = client.query(number)
    assert fact is not None
    assert (fact.paid, fact.amount_fen, fact.out_trade_no) == (True, 12800, number)
    assert notice_of(client, stage, PaymentFact, number) == fact, "the notice says what the query says"


def test_in_the_mini_program_the_payment_belongs_to_its_appid(client: WeChatPayClient) -> None:
    assert prepaid(client, a_number(), app="miniprogram").app_id == MINI
    assert prepaid(client, a_number()).app_id == APPID


def test_asking_for_the_same_payment_again_is_harmless(client: WeChatPayClient) -> None:
    number, expires_at = a_number(), datetime.now(SHANGHAI).replace(microsecond=0) + timedelta(minutes=15)
    first = prepaid(client, number, expires_at=expires_at)
    again = prepaid(client, number, expires_at=expires_at)
    assert again.package == first.package
    assert again.nonce_str != first.nonce_str


def test_a_payment_the_channel_never_heard_of_is_none(client: WeChatPayClient) -> None:
    assert client.query(a_number()) is None


def test_an_unpaid_payment_is_not_paid(client: WeChatPayClient) -> None:
    number = a_number()
    prepaid(client, number)
    fact = client.query(number)
    assert fact is not None
    assert not fact.paid


def test_closing_ends_it_and_closing_again_or_the_unknown_or_the_paid_is_no_error(
    client: WeChatPayClient, stage: Stage
) -> None:
    number = a_number()
    prepaid(client, number)
    client.close(number)
    client.close(number)
    client.close(a_number())
    with pytest.raises(PaymentRefusedError) as refusal:
        prepaid(client, number)
    assert refusal.value.reason == "ORDER_CLOSED"
    taken = paid(client, stage)
    client.close(taken)
    fact = client.query(taken)
    assert fact is not None
    assert fact.paid


def test_paying_twice_is_refused_with_a_reason(client: WeChatPayClient, stage: Stage) -> None:
    number = paid(client, stage)
    with pytest.raises(PaymentRefusedError) as refusal:
        prepaid(client, number)
    assert refusal.value.reason == "ORDERPAID"


# -- trouble ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "code"), [(500, "SYSTEM_ERROR"), (502, "BAD_GATEWAY"), (429, "FREQUENCY_LIMITED")])
def test_a_channel_in_trouble_is_asked_again(client: WeChatPayClient, stage: Stage, status: int, code: str) -> None:
    number = a_number()
    stage.faults.switch_on("/jsapi", "error", status=status, code=code)
    with pytest.raises(UnavailableError):
        prepaid(client, number)
    assert prepaid(client, number).package.startswith("prepay_id=")


def test_a_refusal_is_final(client: WeChatPayClient) -> None:
    with pytest.raises(PaymentRefusedError) as refusal:
        prepaid(client, a_number(), openid="nobody")
    assert refusal.value.reason == "PARAM_ERROR"


def test_a_channel_that_is_not_there_is_unavailable(client: WeChatPayClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECHAT_PAY_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(UnavailableError):
        WeChatPayClient.of_stage().query(a_number())


def test_an_answer_somebody_else_signed_is_not_believed(
    client: WeChatPayClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = a_number()
    prepaid(client, number)
    monkeypatch.setattr("wechatpayv3.core.rsa_verify", lambda *_: False)
    with pytest.raises(UnavailableError):
        client.query(number)


def test_one_client_serves_the_process_until_its_settings_change(
    client: WeChatPayClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert WeChatPayClient.of_stage() is client
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://elsewhere.example")
    assert WeChatPayClient.of_stage() is not client


# -- refunds ----------------------------------------------------------------------------------------------------------


@pytest.mark.feature("C11")
def test_a_refund_is_made_once_however_often_it_is_asked_for(client: WeChatPayClient, stage: Stage) -> None:
    number = paid(client, stage)
    assert refunded(client, number).state is RefundState.REQUESTED
    fact = notice_of(client, stage, RefundFact, number)
    assert fact == RefundFact(out_trade_no=number, refund_no=f"{number}R01", state=RefundState.SUCCEEDED)
    assert refunded(client, number) == fact
    assert client.query_refund(fact.refund_no) == fact
    mine = stage.control("GET", f"/_refunds?out_trade_no={number}")["items"]
    assert [(each["amount"]["refund"], each["reason"]) for each in mine] == [(12800, "订单已取消，款项原路退回")]
    payment = client.query(number)
    assert payment is not None
    assert payment.paid, "refunded is still paid"


def test_a_refund_whose_answer_was_lost_is_found_again(client: WeChatPayClient, stage: Stage) -> None:
    number = paid(client, stage)
    stage.faults.switch_on("/refunds", "lost")
    with pytest.raises(UnavailableError):
        refunded(client, number, reason="x" * 200)
    assert refunded(client, number, reason="x" * 200).state in (RefundState.REQUESTED, RefundState.SUCCEEDED)
    assert len(stage.control("GET", f"/_refunds?out_trade_no={number}")["items"]) == 1


def test_a_refund_refused_for_good_has_failed(client: WeChatPayClient, stage: Stage) -> None:
    number = a_number()
    prepaid(client, number)
    assert refunded(client, number).state is RefundState.FAILED, "never paid"
    number = paid(client, stage)
    refunded(client, number)
    # Asked differently, it is refused; but the channel knows the number, and how it stands counts.
    assert refunded(client, number, amount_fen=1).state is not RefundState.FAILED


def test_a_refund_that_ends_badly_has_failed(client: WeChatPayClient, stage: Stage) -> None:
    number = paid(client, stage)
    stage.control("PUT", "/_settings", {"refund_outcome": "ABNORMAL"})
    try:
        refunded(client, number)
        assert notice_of(client, stage, RefundFact, number).state is RefundState.FAILED
    finally:
        stage.control("PUT", "/_settings", {"refund_outcome": "SUCCESS"})


# -- transfers --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("P8")
def test_a_transfer_waits_for_its_receiver_and_ends_with_a_notice(client: WeChatPayClient, stage: Stage) -> None:
    bill_no = a_number("P20261124")
    fact = transferred(client, bill_no)
    assert fact.state is TransferState.WAIT_USER_CONFIRM
    assert fact.package_info
    assert transferred(client, bill_no) == fact, "the same again"
    sheet = client.confirmation("official", fact.package_info)
    assert (sheet["appId"], sheet["package"]) == (APPID, fact.package_info)
    asked = client.query_transfer(bill_no)
    assert asked is not None
    assert (asked.state, asked.amount_fen, asked.package_info) == (TransferState.WAIT_USER_CONFIRM, 10240, None)
    stage.control("POST", f"/_transfers/{bill_no}/confirm", {"package_info": fact.package_info})
    ended = notice_of(client, stage, TransferFact, bill_no)
    assert (ended.bill_no, ended.state, ended.amount_fen) == (bill_no, TransferState.SUCCESS, 10240)


def test_a_transfer_that_lapses_says_why(client: WeChatPayClient, stage: Stage) -> None:
    bill_no = a_number("P20261124")
    transferred(client, bill_no, app="miniprogram")
    stage.control("POST", f"/_transfers/{bill_no}/refuse", {})
    fact = client.query_transfer(bill_no)
    assert fact is not None
    assert (fact.state, fact.fail_reason) == (TransferState.FAIL, "OVERDUE_CLOSE")


def test_a_large_transfer_carries_the_name_encrypted(client: WeChatPayClient, stage: Stage) -> None:
    stage.control("POST", "/_users", {"openid": OPENID, "real_name": "王建国"})
    assert transferred(client, a_number("P20261124"), amount_fen=200_000, name="王建国").package_info
    wrong = transferred(client, a_number("P20261124"), amount_fen=200_000, name="李建国")
    assert (wrong.state, wrong.fail_reason) == (TransferState.FAIL, "NAME_NOT_CORRECT")


def test_a_transfer_refused_for_good_has_failed_unless_the_channel_knows_it(client: WeChatPayClient) -> None:
    bill_no = a_number("P20261124")
    refused = transferred(client, bill_no, openid="nobody")
    assert (refused.state, refused.fail_reason) == (TransferState.FAIL, "PARAM_ERROR")
    assert transferred(client, bill_no).state is TransferState.WAIT_USER_CONFIRM
    assert transferred(client, bill_no, amount_fen=1000).state is TransferState.WAIT_USER_CONFIRM
    assert client.query_transfer(a_number("P20261124")) is None


def test_a_merchant_without_money_may_try_again_later(client: WeChatPayClient, stage: Stage) -> None:
    stage.control("PUT", "/_settings", {"check_balance": True})
    bill_no, poor = a_number("P20261124"), 10**9
    try:
        with pytest.raises(UnavailableError):
            transferred(client, bill_no, amount_fen=poor, name="王建国")
    finally:
        stage.control("PUT", "/_settings", {"check_balance": False})
    assert client.query_transfer(bill_no) is None


# -- time -------------------------------------------------------------------------------------------------------------


def test_a_slow_channel_is_given_up_within_lambda_time(client: WeChatPayClient, stage: Stage) -> None:
    stage.faults.switch_on("/out-trade-no/", "slow", delay_ms=6500)
    began = time.monotonic()
    with pytest.raises(UnavailableError):
        client.query(a_number())
    assert time.monotonic() - began < 6.4
