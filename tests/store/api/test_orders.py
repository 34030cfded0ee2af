"""A customer's orders: placing, paying, cancelling, confirming, looking."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from daojia.kernel.times import now as clock
from daojia.ledger import store as ledger
from daojia.ordering import store as orders
from daojia.ordering.model import State, WaitKind
from daojia.ordering.store import OrderItem
from daojia.payments.errors import PaymentRefusedError
from tests.store.api.world import CHEN, HOME, LI, LIU, WANG, ZHOU, World, change, order_wish, tomorrow, waiting_for


def count() -> int:
    return sum(1 for _ in OrderItem.scan(OrderItem.sk == "ORDER"))


@pytest.mark.feature("C6")
def test_an_order_is_placed_with_everything_the_customer_agreed_to(world: World) -> None:
    answer = world.call("customer", "POST", "/v1/orders", order_wish(), by=LI)
    assert answer.status == 201
    assert (answer["state"], answer["state_text"], answer["total_fen"]) == ("PENDING_PAYMENT", "待付款", 12800)
    assert answer["start"] == tomorrow(15).isoformat()
    assert answer["end"] == tomorrow(17).isoformat()
    assert answer["place"]["phone"] == "138****5678"
    assert answer["policy"]["name"] == "标准"
    assert answer["actions"] == ["pay", "cancel"]
    assert answer["arrival_code"] is None
    assert orders.get(answer["order_id"]).notes == "家里有猫"


def test_an_order_sent_twice_is_placed_once(world: World) -> None:
    first, second = (world.call("customer", "POST", "/v1/orders", order_wish(), by=LI, key="same") for _ in range(2))
    assert first.json == second.json
    assert count() == 1


def test_a_key_is_not_for_another_order(world: World) -> None:
    world.call("customer", "POST", "/v1/orders", order_wish(), by=LI, key="same")
    answer = world.call("customer", "POST", "/v1/orders", order_wish(notes="别的"), by=LI, key="same")
    assert (answer.status, answer.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert count() == 1


def test_the_same_wish_written_another_way_is_the_same_request(world: World) -> None:
    wish = order_wish()
    turned = dict(reversed(wish.items()))
    first = world.call("customer", "POST", "/v1/orders", wish, by=LI, key="same")
    second = world.call("customer", "POST", "/v1/orders", turned, by=LI, key="same")
    assert second["order_id"] == first["order_id"]


def test_without_a_key_nothing_is_placed(world: World) -> None:
    answer = world.call("customer", "POST", "/v1/orders", order_wish(), by=LI, key=None)
    assert (answer.status, answer.code) == (400, "IDEMPOTENCY_KEY_MISSING")
    assert count() == 0


@pytest.mark.parametrize("key", ["", "有中文", "a b", "x" * 101])
def test_a_senseless_key_is_refused(world: World, key: str) -> None:
    answer = world.call(
        "customer", "POST", "/v1/orders", order_wish(), by=LI, headers={"Idempotency-Key": key}, key=None
    )
    assert (answer.status, answer.code) == (400, "IDEMPOTENCY_KEY_MISSING")


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"service_id": "nothing"}, 404, "SERVICE_NOT_FOUND"),
        ({"address_id": "nowhere"}, 404, "NOT_FOUND"),
        ({"address_id": f"home-{ZHOU}"}, 404, "NOT_FOUND"),
        ({"start": "2020-01-01T15:00:00+08:00"}, 422, "TOO_SOON"),
        ({"start": "2099-01-01T15:00:00+08:00"}, 422, "TOO_FAR_AHEAD"),
        ({"start": (tomorrow(15) + timedelta(minutes=7)).isoformat()}, 400, "INVALID_INPUT"),
        ({"start": tomorrow(23).isoformat()}, 422, "CROSSES_MIDNIGHT"),
        ({"start": "明天下午三点"}, 400, "INVALID_INPUT"),
        ({"start": "2026-12-01T15:00:00"}, 400, "INVALID_INPUT"),
        ({"start": 1800000000}, 400, "INVALID_INPUT"),
        ({"start": None}, 400, "INVALID_INPUT"),
        ({"notes": "长" * 501}, 400, "INVALID_INPUT"),
        ({"notes": 5}, 400, "INVALID_INPUT"),
        ({"provider_id": LIU}, 409, "NOBODY_FREE"),
        ({"provider_id": "a_nobody"}, 409, "NOBODY_FREE"),
        ({"coupon_id": "free"}, 400, "INVALID_INPUT"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    world: World, wish: dict[str, Any], status: int, code: str
) -> None:
    answer = world.call("customer", "POST", "/v1/orders", order_wish(**wish), by=LI)
    assert (answer.status, answer.code) == (status, code), answer.text
    assert answer["error"]["message"]
    assert count() == 0


def test_a_start_in_another_time_zone_is_the_same_instant(world: World) -> None:
    wish = order_wish(start=tomorrow(15).astimezone(UTC).isoformat().replace("+00:00", "Z"))
    answer = world.call("customer", "POST", "/v1/orders", wish, by=LI)
    assert answer["start"] == tomorrow(15).isoformat()


def test_a_named_provider_is_held(world: World) -> None:
    order_id = world.ordered(provider_id=WANG)
    order = orders.get(order_id)
    assert (order.named_provider_id, order.reserved_mask is not None) == (WANG, True)
    again = world.call("customer", "POST", "/v1/orders", order_wish(provider_id=WANG), by=LI)
    assert again.status == 409
    page = world.call("customer", "GET", f"/v1/orders/{order_id}", by=LI)
    assert page["provider"] is None


def test_a_quote_costs_nothing_and_says_what_it_would_cost(world: World) -> None:
    answer = world.call("customer", "POST", "/v1/quotes", {"service_id": "daily-cleaning"}, by=LI, key=None)
    assert (answer.status, answer["total_fen"], answer["available"]) == (200, 12800, None)
    wish = {name: order_wish()[name] for name in ("service_id", "start", "address_id")}
    assert world.call("customer", "POST", "/v1/quotes", wish, by=LI, key=None)["available"] is True
    refused = world.call(
        "customer", "POST", "/v1/quotes", {**wish, "start": "2020-01-01T15:00:00+08:00"}, by=LI, key=None
    )
    assert (refused.status, refused.code) == (422, "TOO_SOON")
    old = world.call("customer", "POST", "/v1/quotes", {"service_id": "old-service"}, by=LI, key=None)
    assert (old.status, old.code) == (410, "SERVICE_RETIRED")
    assert count() == 0


@pytest.mark.feature("C7")
def test_paying_gives_what_the_pay_sheet_needs(world: World) -> None:
    order_id = world.ordered()
    answer = world.call("customer", "POST", f"/v1/orders/{order_id}/pay", {"channel": "wechat_pay"}, by=LI, key=None)
    assert answer.status == 200
    assert answer.json == {
        "appId": "wxminiprogram",
        "timeStamp": "1800000000",
        "nonceStr": "nonce",
        "package": "prepay_id=wx1",
        "signType": "RSA",
        "paySign": "signature",
    }
    asked = world.pay.asked[0]
    assert (asked["openid"], asked["app"], asked["amount_fen"]) == ("mini-li", "miniprogram", 12800)


def test_who_is_known_in_the_official_account_alone_pays_there(world: World) -> None:
    order_id = world.ordered(ZHOU, address_id=f"home-{ZHOU}")
    path = f"/v1/orders/{order_id}/pay"
    assert world.call("customer", "POST", path, {"channel": "wechat_pay"}, by=ZHOU)["appId"] == "wxofficial"
    refused = world.call("customer", "POST", path, {"channel": "wechat_pay", "app": "miniprogram"}, by=ZHOU)
    assert (refused.status, refused.code) == (409, "NO_WECHAT_IDENTITY")


def test_a_paid_order_is_not_paid_again(world: World) -> None:
    order_id = world.paid()
    answer = world.call("customer", "POST", f"/v1/orders/{order_id}/pay", {"channel": "wechat_pay"}, by=LI)
    assert (answer.status, answer.code) == (409, "WRONG_STATE")
    assert world.pay.asked == []


def test_a_channel_that_refuses_or_is_unknown_is_said_so(world: World) -> None:
    order_id = world.ordered()
    unknown = world.call("customer", "POST", f"/v1/orders/{order_id}/pay", {"channel": "alipay"}, by=LI)
    assert (unknown.status, unknown.code) == (400, "INVALID_INPUT")
    world.pay.error = PaymentRefusedError(call="prepay", status=400, reason="ORDER_CLOSED")
    refused = world.call("customer", "POST", f"/v1/orders/{order_id}/pay", {"channel": "wechat_pay"}, by=LI)
    assert refused.code == "PAYMENT_REFUSED"


@pytest.mark.feature("C10")
def test_before_acceptance_a_cancellation_is_free(world: World) -> None:
    order_id = world.paid()
    answer = world.call("customer", "POST", f"/v1/orders/{order_id}/cancel", {"reason": "改主意了"}, by=LI)
    assert (answer.status, answer["state"]) == (200, "CANCELLED")
    assert answer["refunds"][0]["amount_fen"] == 12800
    assert answer["cancellation"]["reason"] == "改主意了"
    assert waiting_for(order_id) is WaitKind.REFUND


def test_an_unpaid_order_is_cancelled_without_refund(world: World) -> None:
    order_id = world.ordered()
    answer = world.call("customer", "POST", f"/v1/orders/{order_id}/cancel", {}, by=LI)
    assert (answer["state"], answer["refunds"]) == ("CANCELLED", [])


def test_after_acceptance_a_cancellation_is_proposed(world: World) -> None:
    order_id = world.accepted()
    page = world.call("customer", "GET", f"/v1/orders/{order_id}", by=LI)
    expected = page["refund_if_cancelled_fen"]
    answer = world.call("customer", "POST", f"/v1/orders/{order_id}/cancel", {"reason": "出差"}, by=LI)
    assert (answer["state"], answer["proposal"]["refund_fen"]) == ("ACCEPTED", expected)
    assert answer["actions"] == []


def test_a_cancellation_sent_twice_gives_the_same_answer(world: World) -> None:
    order_id = world.paid()
    path = f"/v1/orders/{order_id}/cancel"
    first, second = (world.call("customer", "POST", path, {}, by=LI, key="same") for _ in range(2))
    assert (first.status, second.status) == (200, 200)
    assert first.json == second.json
    third = world.call("customer", "POST", path, {}, by=LI)
    assert (third.status, third.code) == (409, "WRONG_STATE")


def test_what_has_begun_is_not_cancelled(world: World) -> None:
    order_id = world.in_service()
    answer = world.call("customer", "POST", f"/v1/orders/{order_id}/cancel", {}, by=LI)
    assert (answer.status, answer.code) == (422, "TOO_LATE_TO_CANCEL")


def test_confirming_earns_the_income(world: World) -> None:
    order_id = world.finished()
    assert world.call("customer", "GET", f"/v1/orders/{order_id}", by=LI)["actions"] == ["confirm"]
    answer = world.call("customer", "POST", f"/v1/orders/{order_id}/confirm", by=LI)
    assert answer.status == 200
    assert answer["confirmed_at"]
    assert ledger.balances_of_provider(WANG).earned_fen == 10240
    again = world.call("customer", "POST", f"/v1/orders/{order_id}/confirm", by=LI)
    assert (again.status, again.code) == (409, "WRONG_STATE")


def test_confirming_too_early_is_refused(world: World) -> None:
    answer = world.call("customer", "POST", f"/v1/orders/{world.accepted()}/confirm", by=LI)
    assert (answer.status, answer.code) == (409, "WRONG_STATE")


@pytest.mark.feature("C8")
def test_the_order_page_tells_what_happened_and_shows_the_code_only_while_it_matters(world: World) -> None:
    order_id = world.offered()
    page = world.call("customer", "GET", f"/v1/orders/{order_id}", by=LI)
    assert [moment["text"] for moment in page["timeline"]] == ["下单成功", "付款成功，正在安排师傅"]
    assert (page["arrival_code"], page["provider"]) == (None, None)
    assert world.call("provider", "POST", f"/v1/provider/orders/{order_id}/grab", by=WANG).status == 200
    page = world.call("customer", "GET", f"/v1/orders/{order_id}", by=LI)
    code = orders.get(order_id).arrival_code
    assert (page["arrival_code"], page["provider"]) == (code, {"provider_id": WANG, "name": "王秀兰"})
    assert CHEN not in page.text
    world.call("provider", "POST", f"/v1/provider/orders/{order_id}/start", {"code": code}, by=WANG)
    page = world.call("customer", "GET", f"/v1/orders/{order_id}", by=LI)
    assert (page["state"], page["arrival_code"]) == ("IN_SERVICE", None)
    assert "13800005678" not in page.text


def test_orders_are_listed_page_by_page_the_latest_visit_first(world: World) -> None:
    ids = [world.ordered(start=tomorrow(hour).isoformat()) for hour in (9, 12, 15)]
    first = world.call("customer", "GET", "/v1/orders", by=LI, query={"limit": 2})
    assert [item["order_id"] for item in first["items"]] == [ids[2], ids[1]]
    second = world.call("customer", "GET", "/v1/orders", by=LI, query={"limit": 2, "cursor": first["next"]})
    assert [item["order_id"] for item in second["items"]] == [ids[0]]
    assert second["next"] is None
    assert world.call("customer", "GET", "/v1/orders", by=ZHOU)["items"] == []


def test_orders_are_listed_by_state(world: World) -> None:
    waiting, paid = world.ordered(), world.paid(start=tomorrow(9).isoformat())
    found = world.call("customer", "GET", "/v1/orders", by=LI, query={"status": "PENDING_ACCEPTANCE"})
    assert [item["order_id"] for item in found["items"]] == [paid]
    both = world.call(
        "customer", "GET", "/v1/orders", by=LI, query={"status": ["PENDING_PAYMENT", "PENDING_ACCEPTANCE"]}
    )
    assert {item["order_id"] for item in both["items"]} == {waiting, paid}


@pytest.mark.parametrize(
    "query", [{"status": "LOST"}, {"cursor": "made-up"}, {"limit": 0}, {"limit": 51}, {"limit": "x"}]
)
def test_a_senseless_list_is_refused(world: World, query: dict[str, Any]) -> None:
    answer = world.call("customer", "GET", "/v1/orders", by=LI, query=query)
    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


def test_a_cursor_is_for_whom_it_was_given(world: World) -> None:
    for hour in (9, 12):
        world.ordered(start=tomorrow(hour).isoformat())
    cursor = world.call("customer", "GET", "/v1/orders", by=LI, query={"limit": 1})["next"]
    answer = world.call("customer", "GET", "/v1/orders", by=ZHOU, query={"limit": 1, "cursor": cursor})
    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("GET", "", None),
        ("POST", "/pay", {"channel": "wechat_pay"}),
        ("POST", "/cancel", {}),
        ("POST", "/confirm", None),
    ],
)
def test_somebody_elses_order_is_none_and_nothing_happens_to_it(
    world: World, method: str, verb: str, body: Any
) -> None:
    order_id = world.ordered()
    before = orders.get(order_id)
    answer = world.call("customer", method, f"/v1/orders/{order_id}{verb}", body, by=ZHOU)
    assert (answer.status, answer.code) == (404, "ORDER_NOT_FOUND")
    unknown = world.call("customer", method, f"/v1/orders/o_unknown{verb}", body, by=ZHOU)
    assert unknown["error"]["message"] == answer["error"]["message"]
    assert unknown.status == 404
    assert orders.get(order_id) == before


def test_a_lapsed_order_offers_nothing(world: World) -> None:
    order_id = world.ordered()
    change(order_id, lambda order: order.lapse(clock()))
    page = world.call("customer", "GET", f"/v1/orders/{order_id}", by=LI)
    assert (page["state"], page["actions"]) == (State.CANCELLED.value, [])
    assert HOME.lat == page["place"]["point"]["lat"]
