"""POST /payments/wechat-pay: what is booked, what is refused, and how many calls that takes."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest

from daojia.kernel.errors import BusyError
from daojia.kernel.ids import OrderId
from daojia.kernel.times import SHANGHAI, iso
from daojia.kernel.transaction import Transaction, committed
from daojia.ledger import store as ledger
from daojia.ledger.model import captured, channel, escrow, refund_started
from daojia.ordering import cancelling, store
from daojia.ordering.model import Actor, Order, RefundState, Role, State
from daojia.payments import payouts
from infra.local.simulators.wechat_pay_signing import Platform
from tests.store.builders import a_provider as a_profile
from tests.store.builders import a_town, placed
from tests.store.payments.functions import load, provide_merchant
from tests.store.payments.world import CYCLE, FakeChannel, Told, a_provider, payable
from tests.unit.ordering.builders import CUSTOMER, NOW, PROVIDER
from tests.unit.simulators.wechat_pay_stage import configuration

PLATFORM = Platform(configuration())


@pytest.fixture
def app(tables: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    provide_merchant(monkeypatch, "http://127.0.0.1:9")
    a_town(a_profile())
    return load("payment_callbacks")


def a_notice(event_type: str, resource: dict[str, Any]) -> dict[str, Any]:
    """An event of the HTTP API that carries a signed notice."""
    notice = {
        "id": "1",
        "event_type": event_type,
        "resource_type": "encrypt-resource",
        "resource": PLATFORM.sealed(resource, "transaction"),
    }
    body = json.dumps(notice)
    headers = {name.lower(): value for name, value in PLATFORM.signed_headers(body.encode()).items()}
    return {"version": "2.0", "headers": headers, "body": body, "isBase64Encoded": False}


def a_payment(order: Order, **changes: Any) -> dict[str, Any]:
    resource = {
        "out_trade_no": order.payment.out_trade_no,
        "transaction_id": "4200001",
        "trade_state": "SUCCESS",
        "success_time": iso(datetime.now(SHANGHAI)),
        "amount": {"total": order.total_fen, "payer_total": order.total_fen, "currency": "CNY"},
    }
    return a_notice("TRANSACTION.SUCCESS", {**resource, **changes})


def a_refund(order: Order, **changes: Any) -> dict[str, Any]:
    resource = {
        "out_trade_no": order.payment.out_trade_no,
        "out_refund_no": order.refunds[0].refund_no if order.refunds else "none",
        "refund_status": "SUCCESS",
    }
    return a_notice("REFUND.SUCCESS", {**resource, **changes})


def cancelled(order: Order) -> Order:
    by = Actor(role=Role.CUSTOMER, id=CUSTOMER)
    return committed(lambda tx: cancelling.cancel(store.get(order.order_id), by, "有事", tx=tx, now=NOW))


def metrics_in(printed: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in printed.splitlines():
        if '"_aws"' in line:
            found |= {name: value for name, value in json.loads(line).items() if name[0].isupper()}
    return found


def failure(answer: dict[str, Any], status: int) -> None:
    assert answer["statusCode"] == status, answer
    body = json.loads(answer["body"])
    assert body["code"] == "FAIL"
    assert body["message"]


@pytest.mark.feature("C11")
@pytest.mark.feature("B2")
def test_a_payment_is_booked_in_two_calls_and_its_duplicate_in_one(app: Any, calls: list[str]) -> None:
    order = placed()
    calls.clear()
    assert app.handler(a_payment(order), None) == {"statusCode": 204}
    assert len(calls) == 2, calls
    assert store.get(order.order_id).state is State.PENDING_ACCEPTANCE
    assert ledger.order_postings(order.order_id) == [*captured(order.order_id, order.total_fen)]
    calls.clear()
    assert app.handler(a_payment(order), None) == {"statusCode": 204}
    assert len(calls) == 1, calls
    assert ledger.balance(escrow(order.order_id)) == order.total_fen


def test_the_body_may_come_in_base64(app: Any) -> None:
    order = placed()
    event = a_payment(order)
    event |= {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    assert app.handler(event, None)["statusCode"] == 204


@pytest.mark.feature("B7")
def test_a_payment_on_a_dead_order_is_booked_and_on_its_way_back(app: Any) -> None:
    order = cancelled(placed())
    assert app.handler(a_payment(order), None) == {"statusCode": 204}
    after = store.get(order.order_id)
    assert [refund.state for refund in after.refunds] == [RefundState.REQUESTED]
    fen = order.total_fen
    assert ledger.order_postings(order.order_id) == [
        *captured(order.order_id, fen),
        *refund_started(order.order_id, fen),
    ]
    assert app.handler(a_refund(after), None) == {"statusCode": 204}
    assert ledger.all_balances() == {}
    assert app.handler(a_payment(order), None) == {"statusCode": 204}, "its duplicate, after all that"


@pytest.mark.feature("B7")
def test_a_payment_that_does_not_match_is_not_booked_and_not_forgotten(app: Any, capsys: Any) -> None:
    order = placed()
    failure(app.handler(a_payment(order, amount={"total": 1, "currency": "CNY"}), None), 500)
    assert store.get(order.order_id) == order
    assert ledger.all_balances() == {}
    assert metrics_in(capsys.readouterr().out)["CallbackContradictions"] == [1.0]
    app.handler(a_payment(order), None)
    failure(app.handler(a_payment(order, transaction_id="4200002"), None), 500)


def test_a_refund_ends_and_its_duplicate_changes_nothing(app: Any, calls: list[str]) -> None:
    order = placed()
    app.handler(a_payment(order), None)
    order = cancelled(order)
    assert ledger.balance(channel()) == -order.total_fen
    calls.clear()
    assert app.handler(a_refund(order), None) == {"statusCode": 204}
    assert len(calls) == 2, calls
    assert ledger.all_balances() == {}
    version = store.get(order.order_id).version
    assert app.handler(a_refund(order), None) == {"statusCode": 204}
    assert store.get(order.order_id).version == version


def test_a_refund_that_failed_is_held_for_the_customer(app: Any) -> None:
    order = placed()
    app.handler(a_payment(order), None)
    order = cancelled(order)
    assert app.handler(a_refund(order, refund_status="ABNORMAL"), None) == {"statusCode": 204}
    assert ledger.balance(escrow(order.order_id)) == order.total_fen
    assert store.get(order.order_id).refunds[0].state is RefundState.FAILED


def test_a_refund_nobody_asked_for_is_raised(app: Any) -> None:
    order = placed()
    app.handler(a_payment(order), None)
    failure(app.handler(a_refund(order, out_refund_no="BYHAND"), None), 404)


@pytest.mark.feature("P8")
def test_a_transfer_ends_in_two_calls(app: Any, calls: list[str]) -> None:
    a_provider()
    payable(10240)
    pay = FakeChannel()
    _, payout = payouts.pay_out(PROVIDER, CYCLE, pay, Told(), now=NOW)
    assert payout is not None
    event = a_notice(
        "MCHTRANSFER.BILL.FINISHED",
        {"out_bill_no": payout.bill_no, "state": "SUCCESS", "transfer_amount": 10240, "mch_id": "1"},
    )
    calls.clear()
    assert app.handler(event, None) == {"statusCode": 204}
    assert len(calls) == 2, calls
    assert app.handler(event, None) == {"statusCode": 204}
    assert len(calls) == 3, calls
    assert payouts.income(PROVIDER).paid_out_fen == 10240


def test_what_nobody_knows_is_refused_and_raised(app: Any, capsys: Any) -> None:
    order = placed()
    failure(app.handler(a_payment(order, out_trade_no="01KBUNKNOWNUNKNOWNUNKNOWNU01"), None), 404)
    failure(app.handler(a_payment(order, out_trade_no="x"), None), 404)
    failure(app.handler(a_notice("MCHTRANSFER.BILL.FINISHED", {"out_bill_no": "P1", "state": "FAIL"}), None), 404)
    assert metrics_in(capsys.readouterr().out)["CallbacksUnknown"] == [1.0]
    assert ledger.all_balances() == {}


def test_what_is_not_wechats_is_refused_before_anything_is_read(app: Any, calls: list[str]) -> None:
    order = placed()
    good = a_payment(order)
    headers = good["headers"]
    calls.clear()
    failure(app.handler({**good, "headers": {**headers, "wechatpay-signature": "AAAA"}}, None), 401)
    failure(app.handler({**good, "headers": {**headers, "wechatpay-timestamp": "1700000000"}}, None), 401)
    failure(app.handler({**good, "headers": {**headers, "wechatpay-serial": "PUB_KEY_ID_X"}}, None), 401)
    probe = {**headers, "wechatpay-signature": "WECHATPAY/SIGNTEST/" + headers["wechatpay-signature"]}
    failure(app.handler({**good, "headers": probe}, None), 401)
    failure(app.handler({**good, "headers": {}}, None), 401)
    failure(app.handler({}, None), 401)
    failure(app.handler({**good, "body": good["body"] + " "}, None), 401)
    failure(app.handler({**good, "body": "不是 base64!", "isBase64Encoded": True}, None), 400)
    failure(app.handler({**good, "body": "x" * (64 * 1024 + 1)}, None), 413)
    failure(app.handler({**good, "body": "A" * 200_000, "isBase64Encoded": True}, None), 413)
    failure(app.handler(a_notice("COUPON.USE", {}), None), 400)
    failure(app.handler(a_payment(order, trade_state="NOTPAY"), None), 400)
    assert calls == []
    assert store.get(order.order_id) == order


def test_busy_tables_make_wechat_come_again(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order = placed()
    commit = Transaction.commit

    def busy(_: Transaction) -> None:
        raise BusyError

    monkeypatch.setattr(Transaction, "commit", busy)
    failure(app.handler(a_payment(order), None), 503)
    monkeypatch.setattr(Transaction, "commit", commit)
    assert app.handler(a_payment(order), None) == {"statusCode": 204}


def test_the_age_of_a_payment_is_measured(app: Any, capsys: Any) -> None:
    order = placed(OrderId(CUSTOMER))
    app.handler(a_payment(order, success_time="2020-01-01T00:00:00+08:00"), None)
    (age,) = metrics_in(capsys.readouterr().out)["CallbackAgeSeconds"]
    assert age > 600
