"""Where an order's workflow stands, asked of Step Functions: the present step and the steps gone through."""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.paths import CREDENTIALS

HISTORY_MAX: Final = 400
LISTED_MAX: Final = 200
OVER_MAX: Final = 200
"""Executions that are over and remembered."""


class Workflows:
    """Finds the executions of an order. Those of `order_lifecycle` are named `<order id>-<version>…`."""

    def __init__(self, stack: Callable[[], dict[str, Any]]) -> None:
        self._stack = stack
        self._lock = threading.Lock()
        self._endpoint = ""
        self._client: Any = None
        self._over: dict[str, dict[str, Any]] = {}
        self._searches: dict[str, str] = {}

    def of_order(self, order_id: str, named: Sequence[str] = ()) -> dict[str, Any] | None:
        """`{status, state, path, dispatch: {status, state, path}|None}`; None when nothing ran or nobody answers.

        `named` are the executions the platform itself knows of; others are looked for only when none of these runs.
        """
        try:
            with self._lock:
                self._connect()
                return self._lifecycle(order_id, named)
        except (BotoCoreError, ClientError, KeyError, ValueError):
            return None

    def _connect(self) -> None:
        aws = self._stack()["aws"]
        if self._client is not None and aws["endpoint"] == self._endpoint:
            return
        self._endpoint = aws["endpoint"]
        self._client = boto3.client(
            "stepfunctions",
            endpoint_url=self._endpoint,
            region_name=aws["region"],
            aws_access_key_id=aws.get("aws_access_key_id", CREDENTIALS["AWS_ACCESS_KEY_ID"]),
            aws_secret_access_key=aws.get("aws_secret_access_key", CREDENTIALS["AWS_SECRET_ACCESS_KEY"]),
            config=Config(connect_timeout=2, read_timeout=10, retries={"max_attempts": 1}),
        )

    def _lifecycle(self, order_id: str, named: Sequence[str]) -> dict[str, Any] | None:
        newest = self._running(named) or self._newest(order_id)
        if newest is None:
            return None
        seen = self._seen(*newest)
        search = seen.pop("search") or self._search_of(order_id, seen["state"])
        dispatch = None
        if search:
            dispatch = self._seen(search, self._status(search))
            dispatch.pop("search")
        return {**seen, "dispatch": dispatch}

    def _running(self, named: Sequence[str]) -> tuple[str, str] | None:
        """The last of these executions that is under way."""
        for arn in reversed(named):
            if arn in self._over:
                continue
            status = self._status(arn)
            if status == "RUNNING":
                return arn, status
        return None

    def _newest(self, order_id: str) -> tuple[str, str] | None:
        """The execution that looks after the order now, or looked after it last."""
        machine = self._stack()["outputs"]["OrderLifecycleArn"]
        pages = self._client.get_paginator("list_executions").paginate(stateMachineArn=machine)
        mine = [each for page in pages for each in page["executions"] if each["name"].startswith(f"{order_id}-")]
        if not mine:
            return None
        running = [each for each in mine if each["status"] == "RUNNING"]
        newest = max(running or mine, key=lambda each: each["startDate"])
        return newest["executionArn"], newest["status"]

    def _status(self, arn: str) -> str:
        if arn in self._over:
            return str(self._over[arn]["status"])
        return str(self._client.describe_execution(executionArn=arn)["status"])

    def _seen(self, arn: str, status: str) -> dict[str, Any]:
        """The steps of one execution; what is over is read once."""
        if arn in self._over:
            return dict(self._over[arn])
        events = self._client.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=HISTORY_MAX)[
            "events"
        ]
        events.sort(key=lambda event: event["id"])
        path: list[str] = []
        search: str | None = None
        for event in events:
            if details := event.get("stateEnteredEventDetails"):
                path.append(details["name"])
            for name in ("taskSubmittedEventDetails", "taskSucceededEventDetails"):
                search = _execution_arn(event.get(name, {}).get("output")) or search
        seen = {"status": status, "state": path[-1] if path else None, "path": path, "search": search}
        if status != "RUNNING":
            self._over[arn] = dict(seen)
            while len(self._over) > OVER_MAX:
                self._over.pop(next(iter(self._over)))
        return seen

    def _search_of(self, order_id: str, state: str | None) -> str | None:
        """The search's execution, when the history does not name it: the newest whose input is this order."""
        if state not in ("FindProvider", "RouteSearch"):
            return self._searches.get(order_id)
        listed = self._client.list_executions(
            stateMachineArn=self._stack()["outputs"]["DispatchArn"], statusFilter="RUNNING", maxResults=LISTED_MAX
        )["executions"]
        for execution in sorted(listed, key=lambda each: each["startDate"], reverse=True):
            described = self._client.describe_execution(executionArn=execution["executionArn"])
            if json.loads(described.get("input") or "{}").get("order_id") == order_id:
                self._searches[order_id] = execution["executionArn"]
                break
        return self._searches.get(order_id)


def _execution_arn(output: str | None) -> str | None:
    """The execution a `startExecution` step says it started."""
    try:
        content = json.loads(output or "{}")
    except ValueError:
        return None
    arn = content.get("ExecutionArn") or content.get("executionArn") if isinstance(content, dict) else None
    return str(arn) if arn else None
