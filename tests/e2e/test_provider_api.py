"""Providers by HTTP: offers, grabbing on every path at once, the visit, income, and what is refused."""

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from infra.local.phones import Api, links, words
from tests.e2e.town import Town, Visit, asked, balances, happened, refused
from tests.stack import until
from tests.workflow.road import Road

RACERS = 20


@pytest.fixture
def visit(town: Town) -> Visit:
    return town.accepted()


@pytest.mark.feature("P10")
def test_a_provider_sees_their_own_profile(town: Town) -> None:
    provider_id, person = next(iter(town.providers.items()))
    api = town.phone_of(provider_id).login()
    profile = api.get("/v1/provider/profile")
    assert (profile["provider_id"], profile["name"]) == (provider_id, person["name"])
    assert "****" in profile["phone"]
    rest = api.request("PATCH", "/v1/provider/profile", {"resting": True}).json()
    assert rest["resting"] is True
    assert api.request("PATCH", "/v1/provider/profile", {"resting": False}).json()["resting"] is False
    refused(api.request("PATCH", "/v1/provider/profile", {"rating": 5}), 400, "INVALID_INPUT")


@pytest.mark.feature("P2", "P3", "P5", "P8")
def test_from_the_offer_to_the_income_by_api_alone(town: Town) -> None:
    customer = town.stranger()
    order = town.paid(customer)
    mine = customer.login()
    order_id, chosen = order["order_id"], asked(order)
    api = town.phone_of(chosen[0]).login()
    offer = next(each for each in api.get("/v1/provider/offers")["items"] if each["order_id"] == order_id)
    assert offer["income_fen"] == order["total_fen"] * (10_000 - order["commission_basis_points"]) // 10_000
    assert not {"detail", "contact", "phone", "notes", "place"} & offer.keys()
    refused(api.request("GET", f"/v1/provider/orders/{order_id}"), 404, "ORDER_NOT_FOUND")

    job = api.post(f"/v1/provider/orders/{order_id}/grab")
    assert job["place"]["detail"].endswith("1203")
    assert job["place"]["phone"] == "139****1111"
    assert {"amap", "tencent"} & {name.lower() for name in job["place"]["ways"]}
    refused(api.request("POST", f"/v1/provider/orders/{order_id}/grab", {}), 409, "WRONG_STATE")
    refused(api.request("POST", f"/v1/provider/orders/{order_id}/finish", {}), 409, "WRONG_STATE")
    loser = town.phone_of(chosen[1]).login()
    refused(loser.request("POST", f"/v1/provider/orders/{order_id}/grab", {}), 409, "ALREADY_TAKEN")
    for step, body in (
        ("depart", {}),
        ("start", {"code": "0000"}),
        ("finish", {}),
        ("withdraw", {"reason": "x"}),
        ("answer-cancellation", {"agree": True}),
    ):
        refused(loser.request("POST", f"/v1/provider/orders/{order_id}/{step}", body), 404, "ORDER_NOT_FOUND")

    assert api.post(f"/v1/provider/orders/{order_id}/depart")["state"] == "EN_ROUTE"
    code = mine.get(f"/v1/orders/{order_id}")["arrival_code"]
    wrong = f"{(int(code) + 1) % 10000:04d}"
    answer = api.request("POST", f"/v1/provider/orders/{order_id}/start", {"code": wrong})
    assert refused(answer, 422, "WRONG_ARRIVAL_CODE")["left"] == 4
    refused(api.request("POST", f"/v1/provider/orders/{order_id}/start", {"code": "12"}), 400, "INVALID_INPUT")
    assert api.post(f"/v1/provider/orders/{order_id}/start", {"code": code})["state"] == "IN_SERVICE"
    assert mine.get(f"/v1/orders/{order_id}")["arrival_code"] is None
    refused(mine.request("POST", f"/v1/orders/{order_id}/cancel", {}), 422, "TOO_LATE_TO_CANCEL")
    assert api.post(f"/v1/provider/orders/{order_id}/finish")["state"] == "COMPLETED"
    before = api.get("/v1/provider/income")
    assert mine.post(f"/v1/orders/{order_id}/confirm")["confirmed_at"]
    after = api.get("/v1/provider/income")
    kinds = ("earned_fen", "payable_fen", "in_transfer_fen", "paid_out_fen")
    assert sum(after[kind] - before[kind] for kind in kinds) == offer["income_fen"]
    closed = town.order(order_id)
    assert closed["earned_fen"] + closed["commission_fen"] == closed["total_fen"]
    held = balances(closed)
    assert sum(held.values()) == 0
    assert held["channel:wechat_pay"] == -closed["total_fen"]
    done = api.get(f"/v1/provider/orders/{order_id}")
    assert done["place"] is None, "the address is nobody's business any more"
    assert any(each["order_id"] == order_id for each in api.get("/v1/provider/orders", status="COMPLETED")["items"])


