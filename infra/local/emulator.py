"""MiniStack, mended where 1.5.33 falls behind AWS: `python -m infra.local.emulator`.

- `TimeoutSeconds` may be a JSONata expression (as `statemachines/` use it); MiniStack takes it for a number.
- `states:SendTaskSuccess` and `…Failure` are allowed on the state machine whose task waits; MiniStack knows none.
- DynamoDB computes with 38 digits; MiniStack rounds sums and differences to 28, less than a day of 96 bits has.
- `sqs:SendMessage` allows the batch call too; MiniStack asks for an action that IAM does not have.
- A table's stream outlives a restart; MiniStack forgets its records, yet not how far they were read, and so reads no
  new ones until there are as many again.
"""

import atexit
import decimal
import json
import os
import threading
import time
from typing import Any, Final

from ministack import app
from ministack.core import iam_actions, lambda_runtime
from ministack.services import dynamodb, lambda_svc, stepfunctions

WORKERS_PER_FUNCTION: Final = 2
WORKER_PATIENCE_SECONDS: Final = 4.0
STREAM_RECORDS_KEPT: Final = 2000
"""Of each stream over a restart; its readers are never that far behind."""

_running = threading.local()
_machine_of_token: dict[str, str] = {}


def mend_workflows() -> None:
    """Evaluate a task's timeout before the task runs, and remember whose task a token belongs to."""
    execute: Any = stepfunctions._execute_task  # pyright: ignore[reportPrivateUsage]
    evaluate: Any = stepfunctions._jsonata_state_field  # pyright: ignore[reportPrivateUsage]
    invoke: Any = stepfunctions._invoke_with_callback  # pyright: ignore[reportPrivateUsage]

    def execute_task(state: dict[str, Any], raw_input: Any, execution: dict[str, Any], context: Any) -> Any:
        _running.machine = execution["stateMachineArn"]
        if isinstance(state.get("TimeoutSeconds"), str):
            seconds = evaluate(state, "TimeoutSeconds", "number", raw_input, context)
            state = {**state, "TimeoutSeconds": seconds}
        return execute(state, raw_input, execution, context)

    def invoke_with_callback(resource: str, arguments: Any, token: str, state: dict[str, Any]) -> Any:
        _machine_of_token[token] = _running.machine
        return invoke(resource, arguments, token, state)

    stepfunctions._execute_task = execute_task  # pyright: ignore[reportPrivateUsage]
    stepfunctions._invoke_with_callback = invoke_with_callback  # pyright: ignore[reportPrivateUsage]


def mend_numbers() -> None:
    """Compute exactly, in this thread and in those to come."""
    decimal.DefaultContext.prec = decimal.getcontext().prec = 38


def mend_streams() -> None:
    """Keep the latest records of the tables' streams, and their places in them, over a restart."""
    save: Any = dynamodb.get_state
    restore: Any = dynamodb.load_persisted_state
    all_records: Any = dynamodb._stream_records  # pyright: ignore[reportPrivateUsage]
    all_trimmed: Any = dynamodb._stream_trimmed  # pyright: ignore[reportPrivateUsage]

    def get_state() -> dict[str, Any]:
        streams: list[Any] = []
        for (account, region, table), records in all_records.all_items():
            latest = list(records[-STREAM_RECORDS_KEPT:])
            end = dynamodb.stream_end_position(table, account_id=account, region=region)
            streams.append([account, region, table, end - len(latest), latest])
        return {**save(), "streams": streams}

    def load_persisted_state(data: dict[str, Any] | None) -> None:
        restore(data)
        for account, region, table, first, records in (data or {}).get("streams", ()):
            all_records.set_scoped(account, region, table, records)
            all_trimmed.set_scoped(account, region, table, first)

    dynamodb.get_state = get_state
    dynamodb.load_persisted_state = load_persisted_state


def calm_bursts() -> None:
    """Let a burst wait a little for a warm worker: a process for each of twenty requests would start for seconds."""
    acquire: Any = lambda_runtime.acquire_worker

    def acquire_worker(name: str, *arguments: Any, **more: Any) -> Any:
        deadline = time.monotonic() + WORKER_PATIENCE_SECONDS
        while time.monotonic() < deadline:
            worker, how = acquire(name, *arguments, **{**more, "max_concurrency": WORKERS_PER_FUNCTION})
            if worker is not None:
                return worker, how
            time.sleep(0.005)
        return acquire(name, *arguments, **more)

    lambda_runtime.acquire_worker = lambda_svc.acquire_worker = acquire_worker


def _some_waiting_machine() -> str:
    """Whose task an unknown token (of before a restart, say) may have been: a machine that waits for tokens at all."""
    machines: dict[str, Any] = dict(stepfunctions._state_machines.items())  # pyright: ignore[reportPrivateUsage]
    return next((arn for arn, each in machines.items() if "waitForTaskToken" in str(each.get("definition"))), "*")


def mend_permissions() -> None:
    """Name actions and resources as IAM does."""
    resource_of: Any = iam_actions.extract_resource_arn
    action_of: Any = iam_actions.extract_iam_action

    def extract_resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> Any:
        if service == "states" and b'"taskToken"' in body:
            return _machine_of_token.get(str(json.loads(body).get("taskToken"))) or _some_waiting_machine()
        return resource_of(service, method, path, headers, body, *rest)

    def extract_iam_action(*arguments: Any, **more: Any) -> Any:
        action = action_of(*arguments, **more)
        return "sqs:SendMessage" if action == "sqs:SendMessageBatch" else action

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions.extract_iam_action = extract_iam_action


def leave() -> None:
    """End now that everything is saved: the threads of workflows that wait would keep the process for as long."""
    atexit._run_exitfuncs()
    os._exit(0)


if __name__ == "__main__":
    mend_workflows()
    mend_numbers()
    mend_permissions()
    mend_streams()
    calm_bursts()
    app.main()
    leave()
