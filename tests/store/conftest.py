"""Store tests run against moto's DynamoDB, in memory."""

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler

from daojia.catalogue import store as catalogue
from daojia.kernel.aws import client
from daojia.kernel.secrets import provide
from daojia.kernel.table import forget_connections
from tests.store.tables import schemas


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All tables of the template, empty. Each call is served alone, as moto itself is not made for threads; calls of
    different threads still meet in any order, which is what races are about."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    one_at_a_time = threading.RLock()
    answer = DynamoHandler.call_action

    def answer_alone(self: DynamoHandler) -> Any:
        with one_at_a_time:
            return answer(self)

    monkeypatch.setattr(DynamoHandler, "call_action", answer_alone)
    provide("MASTER_SECRET_ARN", "store-test-master-secret")
    with mock_aws():
        dynamodb: Any = boto3.client("dynamodb", region_name="us-east-1")
        for name, schema in schemas().items():
            dynamodb.create_table(TableName=name, **schema)
        _start_afresh()
        yield
    _start_afresh()


def _start_afresh() -> None:
    forget_connections()
    client.cache_clear()
    catalogue.forget()


@pytest.fixture
def calls(tables: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations DynamoDB was asked for, in order."""
    asked: list[str] = []
    answer = DynamoHandler.call_action

    def noted(self: DynamoHandler) -> Any:
        asked.append(self.headers["X-Amz-Target"].partition(".")[2])
        return answer(self)

    monkeypatch.setattr(DynamoHandler, "call_action", noted)
    return asked
