"""Administrators by HTTP: logging in, seeing everything about an order, and stepping in."""

import uuid
from typing import Any

import pytest

from infra.local.phones import Api
from tests.e2e.town import Town, Visit, asked, balances, happened, refused


def test_a_wrong_password_is_refused_without_saying_what_was_wrong(stack: dict[str, Any]) -> None:
    anyone = Api(stack)
    wrong = {**stack["admin"], "password": "guess"}
    somebody = {"username": f"nobody-{uuid.uuid4().hex[:8]}", "password": stack["admin"]["password"]}
    answers = [anyone.request("POST", "/v1/admin/auth/login", body) for body in (wrong, somebody)]
    for answer in answers:
        refused(answer, 401, "WRONG_PASSWORD")
    assert answers[0].text == answers[1].text
    refused(anyone.request("POST", "/v1/admin/auth/login", {"username": "admin"}), 400, "INVALID_INPUT")
    assert anyone.post("/v1/admin/auth/login", stack["admin"])["role"] == "administrator"


def test_guessing_is_stopped_after_five_attempts(stack: dict[str, Any]) -> None:
    anyone, name = Api(stack), f"guess-{uuid.uuid4().hex[:8]}"
    for _ in range(5):
        answer = anyone.request("POST", "/v1/admin/auth/login", {"username": name, "password": "x"})
        refused(answer, 401, "WRONG_PASSWORD")
    once_more = anyone.request("POST", "/v1/admin/auth/login", {"username": name, "password": "x"})
    refused(once_more, 429, "TOO_MANY_REQUESTS")


def test_an_administrators_session_is_for_the_admin_api_only(town: Town, stack: dict[str, Any]) -> None:
    for path in ("/v1/orders", "/v1/addresses", "/v1/provider/offers"):
        refused(town.admin.request("GET", path), 403, "FORBIDDEN")
    session = Api(stack).post("/v1/admin/auth/login", stack["admin"])
    renewed = Api(stack).post("/v1/admin/auth/refresh", {"refresh_token": session["refresh_token"]})
    assert renewed["role"] == "administrator"


@pytest.mark.feature("A9", "B3")
def test_an_order_is_seen_with_timeline_sheets_ledger_and_workflow(town: Town) -> None:
    visit = town.accepted()
    order = town.order(visit.order_id)
    names = [event["name"] for event in order["timeline"]]
    assert names[:4] == ["OrderPlaced", "OrderPaid", "OffersSent", "OrderAccepted"]
    assert all(event["text"] and event["by"] for event in order["timeline"])
    sheet = order["sheets"][0]
    rows = sheet["rows"]
    assert sum(row["asked"] for row in rows) == 5
    for row in rows:
        assert row["excluded"] or row["parts"], "a score with its parts, or the reason why not"
        assert not row["excluded"] or (row["excluded_text"] and not row["asked"])
    scores = [row["score"] for row in rows if row["asked"]]
    assert scores == sorted(scores, reverse=True)
    assert sum(balances(order).values()) == 0
    assert order["workflows"]
    assert "1203" not in str(order["place"]), "where somebody lives is not for the office"
    assert order["place"]["phone"] == "139****1111"
    town.call_off(visit.order_id)


@pytest.mark.feature("A9")
def test_orders_are_listed_by_state_by_number_and_under_way(town: Town) -> None:
    number, _ = town.book(town.stranger())
    found = town.admin.get("/v1/admin/orders", number=number)["items"]
    assert [order["number"] for order in found] == [number]
    first = town.admin.get("/v1/admin/orders", status="PENDING_PAYMENT", limit=1)
    assert len(first["items"]) == 1
    assert town.admin.get("/v1/admin/orders")["items"]
    town.call_off(found[0]["order_id"])
    assert town.admin.get("/v1/admin/orders", number="9999999")["items"] == []
    refused(town.admin.request("GET", "/v1/admin/orders", number="abc"), 400, "INVALID_INPUT")
    refused(town.admin.request("GET", "/v1/admin/orders", status="ODD"), 400, "INVALID_INPUT")