@pytest.mark.feature("B4")
def test_an_order_is_only_for_those_who_were_asked(town: Town) -> None:
    order = town.paid(town.stranger())
    rows = [row for sheet in order["sheets"] for row in sheet["rows"]]
    outsider = [row["provider_id"] for row in rows if not row["excluded"] and not row["asked"]][-1]
    api = town.phone_of(outsider).login()
    refused(api.request("POST", f"/v1/provider/orders/{order['order_id']}/grab", {}), 403, "NOT_OFFERED")
    refused(api.request("POST", f"/v1/provider/orders/{order['order_id']}/decline", {}), 403, "NOT_OFFERED")
    refused(api.request("POST", "/v1/provider/orders/o_none/grab", {}), 404, "ORDER_NOT_FOUND")
    assert town.order(order["order_id"])["state"] == "PENDING_ACCEPTANCE"
    town.call_off(order["order_id"])


@pytest.mark.feature("P3")
def test_who_declines_is_not_asked_again(town: Town) -> None:
    order = town.paid(town.stranger())
    someone = town.phone_of(asked(order)[0]).login()
    path = f"/v1/provider/orders/{order['order_id']}"
    assert someone.post(f"{path}/decline")["ok"] is True
    refused(someone.request("POST", f"{path}/grab", {}), 403, "NOT_OFFERED")
    assert all(each["order_id"] != order["order_id"] for each in someone.get("/v1/provider/offers")["items"])
    town.call_off(order["order_id"])


def test_one_key_is_one_grab(town: Town) -> None:
    order = town.paid(town.stranger())
    api = town.phone_of(asked(order)[0]).login()
    path, key = f"/v1/provider/orders/{order['order_id']}/grab", str(uuid.uuid4())
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: api.request("POST", path, {}, key=key), range(6)))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    assert happened(town.order(order["order_id"]), "OrderAccepted") == 1
    town.call_off(order["order_id"])


@pytest.mark.feature("C10")
def test_a_cancellation_is_answered_by_api(town: Town, visit: Visit) -> None:
    customer, provider = visit.customer.login(), visit.provider.login()
    proposed = customer.post(f"/v1/orders/{visit.order_id}/cancel", {"reason": "出差"})
    assert proposed["state"] == "ACCEPTED"
    assert proposed["proposal"]["refund_fen"] == proposed["total_fen"], "more than a day before the visit"
    job = provider.get(f"/v1/provider/orders/{visit.order_id}")
    assert "answer-cancellation" in job["actions"]
    provider.post(f"/v1/provider/orders/{visit.order_id}/answer-cancellation", {"agree": True})
    closed = town.await_order(visit.order_id, lambda it: happened(it, "RefundSucceeded") == 1, "the refund")
    assert balances(closed) == {}


