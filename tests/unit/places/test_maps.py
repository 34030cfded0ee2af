"""The map service's client against its strict simulator."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daojia.kernel.breaker import Breaker
from daojia.kernel.errors import UnavailableError
from daojia.kernel.geography import Point
from daojia.places.errors import MapsRefusedError
from daojia.places.maps import signature
from infra.local.simulators.maps_gazetteer import Gazetteer, Road
from tests.unit.simulators.maps_stage import Stage


def test_the_signature_is_over_the_sorted_raw_parameters_and_the_secret() -> None:
    # MD5 of "/ws/geocoder/v1/?key=K&location=1,2" and "S", as the service's manual describes it.
    assert signature("/ws/geocoder/v1/", {"location": "1,2", "key": "K"}, "S") == "04b5431cb1b382fdfcbb4bf8308b96b4"


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=8), max_size=5), st.text(max_size=8))
def test_the_order_of_parameters_does_not_matter_and_every_value_does(query: dict[str, str], secret: str) -> None:
    backwards = dict(reversed(query.items()))
    assert signature("/p", query, secret) == signature("/p", backwards, secret)
    for name, value in query.items():
        assert signature("/p", {**query, name: value + "x"}, secret) != signature("/p", query, secret)


def test_a_house_number_is_found_along_its_road(maps: Stage) -> None:
    low, high = (maps.client.locate(f"武汉市洪山区珞喻路{number}号") for number in (100, 1500))
    assert low is not None
    assert high is not None
    assert (low.district, low.road) == ("洪山区", "珞喻路")
    assert low.point.lng < high.point.lng, "the numbers grow to the east"


def test_what_is_found_is_described_again_by_its_point(maps: Stage) -> None:
    found = maps.client.locate("武汉市武昌区八一路299号")
    assert found is not None
    there = maps.client.describe(found.point)
    assert there is not None
    assert (there.district, there.road) == ("武昌区", "八一路")
    assert there.town.endswith("街道")


@pytest.mark.parametrize("words", ["武汉市", "武汉市洪山区", "随便什么地方", "武汉市洪山区没有这条路9号"])
def test_words_that_name_no_road_are_no_place(maps: Stage, words: str) -> None:
    assert maps.client.locate(words) is None


@pytest.mark.parametrize("words", ["锦绣&江南=1", "阳光 新城+A", "八一路#3 %E4"])
def test_signs_of_a_url_in_the_words_do_not_break_the_signature(maps: Stage, words: str) -> None:
    maps.client.suggest(words, "武汉市")
    maps.client.locate(f"武汉市{words}")


def test_while_typing_both_places_of_one_name_are_offered_the_nearer_first(maps: Stage) -> None:
    found = maps.client.suggest("阳光新城", "武汉市", Point(lat=30.65, lng=114.30))
    assert [each.district for each in found] == ["江岸区", "东西湖区"]


def test_a_wrong_key_or_secret_is_refused_for_good(maps: Stage) -> None:
    for client, status in (
        (maps.fresh(secret="other"), 111),
        (maps.fresh(key="AAAAA-FGHIJ-KLMNO-PQRST-UVWXY-Z2345"), 190),
        (maps.fresh(key="short"), 311),
    ):
        with pytest.raises(MapsRefusedError) as refused:
            client.locate("武汉市武昌区八一路299号")
        assert refused.value.details == {"status": status}


def test_the_same_question_costs_one_call(maps: Stage) -> None:
    for _ in range(3):
        maps.client.locate("武汉市武昌区八一路299号")
    assert maps.asked() == 1


def test_beyond_the_quota_there_is_no_answer_now(maps: Stage) -> None:
    assert maps.http.put("/_settings", json={"per_day": 1}).status_code == 200
    maps.client.locate("武汉市武昌区八一路299号")
    with pytest.raises(UnavailableError):
        maps.client.locate("武汉市武昌区八一路298号")


def test_a_service_that_fails_three_times_is_left_alone_until_it_may_answer_again(maps: Stage) -> None:
    now = [0.0]
    client = maps.fresh(Breaker(failures=3, pause_seconds=30, clock=lambda: now[0]))
    maps.misbehave({"match": "geocoder", "fault": "lost", "times": 3})
    for number in range(6):
        with pytest.raises(UnavailableError):
            client.locate(f"武汉市武昌区八一路{number + 1}号")
    assert maps.asked() == 3, "the last three did not even ask"
    now[0] = 31
    assert client.locate("武汉市武昌区八一路299号") is not None
    assert client.locate("武汉市武昌区八一路298号") is not None


def test_a_slow_answer_is_not_waited_for(maps: Stage) -> None:
    maps.misbehave({"match": "geocoder", "fault": "slow", "delay_ms": 2500})
    with pytest.raises(UnavailableError):
        maps.client.locate("武汉市武昌区八一路299号")


def test_all_that_the_map_knows_lies_in_the_district_it_names() -> None:
    known = Gazetteer()
    districts = {each.name: each for each in known.districts}
    for road in known.roads:
        for number in (road.first, (road.first + road.last) // 2, road.last):
            assert districts[road.district].holds(road.at(number)), (road.name, road.district, number)
    for community in known.communities:
        assert districts[community.district].holds(community.point), community.title


@given(st.sampled_from(Gazetteer().roads), st.floats(0, 1))
def test_a_number_is_found_again_near_where_it_is(road: Road, share: float) -> None:
    number = round(road.first + share * (road.last - road.first))
    distance, _ = road.near(road.at(number))
    assert distance < 300
