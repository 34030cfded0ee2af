"""Customers by HTTP: logging in, looking around, ordering, paying, and what is refused."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from infra.local.phones import Api, Phone
from tests.e2e.town import SERVICE, SHANGHAI, SQUARE, Town, happened, refused
from tests.stack import http

NOWHERE = {"lat": 31.23, "lng": 121.47}


@pytest.fixture(scope="module")
def phone(town: Town) -> Phone:
    phone = town.stranger()
    phone.follow()
    return phone


@pytest.fixture(scope="module")
def api(phone: Phone) -> Api:
    return phone.login()


# -- logging in -------------------------------------------------------------------------------------------------------


@pytest.mark.feature("C1")
def test_chat_and_mini_program_are_one_person(town: Town) -> None:
    phone = town.stranger()
    number, _ = town.book(phone)
    mine = phone.login().get("/v1/orders")["items"]
    assert [order["number"] for order in mine] == [number]


@pytest.mark.feature("C1")
def test_a_login_code_works_once_and_a_made_up_one_never(town: Town, stack: dict[str, Any], phone: Phone) -> None:
    code = phone.send("login")["code"]
    anyone = Api(stack)
    assert anyone.request("POST", "/v1/auth/wechat", {"code": code}).status_code == 200
    refused(anyone.request("POST", "/v1/auth/wechat", {"code": code}), 401, "WECHAT_CODE_REFUSED")
    refused(anyone.request("POST", "/v1/auth/wechat", {"code": "made-up"}), 401, "WECHAT_CODE_REFUSED")
    refused(anyone.request("POST", "/v1/auth/wechat", {}), 400, "INVALID_INPUT")


@pytest.mark.feature("C1")
def test_a_session_is_renewed_once_and_ends_with_logging_out(stack: dict[str, Any], phone: Phone) -> None:
    anyone = Api(stack)
    session = anyone.post("/v1/auth/wechat", {"code": phone.send("login")["code"]})
    renewed = anyone.post("/v1/auth/refresh", {"refresh_token": session["refresh_token"]})
    again = anyone.request("POST", "/v1/auth/refresh", {"refresh_token": session["refresh_token"]})
    refused(again, 401, "UNAUTHORIZED")
    assert Api(stack, renewed["access_token"]).get("/v1/orders") is not None
    anyone.post("/v1/auth/logout", {"refresh_token": renewed["refresh_token"]})
    gone = anyone.request("POST", "/v1/auth/refresh", {"refresh_token": renewed["refresh_token"]})
    refused(gone, 401, "UNAUTHORIZED")


@pytest.mark.parametrize("token", ["", "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwicm9sZSI6ImN1c3RvbWVyIn0."])
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/addresses", "/v1/provider/offers", "/v1/admin/orders"])
def test_without_a_session_nobody_comes_in(stack: dict[str, Any], token: str, path: str) -> None:
    refused(Api(stack, token).request("GET", path), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("path", ["/v1/provider/offers", "/v1/provider/income", "/v1/admin/orders"])
def test_a_customer_is_neither_provider_nor_administrator(api: Api, path: str) -> None:
    refused(api.request("GET", path), 403, "FORBIDDEN")


# -- looking around ---------------------------------------------------------------------------------------------------


@pytest.mark.feature("C2")
def test_the_catalogue_is_open_to_everyone(stack: dict[str, Any]) -> None:
    content = Api(stack).get("/v1/catalogue")
    assert [family["name"] for family in content["families"]] == ["家政保洁", "家电维修", "美容美护", "健康养护"]
    services = [s for family in content["families"] for each in family["categories"] for s in each["services"]]
    assert len(services) >= 24
    for service in services:
        assert service["total_fen"] == sum(line["amount_fen"] for line in service["price_lines"])
    assert all(area["city"] == "武汉市" and area["streets"] for area in content["areas"])


@pytest.mark.feature("C3")
def test_services_are_found_by_words_price_and_length(stack: dict[str, Any]) -> None:
    anyone = Api(stack)
    assert any(each["name"] == SERVICE for each in anyone.get("/v1/services", q="保洁")["items"])
    cheap = anyone.get("/v1/services", max_price_fen=12000, sort="price")["items"]
    prices = [each["total_fen"] for each in cheap]
    assert prices == sorted(prices)
    assert prices[-1] <= 12000
    assert all(each["minutes"] <= 60 for each in anyone.get("/v1/services", max_minutes=60)["items"])
    refused(anyone.request("GET", "/v1/services", sort="beauty"), 400, "INVALID_INPUT")


@pytest.mark.feature("C4", "C5", "C6", "C18")
def test_a_service_has_a_page_free_times_and_people(town: Town, stack: dict[str, Any]) -> None:
    anyone, service = Api(stack), town.services[SERVICE]
    page = anyone.get(f"/v1/services/{service['service_id']}")
    assert page["steps"]
    assert page["tools"]
    assert page["policy"]["tiers"]
    first = (datetime.now(SHANGHAI) + timedelta(days=6)).date()
    path = f"/v1/services/{service['service_id']}"
    days = anyone.get(f"{path}/slots", **SQUARE, **{"from": str(first), "days": 2})["items"]
    assert [day["date"] for day in days] == [str(first), str(first + timedelta(days=1))]
    starts = [datetime.fromisoformat(start) for start in days[0]["starts"]]
    assert starts
    assert all(start.minute % 15 == 0 and start.utcoffset() == timedelta(hours=8) for start in starts)
    people = anyone.get(f"/v1/services/{service['service_id']}/providers", **SQUARE)["items"]
    assert len(people) >= 5
    assert [each["distance_m"] for each in people] == sorted(each["distance_m"] for each in people)
    one = anyone.get(f"/v1/providers/{people[0]['provider_id']}")
    assert service["service_id"] in one["service_ids"]
    assert not {"phone", "home", "point"} & one.keys()
    alone = anyone.get(
        f"/v1/services/{service['service_id']}/slots",
        **SQUARE,
        **{"from": str(first), "days": 1, "provider_id": people[0]["provider_id"]},
    )
    assert set(alone["items"][0]["starts"]) <= set(days[0]["starts"])


@pytest.mark.feature("C7")
def test_outside_the_area_the_nearest_served_one_is_named(town: Town, stack: dict[str, Any], api: Api) -> None:
    path = f"/v1/services/{town.services[SERVICE]['service_id']}"
    nowhere = urlencode(NOWHERE)
    address = {"point": NOWHERE, "detail": "1 号", "contact": "王", "phone": "13900001111"}
    for answer in (
        Api(stack).request("GET", f"{path}/slots?{nowhere}"),
        Api(stack).request("GET", f"{path}/providers?{nowhere}"),
        api.request("POST", "/v1/addresses", address),
    ):
        assert "武汉市" in refused(answer, 422, "OUTSIDE_AREA")["nearest"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/services/none", 404, "SERVICE_NOT_FOUND"),
        ("/v1/services/none/slots?lat=30.5&lng=114.4", 404, "SERVICE_NOT_FOUND"),
        ("/v1/services/daily-cleaning/slots", 400, "INVALID_INPUT"),
        ("/v1/services/daily-cleaning/slots?lat=nan&lng=114.4", 400, "INVALID_INPUT"),
        ("/v1/services/daily-cleaning/slots?lat=30.5&lng=114.4&days=99", 400, "INVALID_INPUT"),
        ("/v1/services/daily-cleaning/slots?lat=30.5&lng=114.4&from=soon", 400, "INVALID_INPUT"),
        ("/v1/providers/a_nobody", 404, "PROVIDER_NOT_FOUND"),
        ("/v1/nothing", 404, "UNKNOWN_ROUTE"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(api: Api, path: str, status: int, code: str) -> None:
    refused(api.request("GET", path), status, code)


# -- ordering ---------------------------------------------------------------------------------------------------------


@pytest.mark.feature("C7")
def test_the_address_book(town: Town) -> None:
    api = town.stranger().login()
    address_id = town.address(api)
    shown = api.get("/v1/addresses")["items"][0]
    assert "关山街道" in shown["area"] or "区" in shown["area"]
    assert shown["phone"] == "139****1111"
    changed = api.request("PATCH", f"/v1/addresses/{address_id}", {"detail": "5 栋 502"}).json()
    assert (changed["detail"], changed["contact"]) == ("5 栋 502", shown["contact"])
    somebody = town.stranger().login()
    refused(somebody.request("PATCH", f"/v1/addresses/{address_id}", {"detail": "x"}), 404, "NOT_FOUND")
    assert api.request("DELETE", f"/v1/addresses/{address_id}").status_code == 200
    refused(api.request("DELETE", f"/v1/addresses/{address_id}"), 404, "NOT_FOUND")


@pytest.mark.feature("C4", "C10")
def test_a_quote_says_what_the_order_will_cost(town: Town, api: Api) -> None:
    wish = town.wish(api)
    quote = api.post("/v1/quotes", wish)
    assert quote["available"] is True
    assert quote["total_fen"] == town.services[SERVICE]["total_fen"]
    assert api.post("/v1/quotes", {"service_id": wish["service_id"]})["available"] is None
    order = api.post("/v1/orders", wish)
    assert (order["total_fen"], order["policy"]) == (quote["total_fen"], quote["policy"])


@pytest.mark.feature("B6", "C9")
def test_one_key_is_one_order(town: Town, api: Api) -> None:
    wish, key = town.wish(api), str(uuid.uuid4())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.request("POST", "/v1/orders", wish, key=key), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["order_id"] for answer in answers}) == 1
    other = api.request("POST", "/v1/orders", {**wish, "notes": "别的"}, key=key)
    refused(other, 422, "IDEMPOTENCY_KEY_REUSED")
    somebody = town.stranger().login()
    theirs = somebody.request("POST", "/v1/orders", town.wish(somebody), key=key)
    assert theirs.status_code == 201, "keys belong to a person"


def test_without_a_key_nothing_is_ordered(town: Town, stack: dict[str, Any], api: Api) -> None:
    before = len(api.get("/v1/orders")["items"])
    with http(stack, headers={"Authorization": f"Bearer {api.token}"}) as client:
        for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 101}):
            answer = client.post("/v1/orders", json=town.wish(api), headers=headers)
            refused(answer, 400, "IDEMPOTENCY_KEY_MISSING")
    assert len(api.get("/v1/orders")["items"]) == before


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"start": "tomorrow"}, 400, "INVALID_INPUT"),
        ({"start": "2030-01-01T10:00:00"}, 400, "INVALID_INPUT"),
        ({"start": 1800000000}, 400, "INVALID_INPUT"),
        ({"start": "2020-01-01T10:00:00+08:00"}, 422, "TOO_SOON"),
        ({"start": "2099-01-01T10:00:00+08:00"}, 422, "TOO_FAR_AHEAD"),
        ({"notes": "猫" * 501}, 400, "INVALID_INPUT"),
        ({"service_id": "none"}, 404, "SERVICE_NOT_FOUND"),
        ({"address_id": "none"}, 404, "NOT_FOUND"),
        ({"provider_id": "a_nobody"}, 409, "NOBODY_FREE"),
        ({"total_fen": 1}, 400, "INVALID_INPUT"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_not_written(
    town: Town, api: Api, change: dict[str, Any], status: int, code: str
) -> None:
    wish, before = town.wish(api), len(api.get("/v1/orders", limit=50)["items"])
    refused(api.request("POST", "/v1/orders", {**wish, **change}), status, code)
    assert len(api.get("/v1/orders", limit=50)["items"]) == before


@pytest.mark.parametrize("body", ["{", "[]", "null", '{"a": NaN}', "[" * 3000])
def test_a_body_that_is_no_json_object_is_refused(stack: dict[str, Any], api: Api, body: str) -> None:
    headers = {"Authorization": f"Bearer {api.token}", "Idempotency-Key": "1", "Content-Type": "application/json"}
    with http(stack, headers=headers) as client:
        refused(client.post("/v1/orders", content=body), 400, "INVALID_INPUT")
        refused(client.post("/v1/orders", content='"' + "x" * 70_000 + '"'), 413, "BODY_TOO_LARGE")


@pytest.mark.feature("B1", "C5")
def test_a_named_providers_hour_is_held_for_the_first_of_many(town: Town) -> None:
    service = town.services[SERVICE]["service_id"]
    someone = Api(town.stack).get(f"/v1/services/{service}/providers", **SQUARE)["items"][-1]["provider_id"]
    start = town.start()
    free = Api(town.stack).get(
        f"/v1/services/{service}/slots",
        **SQUARE,
        **{"from": str(start.date()), "days": 7, "provider_id": someone},
    )["items"]
    hour = next(each for day in free for each in day["starts"])
    apis = [town.stranger().login() for _ in range(6)]
    wishes = [town.wish(api, start=hour, provider_id=someone) for api in apis]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda api, wish: api.request("POST", "/v1/orders", wish), apis, wishes))
    won = [answer for answer in answers if answer.status_code == 201]
    assert len(won) == 1, [answer.text for answer in answers]
    for answer in answers:
        if answer is not won[0]:
            assert answer.status_code == 409
            assert answer.json()["error"]["code"] in ("NOBODY_FREE", "SLOT_TAKEN")
    town.call_off(won[0].json()["order_id"])


@pytest.mark.feature("C9")
def test_the_list_comes_in_pages_and_by_state(town: Town) -> None:
    api = town.stranger().login()
    placed = [api.post("/v1/orders", town.wish(api))["order_id"] for _ in range(3)]
    api.post(f"/v1/orders/{placed[0]}/cancel", {})
    first = api.get("/v1/orders", limit=2)
    rest = api.get("/v1/orders", limit=2, cursor=first["next"])
    assert sorted(order["order_id"] for order in first["items"] + rest["items"]) == sorted(placed)
    assert rest["next"] is None
    assert [order["order_id"] for order in api.get("/v1/orders", status="CANCELLED")["items"]] == placed[:1]
    refused(api.request("GET", "/v1/orders", cursor="tampered"), 400, "INVALID_INPUT")
    somebody = town.stranger().login()
    refused(somebody.request("GET", "/v1/orders", cursor=first["next"]), 400, "INVALID_INPUT")


# -- paying, and what follows -----------------------------------------------------------------------------------------


@pytest.mark.feature("C11", "C9", "C10")
def test_an_order_is_paid_in_the_mini_program_and_cancelled_for_everything_back(town: Town) -> None:
    phone = town.stranger()
    api = phone.login()
    order_id = api.post("/v1/orders", town.wish(api))["order_id"]
    params = api.post(f"/v1/orders/{order_id}/pay", {"channel": "wechat_pay", "app": "miniprogram"})
    assert params["appId"] == town.stack["wechat"]["miniprogram_appid"]
    sheet = town.stack["simulators"]["wechat_pay"]
    shown = httpx.post(f"{sheet}/_paysheet", json=params, trust_env=False).json()
    assert shown["amount_fen"] == town.services[SERVICE]["total_fen"]
    reversed_sign = {**params, "paySign": params["paySign"][::-1]}
    forged = httpx.post(f"{sheet}/_paysheet/confirm", json=reversed_sign, trust_env=False)
    assert forged.is_error, "WeChat itself would not open the sheet"
    paid = httpx.post(f"{sheet}/_paysheet/confirm", json=params, trust_env=False).json()
    assert paid["errMsg"] == "requestPayment:ok"
    town.await_order(order_id, lambda it: it["payment"]["state"] == "PAID", "the payment")
    again = api.request("POST", f"/v1/orders/{order_id}/pay", {"channel": "wechat_pay"})
    refused(again, 409, "WRONG_STATE")
    page = api.get(f"/v1/orders/{order_id}")
    assert page["state"] == "PENDING_ACCEPTANCE"
    assert page["refund_if_cancelled_fen"] == page["total_fen"]
    assert [moment["name"] for moment in page["timeline"]][:2] == ["OrderPlaced", "OrderPaid"]
    assert api.post(f"/v1/orders/{order_id}/cancel", {"reason": "改主意了"})["state"] == "CANCELLED"
    closed = town.await_order(order_id, lambda it: happened(it, "RefundSucceeded") == 1, "the refund")
    assert closed["refunds"][0]["amount_fen"] == closed["total_fen"]
    refused(api.request("POST", f"/v1/orders/{order_id}/cancel", {}), 409, "WRONG_STATE")
    refused(api.request("POST", f"/v1/orders/{order_id}/confirm", {}), 409, "WRONG_STATE")


def test_a_payer_who_turns_away_may_come_back(town: Town) -> None:
    phone = town.stranger()
    api = phone.login()
    order_id = api.post("/v1/orders", town.wish(api))["order_id"]
    sheet = f"{town.stack['simulators']['wechat_pay']}/_paysheet/confirm"
    params = api.post(f"/v1/orders/{order_id}/pay", {"channel": "wechat_pay"})
    turned = httpx.post(sheet, json={**params, "outcome": "CANCEL"}, trust_env=False).json()
    assert "fail" in turned["errMsg"]
    assert api.get(f"/v1/orders/{order_id}")["state"] == "PENDING_PAYMENT"
    params = api.post(f"/v1/orders/{order_id}/pay", {"channel": "wechat_pay"})
    assert httpx.post(sheet, json=params, trust_env=False).json()["errMsg"] == "requestPayment:ok"
    town.await_order(order_id, lambda it: it["payment"]["state"] == "PAID", "the payment")
    town.call_off(order_id)


def test_somebody_elses_order_does_not_exist(town: Town, api: Api) -> None:
    order_id = api.post("/v1/orders", town.wish(api))["order_id"]
    somebody = town.stranger().login()
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/pay", {"channel": "wechat_pay"}),
        ("POST", "/cancel", {}),
        ("POST", "/confirm", {}),
    ):
        refused(somebody.request(method, f"/v1/orders/{order_id}{path}", body), 404, "ORDER_NOT_FOUND")
    assert api.get(f"/v1/orders/{order_id}")["state"] == "PENDING_PAYMENT"
    refused(api.request("GET", "/v1/orders/o_none"), 404, "ORDER_NOT_FOUND")
    wrong = api.request("POST", f"/v1/orders/{order_id}/pay", {"channel": "shells"})
    refused(wrong, 400, "INVALID_INPUT")


# -- the API's own description ----------------------------------------------------------------------------------------


def test_the_openapi_document_lists_every_route_of_the_road(stack: dict[str, Any]) -> None:
    document = Api(stack).get("/v1/openapi.json")
    assert document["openapi"].startswith("3.")
    listed = {(method.upper(), path) for path, verbs in document["paths"].items() for method in verbs}
    for route in (
        "POST /v1/auth/wechat",
        "GET /v1/services/{service_id}/slots",
        "POST /v1/orders",
        "POST /v1/orders/{order_id}/pay",
        "POST /v1/provider/orders/{order_id}/grab",
        "POST /v1/provider/orders/{order_id}/start",
        "POST /v1/admin/auth/login",
        "POST /v1/admin/orders/{order_id}/assign",
    ):
        method, path = route.split()
        assert (method, path) in listed, route


def test_every_listed_route_is_there(stack: dict[str, Any]) -> None:
    document = Api(stack).get("/v1/openapi.json")
    anyone = Api(stack)
    for path, verbs in document["paths"].items():
        for method in verbs:
            answer = anyone.request(method.upper(), re.sub(r"\{\w+\}", "none", path), {} if method != "get" else None)
            assert answer.status_code < 500, f"{method} {path}: {answer.text}"
            if answer.is_error:
                assert answer.json()["error"]["code"] != "UNKNOWN_ROUTE", f"{method} {path}"


def test_there_is_a_page_to_try_it(stack: dict[str, Any]) -> None:
    with http(stack) as client:
        answer = client.get("/v1/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "openapi.json" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
