"""Who is asked first, and why the others are not (B3, B4)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daojia.dispatch.model import BARRED, ROWS_MAX, WAVE_SIZES, WEIGHTS, Sheet, rank
from daojia.kernel.ids import ProviderId
from daojia.providers.model import Standing
from daojia.scheduling.model import Candidate, Interval, bits
from tests.unit.scheduling.builders import CLEANING, NOW, a_candidate, clock

VISIT = Interval(clock(15), 120)


def ranked(*candidates: Candidate, barred: frozenset[ProviderId] = frozenset()) -> Sheet:
    return rank(candidates, VISIT, service_id=CLEANING, barred=barred, now=NOW)


def names(sheet: Sheet) -> list[str]:
    return [row.provider_id for row in sheet.rows]


def test_the_weights_together_are_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100


def test_waves_grow() -> None:
    assert list(WAVE_SIZES) == sorted(set(WAVE_SIZES))


@pytest.mark.feature("B3")
def test_the_parts_of_a_score_add_up_to_it() -> None:
    row = ranked(a_candidate(distance_m=3_000, jobs=3)).rows[0]
    assert row.parts == {"distance": 32.0, "rating": 23.38, "completion": 13.5, "fairness": 10.0}
    assert row.score == pytest.approx(sum(row.parts.values()))
    assert row.excluded is None


def test_the_best_possible_gets_a_hundred_points_and_the_worst_none() -> None:
    best = a_candidate(distance_m=0, rating_hundredths=500, completion_basis_points=10_000)
    worst = a_candidate(
        "a_2",
        distance_m=15_000,
        radius_m=20_000,
        rating_hundredths=200,
        completion_basis_points=0,
        jobs=9,
        daily_cap=10,
    )
    sheet = ranked(worst, best)
    assert names(sheet) == ["a_1", "a_2"]
    assert sheet.rows[0].score == 100
    assert sheet.rows[1].score == WEIGHTS["fairness"] / 10


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (a_candidate("a_better", distance_m=500), a_candidate("a_a", distance_m=900)),
        (a_candidate("a_better", rating_hundredths=490), a_candidate("a_a", rating_hundredths=480)),
        (a_candidate("a_better", completion_basis_points=9_900), a_candidate("a_a", completion_basis_points=9_000)),
    ],
)
def test_all_else_equal_the_nearer_the_better_rated_and_the_more_reliable_come_first(
    better: Candidate, worse: Candidate
) -> None:
    assert names(ranked(worse, better)) == ["a_better", "a_a"]


@pytest.mark.feature("B4")
def test_all_else_equal_who_has_fewer_jobs_that_day_comes_first() -> None:
    assert names(ranked(a_candidate("a_a", jobs=2), a_candidate("a_idle", jobs=0))) == ["a_idle", "a_a"]


@pytest.mark.feature("B3")
@pytest.mark.parametrize(
    ("reason", "candidate"),
    [
        ("NOT_SERVED", a_candidate(service_ids=frozenset({"massage"}))),
        ("NOT_VERIFIED", a_candidate(standing=Standing.SUSPENDED)),
        ("RESTING", a_candidate(resting=True)),
        ("TOO_FAR", a_candidate(distance_m=12_000)),
        ("OFF_HOURS", a_candidate(hours=(bits(0, 20),) * 7)),
        ("BUSY", a_candidate(busy=bits(60, 4))),
        ("DAILY_CAP", a_candidate(jobs=6)),
    ],
)
def test_whoever_cannot_come_stands_last_with_the_reason(reason: str, candidate: Candidate) -> None:
    able = a_candidate("a_able", distance_m=9_000, rating_hundredths=310)
    sheet = ranked(candidate, able)
    assert names(sheet) == ["a_able", "a_1"]
    assert sheet.rows[1].excluded == reason
    assert sheet.rows[1].score == 0
    assert sheet.rows[1].parts == {}


def test_whoever_declined_or_ordered_is_barred() -> None:
    sheet = ranked(a_candidate(), barred=frozenset({ProviderId(a_candidate().provider.provider_id)}))
    assert [row.excluded for row in sheet.rows] == [BARRED]


def test_a_sheet_remembers_who_was_asked_and_survives_storage() -> None:
    sheet = ranked(a_candidate(), a_candidate("a_2", resting=True)).sent_to((a_candidate().provider.provider_id,))
    assert sheet.chosen == ("a_1",)
    assert Sheet.model_validate_json(sheet.model_dump_json(exclude_none=True)) == sheet


def test_a_crowd_leaves_room_for_those_who_can_come() -> None:
    idle = [a_candidate(f"a_rest_{each}", resting=True, distance_m=10) for each in range(ROWS_MAX)]
    able = [a_candidate(f"a_able_{each}", distance_m=9_000) for each in range(80)]
    sheet = ranked(*idle, *able)
    assert len(sheet.rows) == ROWS_MAX
    assert sheet.omitted == 80
    assert all(row.excluded is None for row in sheet.rows[:80])
    assert len(sheet.model_dump_json()) < 350_000


CROWD = st.lists(
    st.builds(
        lambda number, distance, rating, jobs, busy: a_candidate(
            f"a_{number}", distance_m=distance, rating_hundredths=rating, jobs=jobs, busy=busy
        ),
        st.integers(0, 10**6),
        st.floats(0, 15_000),
        st.integers(0, 500),
        st.integers(0, 7),
        st.sampled_from([0, bits(60, 4), bits(0, 8)]),
    ),
    unique_by=lambda candidate: candidate.provider.provider_id,
    max_size=12,
)


@given(CROWD, st.randoms())
def test_everyone_stands_on_the_sheet_once_in_an_order_that_does_not_depend_on_the_reading(crowd, random) -> None:
    shuffled = list(crowd)
    random.shuffle(shuffled)
    sheet = ranked(*crowd)
    assert sheet == ranked(*shuffled)
    assert sorted(names(sheet)) == sorted(candidate.provider.provider_id for candidate in crowd)
    scores = [row.score for row in sheet.rows if row.excluded is None]
    assert scores == sorted(scores, reverse=True)
    assert [row.excluded is None for row in sheet.rows] == sorted(
        (row.excluded is None for row in sheet.rows), reverse=True
    )


def test_a_sheet_says_when_it_was_made_and_under_which_policy() -> None:
    sheet = rank([], VISIT, service_id=CLEANING, barred=frozenset(), now=NOW + timedelta(minutes=1))
    assert sheet.at == NOW + timedelta(minutes=1)
    assert sheet.policy
