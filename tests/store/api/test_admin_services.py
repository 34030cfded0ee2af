"""Services and packages as administrators keep them: versions, planned prices, retiring, and the log of changes."""

from typing import Any

import pytest

from daojia.catalogue import store as catalogue
from daojia.ordering import store as orders
from tests.store.api.world import Answer, World

POLICY = {"name": "标准", "tiers": [{"minutes_before": 60, "refund_basis_points": 5000}]}
CARPET = {
    "name": "地毯清洗",
    "family": "cleaning",
    "category": "专项清洁",
    "summary": "地毯吸尘、除渍、蒸汽清洗。",
    "minutes": 90,
    "price_lines": [
        {"name": "上门费", "amount_fen": 1000, "kind": "call_out"},
        {"name": "清洗", "amount_fen": 8000, "per_unit": True},
    ],
    "unit": {"name": "块", "most": 4, "minutes": 30},
    "steps": ["吸尘", "清洗"],
    "tools": ["蒸汽机"],
    "commission_basis_points": 1800,
    "policy": POLICY,
    "options": [
        {"kind": "add_on", "option_id": "mites", "name": "加除螨", "price_fen": 3000, "minutes": 15},
    ],
}
PACKAGE = {
    **{name: value for name, value in CARPET.items() if name not in ("unit", "options")},
    "name": "焕新套餐",
    "minutes": 180,
    "price_lines": [{"name": "套餐价", "amount_fen": 20000}],
    "includes": [{"service_id": "daily-cleaning"}, {"service_id": "window-cleaning"}],
}


def get(world: World, path: str, **query: Any) -> Answer:
    return world.call("admin", "GET", f"/v1/admin{path}", by="admin", query=query)


def post(world: World, path: str, body: Any, key: str = "fresh") -> Answer:
    return world.call("admin", "POST", f"/v1/admin{path}", body, by="admin", key=key)


def patch(world: World, path: str, body: Any) -> Answer:
    key = f"patch-{next(world.keys)}"
    return world.call("admin", "PATCH", f"/v1/admin{path}", body, by="admin", key=key)


def customer(world: World, path: str) -> Answer:
    return world.call("customer", "GET", path)


@pytest.mark.feature("A6")
def test_a_new_service_is_sold_at_once_and_leaves_a_version_and_a_trace(world: World) -> None:
    made = post(world, "/services", CARPET, key="k1")
    assert (made.status, made["revision"], made["total_fen"]) == (201, 1, 9000)
    service_id = made["service"]["service_id"]
    assert post(world, "/services", CARPET, key="k1")["service"]["service_id"] == service_id
    assert customer(world, f"/v1/services/{service_id}")["unit"]["name"] == "块"
    assert [each["service"]["version"] for each in get(world, f"/services/{service_id}/versions")["items"]] == [1]
    (entry,) = get(world, "/audit-log", subject=f"service#{service_id}")["items"]
    assert (entry["by"], entry["action"], entry["before"]) == ("admin", "service.create", "")
    assert "地毯清洗" in entry["after"]


@pytest.mark.feature("A6")
def test_a_change_of_price_makes_a_version_and_leaves_placed_orders_alone(world: World) -> None:
    order_id = world.ordered()
    dearer = [{"name": "上门费", "amount_fen": 2000}, {"name": "保洁", "amount_fen": 15000}]
    changed = patch(world, "/services/daily-cleaning", {"revision": 1, "price_lines": dearer, "note": "涨价"})
    assert (changed.status, changed["revision"], changed["total_fen"]) == (200, 2, 17000)
    order = orders.get(order_id)
    assert (order.total_fen, order.service.version) == (12800, 1)
    versions = get(world, "/services/daily-cleaning/versions")["items"]
    assert [each["service"]["version"] for each in versions] == [2, 1]
    assert sum(line["amount_fen"] for line in versions[1]["service"]["price_lines"]) == 12800
    assert versions[0]["note"] == "涨价"


@pytest.mark.feature("A6")
def test_who_has_not_seen_the_latest_change_is_told_so(world: World) -> None:
    assert patch(world, "/services/daily-cleaning", {"revision": 1, "summary": "新的简介。"}).status == 200
    late = patch(world, "/services/daily-cleaning", {"revision": 1, "summary": "别的简介。"})
    assert (late.status, late.code) == (409, "CATALOGUE_CHANGED")
    assert late["error"]["details"] == {"revision": 2}


