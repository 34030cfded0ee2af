"""What the stream of order events sets going."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from daojia.dispatch import grabbing
from daojia.dispatch import store as desks
from daojia.kernel.ids import AccountId, ProviderId
from daojia.kernel.transaction import committed
from daojia.ordering import store, workflow
from daojia.ordering.model import Order
from tests.store.builders import a_provider, a_town, offered, paid, placed
from tests.store.ordering.test_workflow import FakeStepFunctions
from tests.unit.ordering.builders import NOW

pytestmark = pytest.mark.usefixtures("tables")
A, B = ProviderId(AccountId("a_a")), ProviderId(AccountId("a_b"))


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Any:
    path = Path(__file__).resolve().parents[3] / "functions" / "order_events" / "app.py"
    spec = importlib.util.spec_from_file_location("order_events_app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    queue = boto3.client("sqs").create_queue(QueueName="notifications")["QueueUrl"]
    monkeypatch.setenv("NOTIFICATIONS_QUEUE_URL", queue)
    monkeypatch.setenv("ORDER_LIFECYCLE_ARN", "arn:aws:states:us-east-1:123456789012:stateMachine:order_lifecycle")
    fake = FakeStepFunctions()
    monkeypatch.setattr(workflow, "client", lambda service: fake)
    module.machine = fake
    return module


def record(order: Order, version: int | None = None) -> dict[str, Any]:
    """The stream record of an order's event."""
    key = {"order_id": {"S": order.order_id}, "sk": {"S": f"EVENT#{version or order.version:06d}"}}
    image = boto3.client("dynamodb").get_item(TableName="orders", Key=key)["Item"]
    return {
        "eventID": "1",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": key, "NewImage": image, "SequenceNumber": "1", "StreamViewType": "NEW_IMAGE"},
    }


def happened(handler: Any, *records: dict[str, Any]) -> dict[str, Any]:
    return handler.handler({"Records": list(records)}, None)


def queued() -> list[tuple[str, str]]:
    """Recipients and kinds of the messages waiting, taken off the queue."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="notifications")["QueueUrl"]
    found: list[tuple[str, str]] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            body = json.loads(message["Body"])
            found.append((body["recipient"], body["kind"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(found)


@pytest.fixture
def order() -> Order:
    a_town(a_provider(A), a_provider(B))
    return placed()


def test_a_placed_order_starts_its_workflow_once(handler: Any, order: Order) -> None:
    assert happened(handler, record(order), record(order)) == {"batchItemFailures": []}
    assert [each["name"] for each in handler.machine.started] == [f"{order.order_id}-1"]


def test_offers_are_queued_for_everyone_who_was_asked(handler: Any, order: Order) -> None:
    happened(handler, record(offered(paid(order), A, B)))
    assert queued() == [("a_a", "offer"), ("a_b", "offer")]


def test_when_somebody_took_it_the_others_are_told_and_their_desks_cleared(handler: Any, order: Order) -> None:
    asked = offered(paid(order), A, B)
    taken = committed(lambda tx: grabbing.grab(A, number=asked.number, tx=tx, now=NOW))
    assert desks.offers_of(B, NOW)
    happened(handler, record(taken))
    assert desks.offers_of(B, NOW) == []
    assert queued() == [("a_a", "job"), ("a_b", "taken"), ("a_customer", "accepted")]


def test_a_late_event_does_not_clear_the_offers_of_a_newer_search(handler: Any, order: Order) -> None:
    asked = offered(paid(order), A, B)
    taken = committed(lambda tx: grabbing.grab(A, number=asked.number, tx=tx, now=NOW))
    again = committed(lambda tx: grabbing.withdraw(taken, A, "ill", tx=tx, now=NOW))
    offered(again, B)
    happened(handler, record(taken, taken.version))
    assert [offer.order_id for offer in desks.offers_of(B, NOW)] == [order.order_id]
    assert committed(lambda tx: grabbing.grab(B, number=order.number, tx=tx, now=NOW)).provider_id == B


def test_a_cancelled_order_leaves_no_offer_on_any_desk(handler: Any, order: Order) -> None:
    asked = offered(paid(order), A, B)
    cancelled = committed(lambda tx: store.record(tx, asked.nobody_found(NOW)))
    happened(handler, record(cancelled))
    assert desks.offers_of(A, NOW) == desks.offers_of(B, NOW) == []
    assert queued() == [("a_customer", "nobody_found")]


def test_other_items_and_later_changes_are_of_no_interest(handler: Any, order: Order) -> None:
    modified = {**record(order), "eventName": "MODIFY"}
    image = {"order_id": {"S": order.order_id}, "sk": {"S": "ORDER"}}
    other = record(order)
    other["dynamodb"] = {**other["dynamodb"], "NewImage": image}
    assert happened(handler, modified, other) == {"batchItemFailures": []}
    assert handler.machine.started == []
