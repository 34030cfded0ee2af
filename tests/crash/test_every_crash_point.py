"""Every use case and every consumer, killed before and after each of its calls to the outside, then called again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.crash import invariants, stages
from tests.crash.boundary import Crash, Point, Side
from tests.crash.picture import picture, situation, words
from tests.crash.scenario import Scenario
from tests.crash.scenarios import SCENARIOS
from tests.crash.world import World

AGAIN = timedelta(seconds=5)
"""After how long whoever got no answer tries again."""


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_crash_anywhere_and_a_repetition_come_to_the_same(
    world: World, totals: list[int], scenario: Scenario
) -> None:
    run = Run(world, scenario)
    undisturbed, calls = run.play(None), run.calls
    assert calls, "nothing outside was asked"
    points = [Point(index, side) for index in range(1, len(calls) + 1) for side in Side]
    for point in points:
        try:
            disturbed = run.play(point)
            if scenario.meanwhile is None:
                assert disturbed.picture - undisturbed.picture == set(), "more than an undisturbed run leaves"
                assert undisturbed.picture - disturbed.picture == set(), "less than an undisturbed run leaves"
                if scenario.same_answer:
                    assert disturbed.answer == undisturbed.answer
        except Exception as error:
            error.add_note(f"{scenario.name}: crash {point.side} call {point.index} of {calls}, then {run.calls}")
            raise
    totals.append(len(points))


@dataclass(frozen=True)
class End:
    """How a run ended: what the caller was told in the end, and the picture when all had come to rest."""

    answer: str
    picture: set[str]


class Run:
    """Plays one scenario again and again."""

    def __init__(self, world: World, scenario: Scenario) -> None:
        self._world, self._scenario = world, scenario
        self._ends: dict[frozenset[str], set[str]] = {}
        self.calls: list[str] = []
        """Of the process that got through."""

    def play(self, point: Point | None) -> End:
        """The call, its death at `point`, the repetition, and all that follows."""
        world = self._world
        stages.reach(world, self._scenario.before)
        world.now += self._scenario.later(world)
        answer = self._act(point)
        said = words().of(answer)
        beginning = situation(world.outside)
        if beginning not in self._ends:
            self._follow()
            self._ends[beginning] = picture(world.outside)
        return End(said, self._ends[beginning])

    def _act(self, point: Point | None) -> Any:
        world, scenario = self._world, self._scenario
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
        self.calls = world.boundary.calls
        return answer

    def _follow(self) -> None:
        world = self._world
        world.carry_on()
        if self._scenario.swept:
            world.now += timedelta(minutes=5)
            world.step("sweep")
            world.carry_on()
        invariants.check(world.outside)
