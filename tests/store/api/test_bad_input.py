"""Requests that cannot be: a clear refusal, and nothing written."""

import json
from typing import Any

import pytest

from daojia.ordering.store import OrderItem
from tests.store.api.world import LI, World, function, order_wish


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "not json",
        '{"a": NaN}',
        "[" * 5000 + "]" * 5000,
        '{"start": "\\ud800"}',
        "[]",
        "null",
        '"text"',
        "",
        "5",
    ],
)
def test_a_body_that_is_no_wish_is_refused(world: World, body: str) -> None:
    answer = world.call("customer", "POST", "/v1/orders", body, by=LI)
    assert (answer.status, answer.code) == (400, "INVALID_INPUT"), answer.text
    assert list(OrderItem.scan()) == []


def test_lone_surrogates_in_a_text_are_refused(world: World) -> None:
    body = json.dumps(order_wish(notes="x")).replace('"x"', '"\\ud800"')
    answer = world.call("customer", "POST", "/v1/orders", body, by=LI)
    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


def test_a_body_beyond_64_kib_is_too_large(world: World) -> None:
    answer = world.call("customer", "POST", "/v1/orders", order_wish(notes="x" * 65536), by=LI)
    assert (answer.status, answer.code) == (413, "BODY_TOO_LARGE")
    chinese = world.call("customer", "POST", "/v1/orders", '{"notes": "' + "猫" * 22000 + '"}', by=LI)
    assert chinese.status == 413


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b"\x00\x01"])
def test_bytes_that_are_no_text_are_refused(world: World, body: bytes) -> None:
    answer = world.call("customer", "POST", "/v1/orders", body, by=LI)
    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


def test_a_body_sent_as_base64_is_read(world: World) -> None:
    body = json.dumps(order_wish()).encode()
    assert world.call("customer", "POST", "/v1/orders", body, by=LI).status == 201


def test_the_content_type_does_not_matter(world: World) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert world.call("customer", "POST", "/v1/orders", order_wish(), by=LI, headers=headers).status == 201


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer a.b.c", "bearer 名单"])
def test_without_a_good_token_nobody_comes_in(world: World, token: str) -> None:
    headers = {"authorization": token} if token else {}
    for body in (order_wish(), "{"):
        answer = world.call("customer", "POST", "/v1/orders", body, headers=headers)
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    assert list(OrderItem.scan()) == []


@pytest.mark.parametrize(
    ("api", "method", "path"),
    [
        ("customer", "GET", "/v1/nothing"),
        ("customer", "DELETE", "/v1/orders"),
        ("customer", "POST", "/v1/orders/x/y/z"),
        ("provider", "GET", "/v1/provider/nothing"),
        ("provider", "POST", "/v1/provider/orders/x/explode"),
        ("admin", "GET", "/v1/admin/nothing"),
    ],
)
def test_an_unknown_route_is_not_found(world: World, api: str, method: str, path: str) -> None:
    answer = world.call(api, method, path, by="a_wang")
    assert (answer.status, answer.code) == (404, "UNKNOWN_ROUTE")
    assert answer["error"]["message"]


@pytest.mark.parametrize("order_id", ["x" * 65, "x" * 5000, "订单", "%00", "NUMBER%238321"])
def test_an_impossible_id_is_not_found(world: World, order_id: str) -> None:
    for method, path, body in (("GET", "", None), ("POST", "/cancel", {})):
        answer = world.call("customer", method, f"/v1/orders/{order_id}{path}", body, by=LI)
        assert answer.status == 404, answer.text


def test_an_unexpected_error_is_an_apology_and_tells_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import customer_orders  # pyright: ignore[reportMissingImports]

    def broken(_: str) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(customer_orders.pages, "page", broken)
    answer = world.call("customer", "GET", "/v1/orders/o_x", by=LI)
    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert "secret" not in answer.text
    assert "抱歉" in answer["error"]["message"]
    assert answer.headers["X-Request-Id"] == "r-1"


def test_even_before_a_route_is_found_an_unexpected_error_is_an_apology(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from daojia.platform import http

    def broken(*_: Any) -> Any:
        raise RuntimeError("secrets manager is away")

    monkeypatch.setattr(http, "caller_of", broken)
    answer = world.call("customer", "GET", "/v1/orders", by=LI)
    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert "secrets" not in answer.text


def test_answers_are_not_kept_by_anybody_on_the_way(world: World) -> None:
    headers = world.call("customer", "GET", "/v1/orders", by=LI).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_header_names_may_be_written_anyhow(world: World) -> None:
    from daojia.kernel.times import now as clock
    from daojia.platform.tokens import CallerRole, access_token

    headers = {
        "AUTHORIZATION": f"bearer {access_token(LI, CallerRole.CUSTOMER, clock())}",
        "IDEMPOTENCY-KEY": "k",
    }
    assert world.call("customer", "POST", "/v1/orders", order_wish(), headers=headers, key=None).status == 201


def test_one_request_knows_nothing_of_the_one_before(world: World) -> None:
    assert world.call("customer", "GET", "/v1/orders", by=LI).status == 200
    assert world.call("customer", "GET", "/v1/orders").status == 401
    assert function("customer_api").api.context == {}