@pytest.mark.feature("A6")
def test_a_price_of_a_later_day_waits_for_it_and_survives_changes_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [{"name": "上门费", "amount_fen": 99900}]
    plan = {"revision": 1, "effective_from": "2099-01-01T00:00:00+08:00", "price_lines": lines}
    planned = patch(world, "/services/daily-cleaning", plan)
    assert (planned["revision"], planned["total_fen"]) == (2, 12800)
    assert customer(world, "/v1/services/daily-cleaning")["total_fen"] == 12800
    changed = patch(world, "/services/daily-cleaning", {"revision": 2, "summary": "换了简介。"})
    assert (changed["revision"], changed["service"]["version"], changed["upcoming"]["service"]["version"]) == (4, 3, 4)
    assert changed["upcoming"]["service"]["summary"] == "换了简介。"
    begin = catalogue.entry("daily-cleaning").upcoming
    assert begin is not None
    monkeypatch.setattr(catalogue, "clock", lambda: begin.effective_from)
    catalogue.forget()
    assert catalogue.load().service("daily-cleaning").quote().total_fen == 99900


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"effective_from": "2020-01-01T00:00:00+08:00", "minutes": 60}, "CATALOGUE_REFUSED", "effective_from 须晚于"),
        ({"effective_from": "2099-01-01T00:00:00+08:00", "summary": "新"}, "CATALOGUE_REFUSED", "summary 不能定时"),
        ({"name": "擦玻璃"}, "CATALOGUE_REFUSED", "已经有了"),
        ({"minutes": 50}, "INVALID_INPUT", "minutes 须是 15 的倍数"),
        ({"price_lines": [{"name": "保洁", "amount_fen": -1}]}, "INVALID_INPUT", "price_lines.0.amount_fen 不能小于 0"),
        ({"price_lines": [{"name": "保洁", "amount_fen": 9, "per_unit": True}]}, "CATALOGUE_REFUSED", "unit"),
        ({"price_lines": []}, "INVALID_INPUT", "至少 1 项"),
        ({"summary": None}, "CATALOGUE_REFUSED", "summary 不能为空"),
        ({"pictures": ["http://x"]}, "INVALID_INPUT", "pictures.0"),
        ({"includes": PACKAGE["includes"]}, "CATALOGUE_REFUSED", "只有套餐"),
    ],
)
@pytest.mark.feature("A6")
def test_bad_input_names_the_field_and_what_to_do(world: World, changes: dict[str, Any], code: str, said: str) -> None:
    answer = patch(world, "/services/daily-cleaning", {"revision": 1, **changes})
    assert answer.code == code
    assert said in answer["error"]["message"]
    assert catalogue.entry("daily-cleaning").revision == 1


@pytest.mark.feature("A6")
def test_a_retired_service_cannot_be_ordered_its_orders_go_on_and_it_can_come_back(world: World) -> None:
    order_id = world.ordered()
    retired = post(world, "/services/daily-cleaning/retire", {"revision": 1})
    assert (retired["service"]["active"], retired["revision"]) == (False, 2)
    refused = customer(world, "/v1/services/daily-cleaning")
    assert (refused.status, refused.code) == (410, "SERVICE_RETIRED")
    assert orders.get(order_id).state == "PENDING_PAYMENT"
    assert [each["name"] for each in get(world, "/services", active="false")["items"]] == ["日常保洁", "旧服务"]
    post(world, "/services/daily-cleaning/restore", {"revision": 2})
    assert customer(world, "/v1/services/daily-cleaning").status == 200


@pytest.mark.feature("A7")
def test_a_package_shows_what_it_saves_and_rests_while_a_part_is_retired(world: World) -> None:
    made = post(world, "/packages", PACKAGE)
    assert (made.status, made["separately_fen"], made["total_fen"]) == (201, 22700, 20000)
    package_id = made["service"]["service_id"]
    page = customer(world, f"/v1/services/{package_id}")
    assert (page["saves_fen"], page["is_package"]) == (2700, True)
    assert [(part["name"], part["total_fen"]) for part in page["includes"]] == [("日常保洁", 12800), ("擦玻璃", 9900)]
    retired = post(world, "/services/window-cleaning/retire", {"revision": 1})
    assert retired["in_packages"] == ["焕新套餐"]
    assert customer(world, f"/v1/services/{package_id}").code == "SERVICE_RETIRED"
    assert [each["name"] for each in get(world, "/packages")["items"]] == ["焕新套餐"]


@pytest.mark.feature("A7")
def test_a_package_of_retired_parts_or_above_the_sum_is_refused(world: World) -> None:
    dear = {**PACKAGE, "price_lines": [{"name": "套餐价", "amount_fen": 30000}]}
    assert post(world, "/packages", dear, key="a").code == "DEARER_THAN_PARTS"
    assert post(world, "/packages", {**dear, "dearer_is_meant": True}, key="b").status == 201
    old = {**PACKAGE, "name": "旧的", "includes": [{"service_id": "daily-cleaning"}, {"service_id": "old-service"}]}
    assert "没有在售" in post(world, "/packages", old, key="c")["error"]["message"]


@pytest.mark.feature("A6")
def test_the_list_of_services_goes_page_by_page(world: World) -> None:
    first = get(world, "/services", limit=2)
    second = get(world, "/services", limit=2, cursor=first["next"])
    names = [each["name"] for each in (*first["items"], *second["items"])]
    assert sorted(names) == sorted(["日常保洁", "擦玻璃", "旧服务"])
    assert second["next"] is None
    assert get(world, "/services", q="洗窗")["items"][0]["name"] == "擦玻璃"
