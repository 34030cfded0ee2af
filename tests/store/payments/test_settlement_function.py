"""The steps of the settlement workflow as Lambda runs them, against the strict simulator."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from daojia.ledger import store as ledger
from daojia.payments import payouts
from daojia.payments.model import PayoutState
from tests.store.payments.functions import load, provide_merchant
from tests.store.payments.world import a_provider, payable
from tests.unit.ordering.builders import PROVIDER
from tests.unit.simulators.wechat_pay_stage import OPENID, Stage, running

pytestmark = pytest.mark.feature("A11")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with running(Path(tmp_path_factory.mktemp("pay")) / "pay.sqlite") as running_stage:
        yield running_stage


@pytest.fixture
def queue(tables: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    sqs: Any = boto3.resource("sqs", region_name="us-east-1")
    made = sqs.create_queue(QueueName="notifications")
    monkeypatch.setenv("NOTIFICATIONS_QUEUE_URL", made.url)
    return made


@pytest.fixture
def step(queue: Any, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Any:
    provide_merchant(monkeypatch, stage.base)
    handler = load("settlement").handler
    return lambda task, **given: json.loads(json.dumps(handler({"task": task, **given}, None)))


def test_a_run_pays_out_and_the_next_one_learns_the_end(step: Any, queue: Any, stage: Stage) -> None:
    a_provider(openid=OPENID)
    payable(10240)
    assert step("open_transfers", cursor=None) == {"ids": [], "cursor": None}
    plan = step("plan", cursor=None, started_at="2026-11-23T18:30:00.123Z")
    assert plan == {"ids": [PROVIDER], "cursor": None, "cycle": "20261124"}
    assert step("pay_out", provider_id=PROVIDER, cycle=plan["cycle"]) == {"outcome": "AWAITING_CONFIRMATION"}
    (message,) = queue.receive_messages()
    assert json.loads(message.body)["kind"] == "payout"

    (payout,) = payouts.payouts_of(PROVIDER)
    assert payout.package_info is not None
    assert step("open_transfers") == {"ids": [payout.bill_no], "cursor": None}
    stage.control("POST", f"/_transfers/{payout.bill_no}/confirm", {"package_info": payout.package_info})
    stage.until(lambda: step("check_transfer", bill_no=payout.bill_no) == {"outcome": "PAID_OUT"})
    assert step("plan", started_at="2026-11-24T18:30:00Z")["ids"] == []
    assert payouts.income(PROVIDER).paid_out_fen == 10240
    assert ledger.trial_balance().sound


def test_an_answer_that_was_lost_is_found_again(step: Any, stage: Stage) -> None:
    a_provider(openid=OPENID)
    payable(500)
    stage.faults.switch_on("/transfer-bills", "lost")
    with pytest.raises(Exception, match="UNAVAILABLE"):
        step("pay_out", provider_id=PROVIDER, cycle="20261126")
    (payout,) = payouts.payouts_of(PROVIDER)
    assert payout.state is PayoutState.STARTED
    assert step("pay_out", provider_id=PROVIDER, cycle="20261126") == {"outcome": "AWAITING_CONFIRMATION"}
    assert len(stage.control("GET", f"/_transfers?openid={OPENID}&state=WAIT_USER_CONFIRM")["items"]) == 1
