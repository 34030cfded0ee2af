"""Last of all: the tests of this folder, together, have been at every state of every state machine."""

import json
from typing import Any

import pytest

from tests.stack import aws

UNREACHED = {
    # The function would have to know a wait that its own workflow does not: asked of the state alone, below.
    "OrderLifecycle": {"RaiseUnknownWait"},
    "Dispatch": set[str](),
    # Only the outer states: the emulator's history leaves out those inside a Map. What they lead to is checked by
    # `test_settlement.py`, and their graph in tests/unit/statemachines.
    "Settlement": set[str](),
}


@pytest.mark.parametrize("machine", sorted(UNREACHED))
def test_every_state_was_entered(stack: dict[str, Any], machine: str, request: pytest.FixtureRequest) -> None:
    folder = {item.path.name for item in request.session.items if item.path.parent.name == "workflow"}
    if len(folder) < 5:
        pytest.skip("only together with all workflow tests")
    workflows = aws(stack, "stepfunctions")
    arn = stack["outputs"][f"{machine}Arn"]
    wanted = set(json.loads(workflows.describe_state_machine(stateMachineArn=arn)["definition"])["States"])
    entered: set[str] = set()
    for execution in workflows.list_executions(stateMachineArn=arn, maxResults=1000)["executions"]:
        pages = workflows.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
        for event in (event for page in pages for event in page["events"]):
            if "stateEnteredEventDetails" in event:
                entered.add(event["stateEnteredEventDetails"]["name"])
    assert wanted - entered == UNREACHED[machine]


def test_a_wait_the_workflow_does_not_know_is_raised_to_people(stack: dict[str, Any]) -> None:
    workflows = aws(stack, "stepfunctions")
    arn = stack["outputs"]["OrderLifecycleArn"]
    definition = json.loads(workflows.describe_state_machine(stateMachineArn=arn)["definition"])
    state = {**definition["States"]["RouteByWait"], "QueryLanguage": "JSONata"}
    answer = workflows.test_state(definition=json.dumps(state), input=json.dumps({"order_id": "o", "wait": "NEW"}))
    assert answer["nextState"] == "RaiseUnknownWait"
