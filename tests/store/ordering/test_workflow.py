"""Workflows that wait for orders: neither order of arrival loses the signal."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from daojia.ordering import store, workflow
from daojia.ordering.model import Order
from daojia.ordering.workflow import WaitItem
from tests.store.builders import a_provider, a_town, paid, placed
from tests.unit.ordering.builders import NOW

pytestmark = pytest.mark.usefixtures("tables")
LATER = NOW + timedelta(minutes=15)


class FakeStepFunctions:
    """Remembers what it was told; tokens in `gone` are answered as Step Functions answers for finished executions."""

    def __init__(self) -> None:
        self.succeeded: list[tuple[str, dict[str, Any]]] = []
        self.failed: list[tuple[str, str]] = []
        self.started: list[dict[str, Any]] = []
        self.gone: set[str] = set()

    def _check(self, token: str) -> None:
        if token in self.gone:
            raise ClientError({"Error": {"Code": "TaskTimedOut", "Message": "gone"}}, "SendTaskSuccess")

    def send_task_success(self, **arguments: str) -> None:
        self._check(arguments["taskToken"])
        self.succeeded.append((arguments["taskToken"], json.loads(arguments["output"])))

    def send_task_failure(self, **arguments: str) -> None:
        self._check(arguments["taskToken"])
        self.failed.append((arguments["taskToken"], arguments["error"]))

    def start_execution(self, **arguments: str) -> None:
        if any(each["name"] == arguments["name"] for each in self.started):
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists", "Message": "there"}}, "StartExecution")
        self.started.append({**arguments, "input": json.loads(arguments["input"])})


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> FakeStepFunctions:
    fake = FakeStepFunctions()
    monkeypatch.setattr(workflow, "client", lambda service: fake)
    monkeypatch.setenv("ORDER_LIFECYCLE_ARN", "arn:aws:states:us-east-1:123456789012:stateMachine:order_lifecycle")
    return fake


@pytest.fixture
def order() -> Order:
    a_town(a_provider())
    return placed()


def park(order: Order, token: str, waiter: Any = "lifecycle", version: int | None = None) -> None:
    workflow.park(waiter, order.order_id, version or order.version, token, until=LATER, now=NOW)


def waiting(order: Order) -> dict[str, str]:
    return {item.sk: item.token for item in WaitItem.query(order.order_id, WaitItem.sk.startswith("WAIT#"))}


def test_a_workflow_that_waits_is_woken_by_the_next_change(machine: FakeStepFunctions, order: Order) -> None:
    park(order, "t1")
    assert workflow.resume(order, NOW)
    assert machine.succeeded == []
    after = paid(order)
    assert workflow.resume(after, NOW)
    ((token, snapshot),) = machine.succeeded
    assert token == "t1"
    assert snapshot["version"] == after.version
    assert snapshot["wait"] == "DISPATCH"
    assert waiting(order) == {}


def test_a_workflow_that_comes_too_late_to_wait_is_answered_at_once(machine: FakeStepFunctions, order: Order) -> None:
    after = paid(order)
    park(order, "t1")
    ((token, snapshot),) = machine.succeeded
    assert (token, snapshot["version"]) == ("t1", after.version)
    assert waiting(order) == {}


def test_a_newer_execution_takes_the_place_of_an_older_one(machine: FakeStepFunctions, order: Order) -> None:
    park(order, "t1")
    park(order, "t2")
    assert machine.failed == [("t1", "Superseded")]
    assert waiting(order) == {"WAIT#lifecycle": "t2"}


def test_parking_the_same_token_again_is_harmless(machine: FakeStepFunctions, order: Order) -> None:
    park(order, "t1")
    park(order, "t1")
    assert machine.failed == []
    assert waiting(order) == {"WAIT#lifecycle": "t1"}


def test_both_workflows_of_an_order_are_woken(machine: FakeStepFunctions, order: Order) -> None:
    park(order, "t1")
    park(order, "t2", "dispatch")
    assert workflow.resume(paid(order), NOW)
    assert {token for token, _ in machine.succeeded} == {"t1", "t2"}


def test_a_workflow_that_is_gone_before_its_time_is_reported(machine: FakeStepFunctions, order: Order) -> None:
    park(order, "t1")
    machine.gone.add("t1")
    assert not workflow.resume(paid(order), NOW)
    assert waiting(order) == {}


def test_a_workflow_whose_time_is_up_acts_by_itself(machine: FakeStepFunctions, order: Order) -> None:
    park(order, "t1")
    machine.gone.add("t1")
    assert workflow.resume(paid(order), LATER)


def test_an_old_event_does_not_wake_a_workflow_that_knows_more(machine: FakeStepFunctions, order: Order) -> None:
    after = paid(order)
    park(after, "t1")
    assert workflow.resume(order, NOW)
    assert workflow.resume(store.get(order.order_id), NOW)
    assert machine.succeeded == []
    assert waiting(order) == {"WAIT#lifecycle": "t1"}


def test_a_token_parked_while_an_older_one_was_woken_stays(
    machine: FakeStepFunctions, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    park(order, "t1")
    after = paid(order)
    answer = machine.send_task_success

    def park_meanwhile(**arguments: str) -> None:
        answer(**arguments)
        park(after, "t2")

    monkeypatch.setattr(machine, "send_task_success", park_meanwhile)
    assert workflow.resume(after, NOW)
    assert waiting(order) == {"WAIT#lifecycle": "t2"}


def test_a_lifecycle_is_started_once_per_version_and_reason(machine: FakeStepFunctions, order: Order) -> None:
    workflow.start_lifecycle(order.order_id, order.version)
    workflow.start_lifecycle(order.order_id, order.version)
    workflow.start_lifecycle(order.order_id, order.version, why="-again")
    assert [each["name"] for each in machine.started] == [f"{order.order_id}-1", f"{order.order_id}-1-again"]
    assert machine.started[0]["input"] == {"order_id": order.order_id}
