"""What administrators see and do."""

from typing import Any

import pytest

from daojia.kernel.times import now as clock
from daojia.ordering import store as orders
from daojia.ordering.model import State
from daojia.platform.tokens import CallerRole
from tests.store.api.world import CHEN, LI, LIU, WANG, World, change, tomorrow


def get(world: World, path: str, **query: Any) -> Any:
    return world.call("admin", "GET", f"/v1/admin{path}", by="admin", query=query)


def post(world: World, path: str, body: Any, *, key: str = "fresh") -> Any:
    return world.call("admin", "POST", f"/v1/admin{path}", body, by="admin", key=key)


@pytest.mark.feature("A9")
def test_orders_under_way_are_listed_the_soonest_visit_first(world: World) -> None:
    late, soon = world.ordered(start=tomorrow(15).isoformat()), world.paid(start=tomorrow(9).isoformat())
    answer = get(world, "/orders")
    assert [item["order_id"] for item in answer["items"]] == [soon, late]
    assert answer["items"][0]["waits_for"] == "DISPATCH"


def test_orders_are_listed_by_state_page_by_page(world: World) -> None:
    ids = [world.ordered(start=tomorrow(hour).isoformat()) for hour in (9, 12, 15)]
    first = get(world, "/orders", status="PENDING_PAYMENT", limit=2)
    assert [item["order_id"] for item in first["items"]] == ids[:2]
    second = get(world, "/orders", status="PENDING_PAYMENT", limit=2, cursor=first["next"])
    assert [item["order_id"] for item in second["items"]] == ids[2:]
    assert get(world, "/orders", status="COMPLETED")["items"] == []


def test_an_order_is_found_by_its_number(world: World) -> None:
    order_id = world.ordered()
    number = orders.get(order_id).number
    assert [item["order_id"] for item in get(world, "/orders", number=number)["items"]] == [order_id]
    assert get(world, "/orders", number="0000")["items"] == []
    assert get(world, "/orders", number="eight").status == 400


@pytest.mark.feature("B3")
def test_an_order_shows_its_timeline_sheet_postings_and_workflow(world: World) -> None:
    order_id = world.accepted()
    answer = get(world, f"/orders/{order_id}")
    assert [moment["text"] for moment in answer["timeline"]] == [
        "下单成功",
        "付款成功，正在安排师傅",
        "已派单给附近师傅",
        "师傅已接单",
    ]
    assert answer["timeline"][2]["data"]["provider_ids"] == [WANG, CHEN]
    rows = {row["provider_id"]: row for row in answer["sheets"][0]["rows"]}
    assert rows[WANG]["asked"] is True
    assert set(rows[WANG]["parts"]) == {"distance", "rating", "completion", "fairness"}
    assert (rows[LIU]["excluded"], rows[LIU]["excluded_text"]) == ("NOT_VERIFIED", "未通过认证")
    assert answer["postings"] == [
        {"source": "channel:wechat_pay", "destination": f"escrow:{order_id}", "amount_fen": 12800}
    ]
    assert answer["workflows"] == [
        f"arn:aws:states:us-east-1:000000000000:execution:daojia-test-order-lifecycle:{order_id}-1"
    ]


def test_what_is_personal_is_masked(world: World) -> None:
    answer = get(world, f"/orders/{world.accepted()}")
    assert answer["place"]["phone"] == "138****5678"
    for secret in ("13800005678", "阳光花园", "李女士"):
        assert secret not in answer.text


def test_candidates_are_scored_as_things_stand(world: World) -> None:
    order_id = world.paid()
    answer = get(world, f"/orders/{order_id}/candidates")
    assert [row["provider_id"] for row in answer["rows"]] == [WANG, CHEN, LIU]
    assert answer["rows"][2]["excluded"] == "NOT_VERIFIED"


@pytest.mark.feature("A6")
def test_an_administrator_assigns_by_hand(world: World) -> None:
    order_id = world.offered()
    change(order_id, lambda order: order.escalate(order.start, clock()))
    answer = post(world, f"/orders/{order_id}/assign", {"provider_id": CHEN})
    assert (answer.status, answer["state"], answer["provider_id"]) == (200, "ACCEPTED", CHEN)
    moment = get(world, f"/orders/{order_id}")["timeline"][-1]
    assert (moment["name"], moment["by"], moment["by_id"]) == ("OrderAccepted", "administrator", "admin")


