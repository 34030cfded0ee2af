"""What people wait for: calls one after the other, per route."""

from datetime import timedelta

import pytest

from daojia.kernel.times import now as clock
from daojia.platform.links import sign_link
from tests.store.api.rounds import counted, in_a_row
from tests.store.api.world import LI, WANG, World


@pytest.mark.parametrize(
    ("api", "path", "by"),
    [
        ("customer", "/v1/orders/{order_id}", LI),
        ("provider", "/v1/provider/orders/{order_id}", WANG),
        ("admin", "/v1/admin/orders/{order_id}", "admin"),
    ],
)
def test_an_order_page_is_one_round(
    world: World, monkeypatch: pytest.MonkeyPatch, api: str, path: str, by: str
) -> None:
    order_id = world.finished()
    with counted(monkeypatch) as spans:
        assert world.call(api, "GET", path.format(order_id=order_id), by=by).status == 200
    assert len(spans) == 2
    assert in_a_row(spans) == 1


def test_a_grab_by_api_is_two_rounds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = world.offered()
    with counted(monkeypatch) as spans:
        assert world.call("provider", "POST", f"/v1/provider/orders/{order_id}/grab", by=WANG).status == 200
    assert in_a_row(spans) == 2


def test_a_grab_by_link_is_two_rounds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = {"order_id": world.offered(), "provider_id": WANG}
    token = sign_link("grab", subject, clock() + timedelta(hours=1))
    with counted(monkeypatch) as spans:
        answer = world.call("pages", "POST", f"/grab/{token}", headers={"accept": "application/json"})
        assert answer["ok"] is True
    assert in_a_row(spans) == 2


@pytest.mark.parametrize(("path", "rounds"), [("/v1/orders", 1), ("/v1/addresses", 1)])
def test_a_customers_lists_are_one_round(world: World, monkeypatch: pytest.MonkeyPatch, path: str, rounds: int) -> None:
    world.ordered()
    with counted(monkeypatch) as spans:
        assert world.call("customer", "GET", path, by=LI).status == 200
    assert in_a_row(spans) == rounds


@pytest.mark.feature("C6")
@pytest.mark.parametrize("named", [{}, {"provider_id": WANG}], ids=["anyone", "this person"])
def test_slots_of_a_week_are_one_round(world: World, monkeypatch: pytest.MonkeyPatch, named: dict[str, str]) -> None:
    world.call("customer", "GET", "/v1/catalogue")
    query = {"lat": 30.505, "lng": 114.405, "days": 7, **named}
    with counted(monkeypatch) as spans:
        assert world.call("customer", "GET", "/v1/services/daily-cleaning/slots", query=query).status == 200
    assert in_a_row(spans) == 1
