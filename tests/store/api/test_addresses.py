"""The address book."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daojia.accounts import store as accounts
from daojia.accounts.store import AccountItem
from daojia.kernel import secrets
from tests.store.api.world import FAR, LI, ZHOU, World
from tests.unit.simulators import maps_stage

WISH: dict[str, Any] = {
    "label": "公司",
    "point": {"lat": 30.5, "lng": 114.41},
    "detail": "软件园 2 栋 5 楼",
    "contact": "李女士",
    "phone": "13800005678",
}


def test_an_address_is_added_with_the_district_it_lies_in_and_the_phone_masked(world: World) -> None:
    answer = world.call("customer", "POST", "/v1/addresses", WISH, by=LI)
    assert answer.status == 201
    assert (answer["area"], answer["phone"]) == ("武汉市洪山区关山街道", "138****5678")
    book = world.call("customer", "GET", "/v1/addresses", by=LI)
    assert [item["label"] for item in book["items"]] == ["家", "公司"]
    assert book["next"] is None


def test_what_is_personal_is_stored_encrypted(world: World) -> None:
    world.call("customer", "POST", "/v1/addresses", WISH, by=LI)
    raw = AccountItem.get(LI).serialize()["body"]["S"]
    assert "13800005678" not in raw
    assert "软件园" not in raw


def test_an_address_sent_twice_is_added_once(world: World) -> None:
    first = world.call("customer", "POST", "/v1/addresses", WISH, by=LI, key="same")
    second = world.call("customer", "POST", "/v1/addresses", WISH, by=LI, key="same")
    assert first["address_id"] == second["address_id"]
    assert len(accounts.get(LI).addresses) == 2


def test_two_people_may_use_the_same_key(world: World) -> None:
    for person in (LI, ZHOU):
        assert world.call("customer", "POST", "/v1/addresses", WISH, by=person, key="same").status == 201
    assert len(accounts.get(ZHOU).addresses) == 2


def test_an_address_is_changed_and_removed(world: World) -> None:
    address_id = world.call("customer", "POST", "/v1/addresses", WISH, by=LI)["address_id"]
    changed = world.call("customer", "PATCH", f"/v1/addresses/{address_id}", {"detail": "3 栋", "label": ""}, by=LI)
    assert (changed.status, changed["detail"], changed["label"], changed["contact"]) == (200, "3 栋", "", "李女士")
    assert world.call("customer", "DELETE", f"/v1/addresses/{address_id}", by=LI).status == 200
    assert len(accounts.get(LI).addresses) == 1


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_somebody_elses_address_is_none(world: World, method: str) -> None:
    body = {"label": "x"} if method == "PATCH" else None
    answer = world.call("customer", method, f"/v1/addresses/home-{LI}", body, by=ZHOU)
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert accounts.get(LI).addresses[0].label == "家"


def test_an_address_outside_the_area_is_refused(world: World) -> None:
    wish = {**WISH, "point": {"lat": FAR.lat, "lng": FAR.lng}}
    answer = world.call("customer", "POST", "/v1/addresses", wish, by=LI)
    assert (answer.status, answer.code) == (422, "OUTSIDE_AREA")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"phone": None}, "phone"),
        ({"detail": "  "}, "detail"),
        ({"detail": "x" * 101}, "detail"),
        ({"point": {"lat": 1e9, "lng": 0}}, "point.lat"),
        ({"point": "here"}, "point"),
        ({"contact": ["李"]}, "contact"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_wrong_field_is_named(world: World, change: dict[str, Any], field: str) -> None:
    answer = world.call("customer", "POST", "/v1/addresses", {**WISH, **change}, by=LI)
    assert (answer.status, answer.code) == (400, "INVALID_INPUT")
    assert answer["error"]["details"]["fields"][0]["field"] == field
    assert field in answer["error"]["message"]
    assert len(accounts.get(LI).addresses) == 1


def test_the_book_is_full_at_twenty(world: World) -> None:
    for _ in range(19):
        assert world.call("customer", "POST", "/v1/addresses", WISH, by=LI).status == 201
    answer = world.call("customer", "POST", "/v1/addresses", WISH, by=LI)
    assert (answer.status, answer.code) == (422, "ADDRESS_BOOK_FULL")


MAPS: dict[str, Any] = {"key": maps_stage.KEY, "secret": maps_stage.SECRET}


@pytest.fixture
def maps(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[maps_stage.Stage]:
    """The map service, set up and answering."""
    with maps_stage.running(tmp_path / "maps.sqlite") as stage:
        monkeypatch.setenv("MAPS_BASE_URL", stage.url)
        channels = {**json.loads(secrets._fetch("CHANNELS_SECRET_ARN")), "maps": MAPS}
        secrets.provide("CHANNELS_SECRET_ARN", json.dumps(channels))
        yield stage


WORDS = {name: value for name, value in WISH.items() if name != "point"}


@pytest.mark.feature("C7")
def test_words_without_a_position_are_found_on_the_map(world: World, maps: maps_stage.Stage) -> None:
    wish = {**WORDS, "detail": "洪山区珞喻路1500号 3 栋 1203"}
    answer = world.call("customer", "POST", "/v1/addresses", wish, by=LI)
    assert answer.status == 201
    assert (answer["area"], answer["detail"]) == ("武汉市洪山区关山街道", "珞喻路1500号 3 栋 1203")
    assert 114.38 < answer["point"]["lng"] < 114.41


@pytest.mark.feature("C7")
def test_without_an_answer_of_the_map_the_streets_served_still_work(world: World, maps: maps_stage.Stage) -> None:
    maps.misbehave({"match": "*", "fault": "lost", "times": 9})
    wish = {**WORDS, "detail": "洪山区关山街道珞喻路1500号 3 栋"}
    answer = world.call("customer", "POST", "/v1/addresses", wish, by=LI)
    assert (answer.status, answer["area"]) == (201, "武汉市洪山区关山街道")
    assert answer["detail"] == "珞喻路1500号 3 栋"


@pytest.mark.feature("C7")
def test_words_nobody_can_place_and_places_nobody_serves_are_refused(world: World, maps: maps_stage.Stage) -> None:
    nowhere = world.call("customer", "POST", "/v1/addresses", {**WORDS, "detail": "我也不知道"}, by=LI)
    assert (nowhere.status, nowhere["error"]["code"]) == (422, "PLACE_NOT_FOUND")
    changsha = {**WORDS, "detail": "长沙市芙蓉区五一大道1号"}
    far = world.call("customer", "POST", "/v1/addresses", changsha, by=LI)
    assert far["error"]["code"] == "OUTSIDE_AREA"
    assert far["error"]["details"]["nearest"] == "武汉市洪山区"
    assert far["error"]["details"]["distance_m"] > 250_000


@pytest.mark.feature("C7")
def test_while_typing_places_are_offered_and_it_is_said_whether_they_are_served(
    world: World, maps: maps_stage.Stage
) -> None:
    path = "/v1/places/suggest"
    found = world.call("customer", "GET", path, query={"q": "光谷"}, by=LI)
    assert found.status == 200
    assert any(each["served"] for each in found["items"])
    maps.misbehave({"match": "*", "fault": "lost", "times": 9})
    again = world.call("customer", "GET", path, query={"q": "关山"}, by=LI)
    assert [each["title"] for each in again["items"]] == ["关山街道"]
