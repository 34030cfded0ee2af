"""The catalogue on the running stack: quantity and options priced and ordered, services and packages kept."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.phones import Api
from tests.e2e.town import SHANGHAI, SQUARE, Town, refused


def keyed(admin: Api, method: str, path: str, body: Any) -> Any:
    answer = admin.request(method, f"/v1/admin{path}", body, key=uuid.uuid4().hex)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


@pytest.mark.feature("C2", "C4")
def test_two_air_conditioners_cost_and_last_longer_than_one(town: Town, stack: dict[str, Any]) -> None:
    anyone, one = Api(stack), town.services["空调清洗"]
    page = anyone.get(f"/v1/services/{one['service_id']}")
    assert (page["unit"]["name"], page["options"][0]["name"]) == ("台", "机型")
    assert [line["kind"] for line in page["price_lines"]] == ["call_out", "labour", "materials"]
    phone = town.stranger()
    phone.follow()
    li = phone.login()
    wish = {"service_id": one["service_id"], "quantity": 2, "options": [{"option_id": "type", "choice_id": "floor"}]}
    quote = li.post("/v1/quotes", wish)
    assert quote["total_fen"] > one["total_fen"]
    assert (quote["minutes"], quote["shown"]) == (135, ["2 台", "机型：柜机"])
    refused(li.request("POST", "/v1/quotes", {**wish, "quantity": 7}), 422, "TOO_MANY_UNITS")
    first = str((datetime.now(SHANGHAI) + timedelta(days=6)).date())
    path, asked = f"/v1/services/{one['service_id']}/slots", {**SQUARE, "from": first, "days": 1}
    alone = anyone.get(path, **asked)["items"][0]["starts"]
    both = anyone.get(path, **asked, quantity=6)["items"][0]["starts"]
    assert set(both) < set(alone)


@pytest.mark.feature("A7", "C4")
def test_a_package_says_what_it_saves_and_only_those_who_can_do_all_of_it_come(stack: dict[str, Any]) -> None:
    anyone = Api(stack)
    found = [each for each in anyone.get("/v1/services")["items"] if each["is_package"]]
    assert len(found) >= 4
    page = anyone.get("/v1/services/package-appliances")
    assert page["saves_fen"] == page["separately_fen"] - page["total_fen"] > 0
    parts = {part["service_id"] for part in page["includes"]}
    people = anyone.get("/v1/services/package-appliances/providers", **SQUARE)["items"]
    assert people
    assert all(parts <= set(each["service_ids"]) for each in people)


@pytest.mark.feature("A6", "A7")
def test_a_service_is_made_changed_and_retired_with_every_step_on_record(town: Town, stack: dict[str, Any]) -> None:
    name = f"测试{uuid.uuid4().hex[:8]}"
    service = {
        "name": name,
        "family": "cleaning",
        "category": "专项清洁",
        "summary": "只为测试。",
        "minutes": 60,
        "price_lines": [{"name": "人工", "amount_fen": 5000}],
        "steps": ["做"],
        "tools": ["手"],
        "commission_basis_points": 1800,
        "policy": {"name": "标准", "tiers": []},
    }
    made = keyed(town.admin, "POST", "/services", service)
    path = f"/services/{made['service']['service_id']}"
    lines = [{"name": "人工", "amount_fen": 6000}]
    dearer = keyed(town.admin, "PATCH", path, {"revision": 1, "price_lines": lines, "note": "涨价"})
    assert (dearer["revision"], dearer["total_fen"]) == (2, 6000)
    late = town.admin.request("PATCH", f"/v1/admin{path}", {"revision": 1, "summary": "晚了。"}, key=uuid.uuid4().hex)
    refused(late, 409, "CATALOGUE_CHANGED")
    keyed(town.admin, "POST", f"{path}/retire", {"revision": 2})
    versions = town.admin.get(f"/v1/admin{path}/versions")["items"]
    assert [each["service"]["version"] for each in versions] == [3, 2, 1]
    log = town.admin.get("/v1/admin/audit-log", subject=f"service#{made['service']['service_id']}")["items"]
    assert [each["action"] for each in log] == ["service.retire", "service.change", "service.create"]
    assert {each["by"] for each in log} == {stack["admin"]["username"]}


@pytest.mark.feature("A8")
def test_an_area_is_drawn_tried_without_saving_and_switched(town: Town, stack: dict[str, Any]) -> None:
    tag = uuid.uuid4().hex[:6]
    corners = [(31.0, 115.0), (31.0, 115.1), (31.1, 115.1), (31.1, 115.0)]
    area = {
        "city": f"测试{tag}市",
        "district": "东区",
        "polygon": [{"lat": lat, "lng": lng} for lat, lng in corners],
        "streets": [{"name": "一街道", "centre": {"lat": 31.05, "lng": 115.05}}],
    }
    dry = keyed(town.admin, "POST", "/areas?dry_run=true", {**area, "active": True})
    assert (dry["saved"], dry["touches"]["open_orders"]) == (False, 0)
    made = keyed(town.admin, "POST", "/areas", area)
    path = f"/areas/{made['area']['area_id']}"
    on = keyed(town.admin, "PATCH", path, {"revision": 1, "active": True})
    assert on["effective_within_seconds"] == 60
    off = keyed(town.admin, "POST", "/areas/switch", {"city": area["city"], "active": False})
    assert [each["city_active"] for each in off["items"]] == [False]
    city = next(each["city"] for each in Api(stack).get("/v1/catalogue")["areas"])
    dry = keyed(town.admin, "POST", "/areas/switch?dry_run=true", {"city": city, "active": False})
    assert (dry["saved"], dry["touches"]["providers"] > 20) == (False, True)
    crossed = {**area, "polygon": [area["polygon"][index] for index in (0, 2, 1, 3)]}
    refused(town.admin.request("POST", "/v1/admin/areas", crossed), 422, "CATALOGUE_REFUSED")
