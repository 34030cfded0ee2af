"""Whatever can be begun from outside has a scenario; what is new and has none is named here."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from daojia.chat import acts
from tests.crash import stages
from tests.crash.scenario import Scenario
from tests.crash.scenarios import SCENARIOS
from tests.crash.world import World
from tests.store.api.world import function

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
POINTS_AT_LEAST = 1000


@pytest.fixture(scope="module")
def reached(world: World) -> set[str]:
    """What the scenarios call themselves, each played once without a crash; not what follows from it by itself."""
    found: set[str] = set()
    for scenario in SCENARIOS:
        found |= _reached_by(world, scenario)
    return found


def _reached_by(world: World, scenario: Scenario) -> set[str]:
    stages.reach(world, scenario.before)
    world.now += scenario.later(world)
    world.reached.clear()
    with world.process():
        scenario.act(world)
    return set(world.reached)


def test_every_function_has_a_scenario(reached: set[str]) -> None:
    folders = {entry.parent.name for entry in FUNCTIONS.glob("*/app.py")}
    assert folders - reached == set()


def test_every_step_of_a_workflow_has_a_scenario(reached: set[str]) -> None:
    app = function("order_workflow")
    # The handler itself knows these beside its two tables.
    steps = {"await", "report_trouble", "sweep", "resume", *app.STEPS, *app.SEARCHES}
    named = set(re.findall(r"task: ([a-z_]+)$", _machines(), re.MULTILINE))
    assert named <= steps | set(function("settlement").TASKS)
    assert {f"step {step}" for step in steps} - reached == set()
    assert {f"settlement {task}" for task in function("settlement").TASKS} - reached == set()


def _machines() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in (FUNCTIONS.parent / "statemachines").glob("*.yaml"))


@pytest.mark.parametrize("api", ["customer", "provider", "admin"])
def test_every_command_of_the_apis_has_a_scenario(reached: set[str], api: str) -> None:
    resolver: Any = function(f"{api}_api").api
    routes = [*resolver._static_routes, *resolver._dynamic_routes]
    commands = [(route.method, route) for route in routes if route.method != "GET"]
    assert commands
    calls = [call.split(" ") for call in reached if call.startswith(f"{api} ")]
    bare = [
        f"{method} {route.path}"
        for method, route in commands
        if not any(called == method and route.rule.match(path) for _, called, path in calls)
    ]
    assert bare == []


def test_every_page_that_does_something_and_every_kind_of_notice_has_a_scenario(reached: set[str]) -> None:
    pages = {f"pages {method} {kind}" for method, kind in function("pages").ROUTES if method != "GET"}
    assert pages - reached == set()
    assert {"notice TRANSACTION", "notice REFUND", "notice MCHTRANSFER"} - reached == set()


def test_every_act_of_the_chat_has_a_scenario(reached: set[str]) -> None:
    assert {f"act {act.__name__}" for act in get_args(acts.Act)} - reached == set()


def test_there_are_as_many_crash_points_as_there_should_be(totals: list[int]) -> None:
    """After all scenarios: a harness that no longer sees the calls would find few points and nothing wrong."""
    if len(totals) < len(SCENARIOS):
        pytest.skip("only some scenarios were played")
    assert sum(totals) >= POINTS_AT_LEAST