@pytest.mark.feature("A9", "B3", "B1")
def test_an_administrator_assigns_somebody_by_hand(town: Town) -> None:
    customer = town.stranger()
    order = town.paid(customer)
    path = f"/v1/admin/orders/{order['order_id']}"
    rows = town.admin.get(f"{path}/candidates")["rows"]
    free = [row["provider_id"] for row in rows if not row["excluded"]]
    chosen = next(each for each in free if each not in asked(order))
    unfit = next((each for each, person in town.providers.items() if person["family"] == "beauty"), None)
    refused(town.admin.request("POST", f"{path}/assign", {"provider_id": "a_nobody"}), 404, "NOT_FOUND")
    refused(town.admin.request("POST", f"{path}/assign", {"provider_id": unfit}), 409, "NOT_ELIGIBLE")
    refused(town.admin.request("POST", f"{path}/assign", {}), 400, "INVALID_INPUT")
    assert town.admin.post(f"{path}/assign", {"provider_id": chosen})["state"] == "ACCEPTED"
    refused(town.admin.request("POST", f"{path}/assign", {"provider_id": asked(order)[0]}), 409, "ALREADY_TAKEN")
    provider = town.phone_of(chosen)
    provider.await_message(order["number"])
    customer.await_message("上门码")
    assert provider.login().get(f"/v1/provider/orders/{order['order_id']}")["place"]["detail"].endswith("1203")
    loser = town.phone_of(asked(order)[0])
    assert "抢到了" not in loser.say(f"抢 {order['number']}")
    town.call_off(order["order_id"])


@pytest.mark.feature("A9", "C10")
def test_a_cancellation_in_dispute_is_arbitrated(town: Town) -> None:
    visit = town.accepted()
    path = f"/v1/admin/orders/{visit.order_id}/arbitrate"
    refused(town.admin.request("POST", path, {"agree": True}), 409, "WRONG_STATE")
    visit.customer.say("取消")
    visit.customer.say("确认")
    assert town.admin.post(path, {"agree": True})["state"] == "CANCELLED"
    closed = town.await_order(visit.order_id, lambda it: happened(it, "RefundSucceeded") == 1, "the refund")
    assert balances(closed) == {}
    visit.provider.await_message("不用上门")


@pytest.mark.feature("A9")
def test_the_platform_calls_an_order_off_and_pays_everything_back(town: Town) -> None:
    visit = town.accepted()
    path = f"/v1/admin/orders/{visit.order_id}/cancel"
    refused(town.admin.request("POST", path, {"reason": ""}), 400, "INVALID_INPUT")
    key = str(uuid.uuid4())
    first, again = (town.admin.request("POST", path, {"reason": "暴雪"}, key=key) for _ in range(2))
    assert first.json() == again.json()
    refused(town.admin.request("POST", path, {"reason": "大雪"}, key=key), 422, "IDEMPOTENCY_KEY_REUSED")
    refused(town.admin.request("POST", path, {"reason": "暴雪"}), 409, "WRONG_STATE")
    town.await_order(visit.order_id, lambda it: balances(it) == {}, "the refund")
    visit.customer.await_message("已取消")


def test_people_are_looked_up_with_what_is_personal_masked(town: Town) -> None:
    visit: Visit = town.accepted()
    order = town.order(visit.order_id)
    customer = town.admin.get(f"/v1/admin/customers/{order['customer_id']}")
    assert customer["in_official_account"] is True
    assert customer["phone"] == "139****1111"
    provider = town.admin.get(f"/v1/admin/providers/{order['provider_id']}")
    assert "****" in provider["phone"]
    for path in ("/v1/admin/customers/a_nobody", "/v1/admin/providers/a_nobody", "/v1/admin/orders/o_none"):
        assert town.admin.request("GET", path).status_code == 404
    refused(town.admin.request("GET", "/v1/admin/nothing"), 404, "UNKNOWN_ROUTE")
    town.call_off(visit.order_id)
