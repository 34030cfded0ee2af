"""The daily bills of the WeChat Pay simulator, read as a merchant reads them."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulators.wechat_pay_stage import Stage, running

CHINA = timezone(timedelta(hours=8))
DAY = "2026-11-25"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with running(tmp_path / "pay.sqlite") as running_stage:
        _it_is(running_stage, f"{DAY}T12:00")
        yield running_stage


def _it_is(stage: Stage, instant: str) -> None:
    """Set the clock of business, in China's time."""
    offset = (datetime.fromisoformat(instant).replace(tzinfo=CHINA) - datetime.now(CHINA)).total_seconds()
    stage.control("POST", "/_clock", {"offset_seconds": offset})


def _parsed(text: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Rows and sums of a bill; every value stands behind a back-tick."""
    lines = [line.split(",") for line in text.removeprefix("\ufeff").strip().split("\r\n")]
    header, rows, sums_header, sums = lines[0], lines[1:-2], lines[-2], lines[-1]

    def read(names: list[str], values: list[str]) -> dict[str, str]:
        assert all(value.startswith("`") for value in values)
        return dict(zip(names, (value[1:] for value in values), strict=True))

    return [read(header, row) for row in rows], read(sums_header, sums)


def _traded(stage: Stage) -> None:
    """One order paid, one paid and refunded in part, one paid out."""
    stage.paid("ORDER0001", description="到家-日常保洁,两小时")
    stage.paid("ORDER0002")
    stage.refunded("ORDER0002", amount={"refund": 2800, "total": 12800, "currency": "CNY"})
    stage.notices(1, "REFUND.SUCCESS")
    stage.transferred()
    stage.control("POST", "/_transfers/PAYOUT20261125A1/confirm", {})
    stage.notices(1, "MCHTRANSFER.BILL.FINISHED")


def _bill(stage: Stage, kind: str, **query: Any) -> str:
    call = {"trade": stage.merchant.trade_bill, "flow": stage.merchant.fundflow_bill}[kind]
    status, text = call(bill_date=DAY, **query)
    assert status == 200, text
    link = json.loads(text)
    status, content = stage.merchant.download_bill(link["download_url"])
    assert status == 200
    plain = gzip.decompress(content).decode() if isinstance(content, bytes) else content
    assert hashlib.sha1(plain.encode()).hexdigest() == link["hash_value"]  # noqa: S324 - the channel's choice
    return plain


def test_the_trade_bill_lists_payments_and_refunds_in_yuan(stage: Stage) -> None:
    _traded(stage)
    _it_is(stage, "2026-11-26T10:00")
    rows, sums = _parsed(_bill(stage, "trade"))
    assert sorted((row["商户订单号"], row["交易状态"]) for row in rows) == [
        ("ORDER0001", "SUCCESS"),
        ("ORDER0002", "REFUND"),
        ("ORDER0002", "SUCCESS"),
    ]
    paid = next(row for row in rows if row["商户订单号"] == "ORDER0001")
    assert (paid["应结订单金额"], paid["商品名称"]) == ("128.00", "到家-日常保洁 两小时")
    refund = next(row for row in rows if row["交易状态"] == "REFUND")
    assert (refund["退款金额"], refund["商户退款单号"], refund["退款状态"]) == ("28.00", "REFUND0001", "SUCCESS")
    assert (sums["总交易单数"], sums["应结订单总金额"], sums["退款总金额"]) == ("3", "256.00", "28.00")
    assert len(_parsed(_bill(stage, "trade", bill_type="SUCCESS"))[0]) == 2
    assert len(_parsed(_bill(stage, "trade", bill_type="REFUND"))[0]) == 1
    link = stage.call("GET", f"/v3/bill/tradebill?bill_date={DAY}").json()["download_url"]
    assert _parsed(stage.call("GET", link.removeprefix(stage.base)).text)[1] == sums, "not packed unless asked for"


def test_the_fund_flow_bill_adds_up_to_the_balance(stage: Stage) -> None:
    stage.control("PUT", "/_settings", {"fee_basis_points": 60})
    _traded(stage)
    _it_is(stage, "2026-11-26T10:00")
    rows, sums = _parsed(_bill(stage, "flow"))
    kinds = sorted((row["业务类型"], row["收支类型"], row["收支金额(元)"]) for row in rows)
    assert kinds == [
        ("交易", "收入", "128.00"),
        ("交易", "收入", "128.00"),
        ("扣除交易手续费", "支出", "0.77"),
        ("扣除交易手续费", "支出", "0.77"),
        ("转账", "支出", "108.80"),
        ("退款", "支出", "27.83"),
    ]
    assert rows[-1]["账户结余(元)"] == "117.83"
    assert (sums["收入金额"], sums["支出金额"]) == ("256.00", "138.17")


def test_a_bill_is_ready_at_ten_of_the_next_day_and_only_if_something_happened(stage: Stage) -> None:
    path = f"/v3/bill/tradebill?bill_date={DAY}"
    stage.paid()
    assert stage.call("GET", path).json()["code"] == "PARAM_ERROR"
    _it_is(stage, "2026-11-26T09:59")
    assert stage.call("GET", path).json()["code"] == "STATEMENT_CREATING"
    _it_is(stage, "2026-11-26T10:00")
    assert stage.call("GET", path).status_code == 200
    assert stage.call("GET", f"{path}&bill_type=REFUND").json()["code"] == "NO_STATEMENT_EXIST"
    _it_is(stage, "2027-02-28T12:00")
    assert stage.call("GET", path).json()["code"] == "PARAM_ERROR"


@pytest.mark.parametrize(
    "query",
    [
        "bill_type=ALL",
        "bill_date=20261125",
        "bill_date=2020-01-01&bill_type=EVERYTHING",
        "bill_date=2020-01-01&tar_type=ZIP",
    ],
)
def test_a_bill_asked_for_wrongly_is_refused(stage: Stage, query: str) -> None:
    answer = stage.call("GET", f"/v3/bill/tradebill?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")


def test_a_link_to_a_bill_lives_five_minutes_and_needs_a_signature(stage: Stage) -> None:
    stage.paid()
    _it_is(stage, "2026-11-26T10:00")
    url = stage.call("GET", f"/v3/bill/tradebill?bill_date={DAY}").json()["download_url"]
    path = url.removeprefix(stage.base)
    assert stage.client.get(path).status_code == 401
    assert stage.call("GET", path).status_code == 200
    _it_is(stage, "2026-11-26T10:06")
    assert stage.call("GET", path).status_code == 400
