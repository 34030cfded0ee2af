"""MiniStack, mended where 1.5.33 falls behind AWS: `python -m infra.local.emulator`.

- `TimeoutSeconds` may be a JSONata expression (as `statemachines/` use it); MiniStack takes it for a number.
- `states:SendTaskSuccess` and `…Failure` are allowed by the state machine whose task waits; MiniStack knows no resource.
- DynamoDB computes with 38 digits; MiniStack rounds sums and differences to 28, less than a day of 96 bits has.
- `sqs:SendMessage` allows the batch call too; MiniStack asks for an action that IAM does not have.
"""

import decimal
import json
import threading
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.services import stepfunctions

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
        try:
            return invoke(resource, arguments, token, state)
        finally:
            _machine_of_token.pop(token, None)

    stepfunctions._execute_task = execute_task  # pyright: ignore[reportPrivateUsage]
    stepfunctions._invoke_with_callback = invoke_with_callback  # pyright: ignore[reportPrivateUsage]


def mend_numbers() -> None:
    """Compute exactly, in this thread and in those to come."""
    decimal.DefaultContext.prec = decimal.getcontext().prec = 38


def mend_permissions() -> None:
    """Name actions and resources as IAM does."""
    resource_of: Any = iam_actions.extract_resource_arn
    action_of: Any = iam_actions.extract_iam_action

    def extract_resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> Any:
        if service == "states" and b'"taskToken"' in body:
            return _machine_of_token.get(str(json.loads(body).get("taskToken")), "*")
        return resource_of(service, method, path, headers, body, *rest)

    def extract_iam_action(*arguments: Any, **more: Any) -> Any:
        action = action_of(*arguments, **more)
        return "sqs:SendMessage" if action == "sqs:SendMessageBatch" else action

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions.extract_iam_action = extract_iam_action


if __name__ == "__main__":
    mend_workflows()
    mend_numbers()
    mend_permissions()
    app.main()
