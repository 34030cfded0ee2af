"""Where the platform serves: drawn, checked, switched, and what a change would touch."""

from typing import Any

import pytest

from daojia.catalogue import store as catalogue
from daojia.kernel.geography import Point
from tests.store.api.test_admin_services import get, patch, post
from tests.store.api.world import World

INSIDE = Point(lat=30.5, lng=114.4)


def corners(*pairs: tuple[float, float]) -> list[dict[str, float]]:
    return [{"lat": lat, "lng": lng} for lat, lng in pairs]


SQUARE = corners((31.0, 115.0), (31.0, 115.1), (31.1, 115.1), (31.1, 115.0))


def an_area(**changes: Any) -> dict[str, Any]:
    return {"city": "黄冈市", "district": "黄州区", "polygon": SQUARE, "active": True, **changes}


def served(point: Point = INSIDE) -> bool:
    catalogue.forget()
    return catalogue.load().locate(point) is not None


@pytest.mark.feature("A8")
def test_a_new_area_is_served_once_switched_on_and_is_on_record(world: World) -> None:
    made = post(world, "/areas", an_area(active=False))
    assert (made.status, made["saved"], made["effective_within_seconds"]) == (201, True, 60)
    there = Point(lat=31.05, lng=115.05)
    assert not served(there)
    area_id = made["area"]["area_id"]
    assert patch(world, f"/areas/{area_id}", {"revision": 1, "active": True})["area"]["revision"] == 2
    assert served(there)
    late = patch(world, f"/areas/{area_id}", {"revision": 1, "active": False})
    assert (late.status, late.code) == (409, "CATALOGUE_CHANGED")
    log = get(world, "/audit-log", subject=f"area#{area_id}")["items"]
    assert [each["action"] for each in log] == ["area.change", "area.create"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"polygon": SQUARE[:2]}, "polygon", "3 到"),
        ({"polygon": corners((31.0, 115.0), (31.1, 115.1), (31.0, 115.1), (31.1, 115.0))}, "polygon", "交叉"),
        ({"polygon": corners((115.0, 31.0), (60.0, 31.1), (70.0, 31.1))}, "polygon.0.lat", ""),
        ({"polygon": corners((48.8, 2.3), (48.9, 2.3), (48.9, 2.4))}, "polygon.0", "中国"),
        ({"polygon": corners((31.0, 115.0), (31.00001, 115.0), (31.0, 115.00001))}, "polygon", "面积"),
        ({"polygon": corners((20.0, 80.0), (20.0, 130.0), (50.0, 130.0))}, "polygon", "面积"),
        ({"polygon": [*SQUARE, SQUARE[0]]}, "polygon", "重复"),
        ({"polygon": []}, "polygon", "至少"),
    ],
)
@pytest.mark.feature("A8")
def test_an_outline_that_cannot_be_is_refused(world: World, changes: dict[str, Any], field: str, said: str) -> None:
    answer = post(world, "/areas", an_area(**changes))
    assert answer.code in ("CATALOGUE_REFUSED", "INVALID_INPUT")
    assert field in answer["error"]["message"]
    assert said in answer["error"]["message"]


@pytest.mark.feature("A8")
def test_a_list_of_streets_serves_what_lies_within_their_reach(world: World) -> None:
    street = {"name": "赤壁街道", "centre": {"lat": 31.05, "lng": 115.05}, "reach_m": 1000}
    post(world, "/areas", an_area(polygon=[], streets=[street]))
    assert served(Point(lat=31.055, lng=115.05))
    assert not served(Point(lat=31.065, lng=115.05))


@pytest.mark.feature("A8")
def test_overlaps_are_warned_of_and_shared_borders_are_none(world: World) -> None:
    beside = corners((30.4, 114.5), (30.4, 114.6), (30.6, 114.6), (30.6, 114.5))
    assert post(world, "/areas", an_area(polygon=beside), key="a")["overlaps"] == []
    across = corners((30.45, 114.45), (30.45, 114.55), (30.55, 114.55), (30.55, 114.45))
    assert post(world, "/areas", an_area(polygon=across), key="b")["overlaps"] == ["武汉市洪山区", "黄冈市黄州区"]


@pytest.mark.feature("A8")
@pytest.mark.parametrize("level", [{}, {"district": "洪山区"}, {"district": "洪山区", "street": "关山街道"}])
def test_a_city_a_district_and_a_street_are_switched_off_and_on(world: World, level: dict[str, str]) -> None:
    world.ordered()
    wish = {"city": "武汉市", **level}
    dry = world.call(
        "admin", "POST", "/v1/admin/areas/switch", {**wish, "active": False}, by="admin", query={"dry_run": "true"}
    )
    assert (dry["saved"], dry["touches"]["open_orders"], dry["touches"]["at_least"]) == (False, 1, False)
    assert dry["touches"]["providers"] >= 3
    assert served()
    off = post(world, "/areas/switch", {**wish, "active": False})
    assert off["saved"]
    assert not served()
    refused = world.call("customer", "GET", "/v1/services/daily-cleaning/slots", query={"lat": 30.5, "lng": 114.4})
    assert refused.code in ("OUTSIDE_AREA", "NOTHING_SERVED")
    post(world, "/areas/switch", {**wish, "active": True})
    assert served()


@pytest.mark.feature("A8")
def test_what_is_not_there_cannot_be_switched(world: World) -> None:
    assert post(world, "/areas/switch", {"city": "北京市", "active": True}).code == "AREA_NOT_FOUND"
    nowhere = {"city": "武汉市", "district": "洪山区", "street": "没有街道", "active": True}
    assert "没有这条街道" in post(world, "/areas/switch", nowhere)["error"]["message"]
    assert get(world, "/areas")["items"][0]["district"] == "洪山区"
    assert get(world, "/areas/hongshan")["area"]["city"] == "武汉市"
