"""What can be ordered, when, and from whom."""

import pytest

from tests.store.api.world import CHEN, FAR, HOME, LIU, WANG, World, tomorrow


def names(answer: object) -> list[str]:
    return [item["name"] for item in answer["items"]]  # type: ignore[index]


HERE = {"lat": HOME.lat, "lng": HOME.lng}


@pytest.mark.feature("C2")
def test_the_catalogue_lists_families_categories_services_and_areas(world: World) -> None:
    answer = world.call("customer", "GET", "/v1/catalogue")
    assert [family["name"] for family in answer["families"]] == ["家政保洁", "家电维修", "美容美护", "健康养护"]
    services = answer["families"][0]["categories"][0]["services"]
    assert [service["name"] for service in services] == ["日常保洁", "擦玻璃"]
    assert answer["areas"] == [{"area_id": "hongshan", "city": "武汉市", "district": "洪山区", "streets": ["关山街道"]}]
    assert answer.headers["Cache-Control"] == "max-age=60"


@pytest.mark.feature("C3")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["日常保洁", "擦玻璃"]),
        ({"q": "玻璃"}, ["擦玻璃"]),
        ({"q": "打扫卫生"}, ["日常保洁"]),
        ({"q": "家庭 洗窗户"}, ["擦玻璃"]),
        ({"q": "理发"}, []),
        ({"max_price_fen": 10000}, ["擦玻璃"]),
        ({"min_price_fen": 10000}, ["日常保洁"]),
        ({"max_minutes": 100}, ["擦玻璃"]),
        ({"sort": "price"}, ["擦玻璃", "日常保洁"]),
        ({"sort": "minutes"}, ["擦玻璃", "日常保洁"]),
        ({"family": "repair"}, []),
        ({"category": "家庭保洁", "family": "cleaning"}, ["日常保洁", "擦玻璃"]),
        ({"category": "别的"}, []),
    ],
)
def test_services_are_found_by_what_is_asked(world: World, query: dict[str, object], found: list[str]) -> None:
    assert names(world.call("customer", "GET", "/v1/services", query=query)) == found


def test_a_service_shows_steps_price_and_policy(world: World) -> None:
    answer = world.call("customer", "GET", "/v1/services/daily-cleaning")
    assert (answer["total_fen"], answer["steps"]) == (12800, ["准备", "清洁", "验收"])
    assert answer["policy"]["tiers"][0] == {"minutes_before": 1440, "refund_basis_points": 10000}


@pytest.mark.parametrize("service_id", ["nothing", "a%20b"])
def test_what_is_not_sold_is_not_found(world: World, service_id: str) -> None:
    answer = world.call("customer", "GET", f"/v1/services/{service_id}")
    assert (answer.status, answer.code) == (404, "SERVICE_NOT_FOUND")


@pytest.mark.feature("A6")
def test_an_old_link_says_that_the_service_is_no_longer_sold(world: World) -> None:
    answer = world.call("customer", "GET", "/v1/services/old-service")
    assert (answer.status, answer.code) == (410, "SERVICE_RETIRED")
    assert "下架" in answer["error"]["message"]


@pytest.mark.feature("C5")
def test_slots_name_the_free_starts_of_each_day(world: World) -> None:
    first = tomorrow(0).date().isoformat()
    answer = world.call(
        "customer", "GET", "/v1/services/daily-cleaning/slots", query={**HERE, "from": first, "days": 2}
    )
    assert answer["items"][0]["date"] == first
    assert len(answer["items"]) == 2
    assert answer["items"][0]["starts"][0] == f"{first}T00:00:00+08:00"


def test_slots_of_one_provider_leave_out_what_is_taken(world: World) -> None:
    world.accepted()
    query = {**HERE, "from": tomorrow(0).date().isoformat(), "days": 1, "provider_id": WANG}
    starts = world.call("customer", "GET", "/v1/services/daily-cleaning/slots", query=query)["items"][0]["starts"]
    assert tomorrow(15).isoformat() not in starts
    assert tomorrow(9).isoformat() in starts
    both = world.call("customer", "GET", "/v1/services/daily-cleaning/slots", query={**query, "provider_id": CHEN})[
        "items"
    ][0]["starts"]
    assert tomorrow(15).isoformat() in both


def test_slots_of_an_unknown_provider_are_none(world: World) -> None:
    query = {**HERE, "days": 1, "provider_id": "a_nobody"}
    answer = world.call("customer", "GET", "/v1/services/daily-cleaning/slots", query=query)
    assert answer["items"][0]["starts"] == []


@pytest.mark.parametrize("path", ["/v1/services/daily-cleaning/slots", "/v1/services/daily-cleaning/providers"])
def test_outside_the_area_served_is_said_so(world: World, path: str) -> None:
    answer = world.call("customer", "GET", path, query={"lat": FAR.lat, "lng": FAR.lng})
    assert (answer.status, answer.code) == (422, "OUTSIDE_AREA")
    assert "洪山区" in answer["error"]["message"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"lat": 30.5},
        {"lat": 91, "lng": 114},
        {"lat": "nan", "lng": 114},
        {"lat": "x", "lng": 1},
        {**HERE, "days": 99},
    ],
)
def test_a_senseless_position_or_number_of_days_is_refused(world: World, query: dict[str, object]) -> None:
    answer = world.call("customer", "GET", "/v1/services/daily-cleaning/slots", query=query)
    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


@pytest.mark.feature("C18")
def test_providers_around_are_listed_nearest_first_without_telephone_or_home(world: World) -> None:
    answer = world.call("customer", "GET", "/v1/services/daily-cleaning/providers", query=HERE)
    assert [item["provider_id"] for item in answer["items"]] == [WANG, CHEN]
    assert answer["items"][0]["name"] == "王师傅"
    for secret in ("13900001234", "王秀兰", "114.4,", "home", "phone"):
        assert secret not in answer.text


def test_a_provider_has_a_public_page(world: World) -> None:
    answer = world.call("customer", "GET", f"/v1/providers/{WANG}")
    assert (answer["name"], answer["rating"], answer["jobs_done"]) == ("王师傅", 4.87, 320)
    assert "13900001234" not in answer.text


@pytest.mark.parametrize("provider_id", [LIU, "a_nobody"])
def test_who_is_not_verified_or_not_there_has_none(world: World, provider_id: str) -> None:
    answer = world.call("customer", "GET", f"/v1/providers/{provider_id}")
    assert (answer.status, answer.code) == (404, "PROVIDER_NOT_FOUND")
