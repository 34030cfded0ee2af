"""Where a visit happens, on the running stack with its map."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.phones import Api
from tests.e2e.town import Town, refused

WHO = {"contact": "王女士", "phone": "13812340001"}


@pytest.fixture(scope="module")
def api(town: Town) -> Api:
    phone = town.stranger()
    phone.follow()
    return phone.login()


@pytest.fixture
def maps(stack: dict[str, Any]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack["simulators"]["maps"], trust_env=False) as client:
        yield client
        client.delete("/_faults")


@pytest.mark.feature("C7")
def test_an_address_in_words_is_found_by_its_house_number(api: Api) -> None:
    wish = {"detail": "洪山区珞喻路1037号 喻园小区 3 栋 1203", **WHO}
    answer = api.request("POST", "/v1/addresses", wish)
    assert answer.status_code == 201, answer.text
    assert answer.json()["area"].startswith("武汉市洪山区")
    assert answer.json()["detail"].startswith("珞喻路1037号")


@pytest.mark.feature("C7")
def test_the_same_name_in_two_districts_is_asked_about(api: Api) -> None:
    answer = api.request("POST", "/v1/addresses", {"detail": "阳光新城 2 栋 501", **WHO})
    choices = refused(answer, 422, "PLACE_AMBIGUOUS")["choices"]
    assert {choice["area"][:6] for choice in choices} == {"武汉市江岸区", "武汉市东西湖"}


@pytest.mark.feature("C7")
def test_a_silent_map_loses_nothing(api: Api, maps: httpx.Client) -> None:
    maps.put("/_faults", json=[{"match": "*", "fault": "lost", "times": 20}])
    answer = api.request("POST", "/v1/addresses", {"detail": "武昌区水果湖街道东湖路 77 号 2 栋", **WHO})
    assert answer.status_code == 201, answer.text
    assert answer.json()["area"] == "武汉市武昌区水果湖街道"
    assert api.get("/v1/places/suggest?q=%E5%85%89%E8%B0%B7")["items"], "the streets served are offered"


@pytest.mark.feature("C7")
def test_in_the_chat_a_road_with_a_number_is_found(town: Town, maps: httpx.Client) -> None:
    phone = town.stranger()
    phone.follow()
    phone.say("明天下午三点日常保洁")
    before = len(maps.get("/_journal").json()["items"])
    answer = phone.say("关山大道 88 号 3 栋 1203")
    assert len(maps.get("/_journal").json()["items"]) > before, "the map was asked"
    assert "没认出" not in answer
    card = phone.say("王女士 13812340001")
    assert "武汉市东湖高新区" in card + phone.say("没有备注")
