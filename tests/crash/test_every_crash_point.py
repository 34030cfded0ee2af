"""Every use case and every consumer, killed before and after each of its calls to the outside, then called again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.crash import invariants, stages
from tests.crash.boundary import Crash, Point, Side
from tests.crash.picture import picture, words
from tests.crash.scenarios import SCENARIOS, Scenario
from tests.crash.world import World

AGAIN = timedelta(seconds=5)
"""After how long whoever got no answer tries again."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_crash_anywhere_and_a_repetition_come_to_the_same(
    world: World, totals: list[int], scenario: Scenario
) -> None:
    answer, expected = play(world, scenario, None)
    calls = list(world.boundary.calls)
    assert calls
    points = [Point(index, side) for index in range(1, len(calls) + 1) for side in Side]
    for point in points:
        try:
            again, found = play(world, scenario, point)
            if scenario.meanwhile is None:
                assert found - expected == set(), "more than an undisturbed run leaves"
                assert expected - found == set(), "less than an undisturbed run leaves"
                assert not scenario.same_answer or again == answer
        except Exception as error:
            error.add_note(f"{scenario.name}: crash {point.side} call {point.index}, {world.boundary.calls[:9]} {calls}")
            raise
    totals.append(len(points))


def play(world: World, scenario: Scenario, point: Point | None) -> tuple[str, set[str]]:
    """One run: the call, its death at `point`, the repetition, all that follows. The answer and the picture after it."""
    stages.reach(world, scenario.before)
    world.now += scenario.later(world)
    answer: Any = None
    try:
        with world.process(point):
            answer = scenario.act(world)
            assert point is None, "the process did not die"
    except Crash:
        if scenario.meanwhile is not None:
            scenario.meanwhile(world)
        world.now += AGAIN
        world.attempt += 1
        with world.process():
            answer = scenario.act(world)
    calls = world.boundary.calls
    said = words().of(answer)
    world.carry_on()
    if scenario.swept:
        world.now += timedelta(minutes=5)
        world.step("sweep")
        world.carry_on()
    invariants.check(world.outside)
    world.boundary.calls = calls
    return said, picture(world.outside)