@pytest.mark.feature("B4")
def test_a_grab_link_is_for_one_person_one_order_and_one_time(town: Town) -> None:
    order = town.paid(town.stranger())
    winner, other = (town.phone_of(each) for each in asked(order)[:2])
    link, theirs = (links(phone.await_message(order["number"]))[0] for phone in (winner, other))
    assert winner.page(link).status_code == 200
    assert town.order(order["order_id"])["state"] == "PENDING_ACCEPTANCE", "looking takes nothing"
    for broken in (link[:-4] + "AAAA", re.sub("/grab/", "/pay/", link), link + "x"):
        answer = winner.page(broken, "POST")
        refused(answer, 401, "LINK_INVALID")
    assert winner.page(link, "POST").json()["ok"] is True
    assert winner.page(link, "POST").json()["ok"] is True, "a repetition gets the same answer"
    lost = other.page(theirs, "POST")
    assert (lost.status_code, lost.json()["code"]) == (409, "ALREADY_TAKEN")
    assert happened(town.order(order["order_id"]), "OrderAccepted") == 1
    town.call_off(order["order_id"])


@pytest.mark.feature("B1", "B4", "P3")
def test_twenty_on_different_paths_race_and_one_wins(town: Town, stack: dict[str, Any]) -> None:
    road = Road(stack)
    placed = road.place(offer_wave=1, offer_waves=4)
    road.pay(placed)
    order = town.await_order(placed.order_id, lambda it: len(asked(it)) >= RACERS - 1, "offers to all")
    racers = list(dict.fromkeys(asked(order)))[: RACERS - 1]
    phones = [town.phone_of(each) for each in racers]
    urls = [links(phone.await_message(placed.number))[0] for phone in phones[10:]]
    sessions = [phone.login() for phone in phones[5:10]]
    path = f"/v1/provider/orders/{placed.order_id}/grab"
    rows = town.admin.get(f"/v1/admin/orders/{placed.order_id}/candidates")["rows"]
    free = next(row["provider_id"] for row in rows if not row["excluded"])
    assign = f"/v1/admin/orders/{placed.order_id}/assign"
    ways: list[Callable[[], object]] = [
        *(lambda phone=phone: phone.say(f"抢 {placed.number}") for phone in phones[:5]),
        *(lambda api=api: api.request("POST", path, {}) for api in sessions),
        *(lambda phone=phone, url=url: phone.page(url, "POST") for phone, url in zip(phones[10:], urls, strict=True)),
        lambda: town.admin.request("POST", assign, {"provider_id": free}),
    ]
    assert len(ways) == RACERS
    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(lambda way: way(), ways))
    after = town.order(placed.order_id)
    assert happened(after, "OrderAccepted") == 1
    assert sum(_won(answer) for answer in answers) == 1, answers
    for answer in answers:
        assert getattr(answer, "status_code", 200) < 500, getattr(answer, "text", "")
    jobs = [
        racer
        for racer, phone in zip(racers, phones, strict=True)
        if any(job["order_id"] == placed.order_id for job in phone.login().get("/v1/provider/orders")["items"])
    ]
    assert jobs == [each for each in racers if each == after["provider_id"]]
    loser = next(phone for racer, phone in zip(racers, phones, strict=True) if racer != after["provider_id"])
    until(lambda: any("抢走" in words(each) for each in loser.messages()), what="word of it to a loser")
    town.call_off(placed.order_id)


def _won(answer: Any) -> bool:
    if isinstance(answer, str):
        return "抢到了" in answer
    return bool(answer.status_code == 200)


def test_what_is_not_json_or_not_known_is_refused(visit: Visit) -> None:
    api: Api = visit.provider.login()
    path = f"/v1/provider/orders/{visit.order_id}"
    refused(api.request("POST", f"{path}/start", {"code": 1234}), 400, "INVALID_INPUT")
    refused(api.request("POST", f"{path}/withdraw", {"reason": ""}), 400, "INVALID_INPUT")
    refused(api.request("POST", f"{path}/answer-cancellation", {"agree": "perhaps"}), 400, "INVALID_INPUT")
    refused(api.request("POST", f"{path}/answer-cancellation", {"agree": True}), 409, "WRONG_STATE")
    refused(api.request("POST", f"{path}/explode", {}), 404, "UNKNOWN_ROUTE")
