"""Where an order's workflow stands, asked of Step Functions: the present step and the steps gone through."""

import json
import re
import threading
from collections.abc import Callable
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.paths import CREDENTIALS

MACHINES: Final = {"lifecycle": "orderlifecycle", "dispatch": "dispatch"}
HISTORY_MAX: Final = 400
SEARCHES_MAX: Final = 60


class Workflows:
    """Finds the executions of an order. Executions of `order_lifecycle` are named `<order id>-<version>…`."""

    def __init__(self, stack: Callable[[], dict[str, Any]]) -> None:
        self._stack = stack
        self._lock = threading.Lock()
        self._endpoint = ""
        self._client: Any = None
        self._arns: dict[str, str] = {}
        self._over: dict[str, dict[str, Any]] = {}
        self._searches: dict[str, str] = {}

    def of_order(self, order_id: str) -> dict[str, Any] | None:
        """`{status, state, path, dispatch: {status, state, path}|None}`; None when nothing ran or nobody answers."""
        try:
            with self._lock:
                self._connect()
                return self._lifecycle(order_id)
        except (BotoCoreError, ClientError, KeyError, ValueError):
            return None

    def _connect(self) -> None:
        aws = self._stack()["aws"]
        if self._client is None or aws["endpoint"] != self._endpoint:
            self._endpoint = aws["endpoint"]
            self._arns.clear()
            self._client = boto3.client(
                "stepfunctions",
                endpoint_url=self._endpoint,
                region_name=aws["region"],
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                config=Config(connect_timeout=2, read_timeout=10, retries={"max_attempts": 1}),
            )
        if not self._arns:
            for machine in self._client.list_state_machines(maxResults=100)["stateMachines"]:
                plain = re.sub(r"[^a-z]", "", machine["name"].lower())
                for kind, word in MACHINES.items():
                    if word in plain:
                        self._arns[kind] = machine["stateMachineArn"]

    def _lifecycle(self, order_id: str) -> dict[str, Any] | None:
        arn = self._arns.get("lifecycle")
        if arn is None:
            return None
        listed = self._client.list_executions(stateMachineArn=arn, maxResults=1000)["executions"]
        mine = [each for each in listed if each["name"].startswith(f"{order_id}-")]
        if not mine:
            return None
        running = [each for each in mine if each["status"] == "RUNNING"]
        newest = max(running or mine, key=lambda each: each["startDate"])
        seen = self._seen(newest["executionArn"], newest["status"])
        search = seen.pop("search", None) or self._search_of(order_id, seen["state"])
        dispatch = None
        if search:
            status = self._client.describe_execution(executionArn=search)["status"]
            dispatch = self._seen(search, status)
            dispatch.pop("search", None)
        return {**seen, "executions": len(mine), "dispatch": dispatch}

    def _seen(self, arn: str, status: str) -> dict[str, Any]:
        """The steps of one execution; what is over is read once."""
        if arn in self._over:
            return dict(self._over[arn])
        events = self._client.get_execution_history(
            executionArn=arn, reverseOrder=True, maxResults=HISTORY_MAX, includeExecutionData=True
        )["events"]
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
        return seen

    def _search_of(self, order_id: str, state: str | None) -> str | None:
        """The search's execution, when the history does not name it: the newest whose input is this order."""
        arn = self._arns.get("dispatch")
        if arn is None or state not in ("FindProvider", "RouteSearch"):
            return self._searches.get(order_id)
        listed = self._client.list_executions(stateMachineArn=arn, statusFilter="RUNNING", maxResults=SEARCHES_MAX)
        for execution in sorted(listed["executions"], key=lambda each: each["startDate"], reverse=True):
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