@pytest.mark.parametrize(
    ("provider_id", "status", "code"),
    [("a_nobody", 404, "NOT_FOUND"), (LIU, 409, "NOT_ELIGIBLE")],
)
def test_who_cannot_come_is_not_assigned(world: World, provider_id: str, status: int, code: str) -> None:
    order_id = world.offered()
    answer = post(world, f"/orders/{order_id}/assign", {"provider_id": provider_id})
    assert (answer.status, answer.code) == (status, code)
    assert orders.get(order_id).state is State.PENDING_ACCEPTANCE


def test_a_busy_provider_is_not_assigned(world: World) -> None:
    world.accepted()
    order_id = world.paid()
    answer = post(world, f"/orders/{order_id}/assign", {"provider_id": WANG})
    assert (answer.status, answer.code) == (409, "SLOT_TAKEN")


def test_an_order_that_is_taken_is_not_assigned(world: World) -> None:
    answer = post(world, f"/orders/{world.accepted()}/assign", {"provider_id": CHEN})
    assert (answer.status, answer.code) == (409, "ALREADY_TAKEN")


@pytest.mark.parametrize(("agree", "state"), [(True, "CANCELLED"), (False, "ACCEPTED")])
def test_a_dispute_over_a_cancellation_is_settled(world: World, agree: bool, state: str) -> None:
    order_id = world.accepted()
    world.call("customer", "POST", f"/v1/orders/{order_id}/cancel", {"reason": "出差"}, by=LI)
    answer = post(world, f"/orders/{order_id}/arbitrate", {"agree": agree})
    assert (answer.status, answer["state"]) == (200, state)


def test_without_a_proposal_there_is_nothing_to_settle(world: World) -> None:
    answer = post(world, f"/orders/{world.accepted()}/arbitrate", {"agree": True})
    assert (answer.status, answer.code) == (409, "WRONG_STATE")


def test_the_platform_cancels_with_everything_back(world: World) -> None:
    order_id = world.accepted()
    first, second = (post(world, f"/orders/{order_id}/cancel", {"reason": "暴雨"}, key="same") for _ in range(2))
    assert (first.status, first["state"], first["refunds"][0]["amount_fen"]) == (200, "CANCELLED", 12800)
    assert second.json == first.json


@pytest.mark.parametrize("verb", ["", "/candidates"])
def test_an_unknown_order_is_not_found(world: World, verb: str) -> None:
    answer = get(world, f"/orders/o_unknown{verb}")
    assert (answer.status, answer.code) == (404, "ORDER_NOT_FOUND")


def test_people_are_looked_up_masked(world: World) -> None:
    provider = get(world, f"/providers/{WANG}")
    assert (provider["name"], provider["phone"], provider["earned_fen"]) == ("王秀兰", "139****1234", 0)
    customer = get(world, f"/customers/{LI}")
    assert (customer["in_official_account"], customer["in_miniprogram"], customer["addresses"]) == (True, True, 1)
    for secret in ("mini-li", "official-li", "阳光花园"):
        assert secret not in customer.text
    assert get(world, "/providers/a_nobody").code == "PROVIDER_NOT_FOUND"
    assert get(world, "/customers/a_nobody").code == "ACCOUNT_NOT_FOUND"
    assert get(world, "/customers/UNION%23u").status == 404
    assert get(world, "/customers/UNION#u").status == 404


@pytest.mark.parametrize("role", [CallerRole.CUSTOMER, CallerRole.PROVIDER])
def test_only_administrators_come_in_here(world: World, role: CallerRole) -> None:
    answer = world.call("admin", "GET", "/v1/admin/orders", by=LI, role=role)
    assert (answer.status, answer.code) == (403, "FORBIDDEN")


def test_an_administrator_is_no_customer(world: World) -> None:
    answer = world.call("customer", "GET", "/v1/orders", by="admin", role=CallerRole.ADMINISTRATOR)
    assert (answer.status, answer.code) == (403, "FORBIDDEN")
