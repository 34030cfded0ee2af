"""Every state machine is walked: nothing dangles, nothing waits for ever, nothing fails unseen."""

import ast
import importlib.util
import re
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from jsonata import JException, Jsonata

from daojia.dispatch.waves import Outcome
from daojia.ordering.model import Snapshot, WaitKind
from daojia.payments.model import PayoutState
from daojia.payments.payouts import Outcome as PayoutOutcome
from tests.unit.statemachines.graph import (
    NAMES,
    ROOT,
    State,
    expressions,
    function_called,
    machine,
    resource_of,
    scopes,
    states,
    substitutions,
    tasks,
    texts,
)

RESERVED = {
    *("States.ALL", "States.Timeout", "States.HeartbeatTimeout", "States.TaskFailed", "States.Permissions"),
    *("States.QueryEvaluationError", "States.DataLimitExceeded", "States.ItemReaderFailed", "States.Runtime"),
    *("States.ExceedToleratedFailureThreshold", "States.ResultWriterFailed", "States.NoChoiceMatched"),
}
"""https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
OF_SERVICES = {
    *("StepFunctions.ExecutionLimitExceeded", "StepFunctions.StepFunctionsException"),
    *("StepFunctions.SdkClientException", "Lambda.ServiceException", "Lambda.AWSLambdaException"),
    *("Lambda.SdkClientException", "Lambda.TooManyRequestsException"),
}
TERMINAL = ("Succeed", "Fail")
NEEDS_NEXT = {"Task", "Pass", "Wait", "Map", "Parallel"}
each_machine = pytest.mark.parametrize("name", NAMES)


@cache
def entry_point(code_uri: str) -> ModuleType:
    """A function's app.py as a module of its own."""
    path = ROOT / code_uri / "app.py"
    spec = importlib.util.spec_from_file_location(f"app_of_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def tasks_known(code_uri: str) -> frozenset[str]:
    """The task names a function answers to: the keys of its tables, and those its handler compares with."""
    module = entry_point(code_uri)
    tables = [getattr(module, name, {}) for name in ("STEPS", "SEARCHES", "TASKS")]
    tree = ast.parse((ROOT / code_uri / "app.py").read_text(encoding="utf-8"))
    handler = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "handler")
    compared = {
        constant.value
        for compare in ast.walk(handler)
        if isinstance(compare, ast.Compare)
        for constant in ast.walk(compare)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    return frozenset(compared.union(*tables))


@cache
def errors_of_the_code() -> frozenset[str]:
    """Names of all exception classes of the layer and functions, and errors given to a workflow by name."""
    found: set[str] = set()
    for folder in ("layers/daojia/python/daojia", "functions"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and node.name.endswith(("Error", "Exception")):
                    found.add(node.name)
                if isinstance(node, ast.keyword) and node.arg == "error" and isinstance(node.value, ast.Constant):
                    found.add(str(node.value.value))
    return frozenset(found)


def waits_for_answer(state: State) -> bool:
    return state["Type"] == "Task" and state["Resource"].endswith(".waitForTaskToken")


def test_the_machines_are_the_ones_the_architecture_names() -> None:
    assert {"order_lifecycle", "dispatch", "settlement"} <= set(NAMES)


@each_machine
def test_every_target_exists_and_every_state_is_reachable(name: str) -> None:
    for scope in scopes(name):
        for state_name, state in scope.states.items():
            missing = [target for target in scope.targets(state) if target not in scope.states]
            assert missing == [], f"{scope.name}/{state_name} leads to {missing}"
        assert set(scope.states) - scope.reachable() == set(), scope.name


@each_machine
def test_from_every_state_an_end_can_be_reached(name: str) -> None:
    for scope in scopes(name):
        ends = {
            each for each, state in scope.states.items() if state.get("End") or state["Type"] in ("Succeed", "Fail")
        }
        while True:
            more = {each for each, state in scope.states.items() if ends & set(scope.targets(state))} - ends
            if not more:
                break
            ends |= more
        assert set(scope.states) - ends == set(), scope.name


@each_machine
def test_executions_end_in_a_named_success_or_failure(name: str) -> None:
    for scope in scopes(name):
        for state_name, state in scope.states.items():
            if state["Type"] in NEEDS_NEXT:
                assert ("Next" in state) != bool(state.get("End")), state_name
                assert scope.nested or not state.get("End"), f"{state_name} ends without saying how"
            if state["Type"] == "Fail":
                assert state["Error"], state_name
                assert state["Cause"], state_name


@each_machine
def test_every_state_says_what_it_means(name: str) -> None:
    assert machine(name)["Comment"]
    assert machine(name)["QueryLanguage"] == "JSONata"
    for state_name, state in states(name):
        assert state.get("Comment"), state_name
        assert re.fullmatch(r"([A-Z][a-z]+)+", state_name), f"{state_name} is not named as one would say it"


@each_machine
def test_every_task_has_a_timeout_retries_and_a_catch_for_everything(name: str) -> None:
    for state_name, state in tasks(name):
        timeout = state.get("TimeoutSeconds")
        assert (isinstance(timeout, int) and timeout > 0) or expressions(timeout), f"{state_name} may hang"
        assert state.get("Retry"), state_name
        assert state.get("Catch"), state_name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], f"{state_name} lets an error through"
        for rules in (state["Retry"], state["Catch"]):
            for place, rule in enumerate(rules):
                if "States.ALL" in rule["ErrorEquals"]:
                    assert rule["ErrorEquals"] == ["States.ALL"], state_name
                    assert place == len(rules) - 1, f"{state_name}: nothing after States.ALL is looked at"
        for retrier in state["Retry"]:
            if retrier["MaxAttempts"]:
                assert retrier["BackoffRate"] > 1, state_name
                assert retrier["JitterStrategy"] == "FULL", state_name


@each_machine
def test_a_task_waits_at_least_as_long_as_its_function_may_run(name: str) -> None:
    for state_name, state in tasks(name):
        function = function_called(name, state)
        if function is not None and not waits_for_answer(state):
            assert state["TimeoutSeconds"] >= function["Timeout"], state_name


@each_machine
def test_every_substitution_is_filled_and_none_is_left_over(name: str) -> None:
    assert substitutions(name) == set(resource_of(name)["DefinitionSubstitutions"])


@each_machine
def test_every_error_matched_is_one_that_somebody_raises(name: str) -> None:
    known = RESERVED | OF_SERVICES | errors_of_the_code()
    for state_name, state in states(name):
        for rule in (*state.get("Retry", []), *state.get("Catch", [])):
            unknown = set(rule["ErrorEquals"]) - known
            assert unknown == set(), f"{state_name} matches {unknown}"


@each_machine
def test_every_task_asked_for_is_one_its_function_knows(name: str) -> None:
    for state_name, state in tasks(name):
        function = function_called(name, state)
        if function is not None:
            task = state["Arguments"]["Payload"]["task"]
            assert task in tasks_known(function["CodeUri"]), f"{state_name} asks for {task}"


def test_every_step_of_a_function_is_used_by_a_workflow() -> None:
    asked: dict[str, set[str]] = {}
    for name in NAMES:
        for _, state in tasks(name):
            function = function_called(name, state)
            if function is not None:
                asked.setdefault(function["CodeUri"], set()).add(state["Arguments"]["Payload"]["task"])
    for code_uri, names in asked.items():
        module = entry_point(code_uri)
        steps = set().union(*(getattr(module, table, {}) for table in ("STEPS", "SEARCHES", "TASKS")))
        assert steps - names == set(), f"no workflow of {code_uri} uses these"


@each_machine
def test_whoever_waits_for_an_answer_hands_out_the_token_and_does_not_retry_a_timeout(name: str) -> None:
    for state_name, state in tasks(name):
        assert waits_for_answer(state) == state_name.startswith("Await"), state_name
        if not waits_for_answer(state):
            continue
        payload = state["Arguments"]["Payload"]
        assert payload["token"] == "{% $states.context.Task.Token %}", state_name
        assert payload["version"] == "{% $states.input.version %}", state_name
        assert payload["order_id"] == "{% $states.input.order_id %}", state_name
        assert payload["seconds"] == "{% $states.input.seconds %}", state_name
        assert state["TimeoutSeconds"] == payload["seconds"], state_name
        assert payload["entered"] == "{% $states.context.State.EnteredTime %}", state_name
        assert payload["waiter"] == ("dispatch" if name == "dispatch" else "lifecycle"), state_name
        assert set(state["Retry"][0]["ErrorEquals"]) == {"States.Timeout", "Superseded"}, state_name
        assert state["Retry"][0]["MaxAttempts"] == 0, state_name
        caught = {error: rule["Next"] for rule in state["Catch"] for error in rule["ErrorEquals"]}
        assert caught["Superseded"] == "Superseded", state_name
        assert caught["States.Timeout"] not in ("RaiseToOperator", "Superseded"), f"{state_name}: time is no trouble"


@each_machine
def test_every_expression_is_whole_and_is_jsonata(name: str) -> None:
    for state_name, state in states(name):
        for text in _raw(state):
            assert text.startswith("{%"), f"{state_name}: {text} is text to Step Functions, not an expression"
            assert text.endswith("%}"), f"{state_name}: {text} is text to Step Functions, not an expression"
        for expression in expressions(state):
            try:
                Jsonata(expression)
            except JException as error:
                pytest.fail(f"{state_name}: {expression}: {error}")


@each_machine
def test_expressions_ask_only_for_what_there_is(name: str) -> None:
    """Results exist once the task is done, an error only where it is caught (else the execution dies)."""
    for state_name, state in states(name):
        for field, value in state.items():
            asked = set(re.findall(r"\$states\.(\w+)", " ".join(expressions(value))))
            allowed = {"input", "context"}
            if field in ("Output", "Assign"):
                allowed |= {"result"}
            if field == "Catch":
                allowed |= {"errorOutput"}
            if field not in ("ItemProcessor", "Branches"):
                assert asked <= allowed, f"{state_name}.{field} asks for {asked - allowed}"


@pytest.mark.parametrize("name", ["order_lifecycle", "dispatch"])
def test_workflows_of_an_order_read_only_fields_that_a_snapshot_has(name: str) -> None:
    known = {*Snapshot.model_fields, "outcome", "ended", "error"}
    for state_name, state in states(name):
        asked = set(re.findall(r"\$states\.input\.(\w+)", " ".join(expressions(state))))
        assert asked <= known, f"{state_name} asks for {asked - known}"


def test_the_lifecycle_knows_what_to_do_for_everything_an_order_waits_for() -> None:
    routed = _values_compared(machine("order_lifecycle")["States"]["RouteByWait"], "wait")
    assert routed == {kind.value for kind in WaitKind}


def test_the_search_knows_what_to_do_with_every_outcome() -> None:
    route = machine("dispatch")["States"]["RouteOutcome"]
    assert _values_compared(route, "outcome") == {outcome.value for outcome in Outcome} - {Outcome.DONE.value}
    assert machine("dispatch")["States"][route["Default"]]["Type"] == "Succeed"


def test_settlement_waits_only_for_outcomes_that_a_payout_has() -> None:
    compared = {
        value
        for _, state in states("settlement")
        for value in _values_compared(state, "outcome")
        if state["Type"] == "Choice"
    }
    assert compared <= {outcome.value for outcome in (*PayoutOutcome, *PayoutState)}


def test_every_path_that_fails_for_good_leaves_its_mark_before_it_ends() -> None:
    for name in ("order_lifecycle", "dispatch"):
        all_states = machine(name)["States"]
        for state_name, state in tasks(name):
            last_resort = state["Catch"][-1]["Next"]
            expected = "NeedsOperator" if state_name == "RaiseToOperator" else "RaiseToOperator"
            assert last_resort == expected, state_name
        assert all_states["NeedsOperator"]["Type"] == "Fail"


def _raw(value: Any) -> list[str]:
    return [text for text in texts(value) if "{%" in text or "%}" in text]


def _values_compared(state: State, field: str) -> set[str]:
    return set(re.findall(rf'\$states\.input\.{field} = "(\w+)"', " ".join(expressions(state))))
