"""A provider's work: offers, grabbing, the visit, giving back, income."""

import threading
from typing import Any

import pytest

from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction
from daojia.ordering import store as orders
from daojia.ordering.model import State
from daojia.payments import store as payouts
from daojia.payments.model import Payout, PayoutState
from daojia.platform.tokens import CallerRole
from daojia.providers import store as providers
from tests.store.api.world import CHEN, LI, LIU, WANG, World, tomorrow


def act(world: World, order_id: str, verb: str, body: Any = None, *, by: str = WANG, key: str = "fresh") -> Any:
    return world.call("provider", "POST", f"/v1/provider/orders/{order_id}/{verb}", body, by=by, key=key)


@pytest.mark.feature("P2")
def test_an_offer_says_what_and_roughly_where_and_not_who(world: World) -> None:
    order_id = world.offered()
    answer = world.call("provider", "GET", "/v1/provider/offers", by=WANG)
    offer = answer["items"][0]
    assert (offer["order_id"], offer["service_name"], offer["income_fen"]) == (order_id, "日常保洁", 10240)
    assert offer["area"] == "武汉市洪山区关山街道"
    for secret in ("阳光花园", "李女士", "5678", "家里有猫"):
        assert secret not in answer.text


@pytest.mark.feature("B1")
def test_grabbing_shows_the_address_a_masked_telephone_and_the_ways_there(world: World) -> None:
    order_id = world.offered()
    before = world.call("provider", "GET", f"/v1/provider/orders/{order_id}", by=WANG)
    assert (before.status, before.code) == (404, "ORDER_NOT_FOUND")
    answer = act(world, order_id, "grab")
    assert (answer.status, answer["state"]) == (200, "ACCEPTED")
    place = answer["place"]
    assert (place["detail"], place["contact"], place["phone"]) == ("阳光花园 7 栋 1203", "李女士", "138****5678")
    assert place["ways"]["amap"].startswith("https://uri.amap.com/navigation?to=114.405000,30.505000,")
    assert "tocoord=30.505000,114.405000" in place["ways"]["tencent"]
    assert answer["actions"] == ["depart", "start", "withdraw"]
    assert orders.get(order_id).arrival_code not in answer.text
    assert world.call("provider", "GET", "/v1/provider/offers", by=WANG)["items"] == []


def test_a_grab_sent_twice_gives_the_same_answer(world: World) -> None:
    order_id = world.offered()
    first, second = act(world, order_id, "grab", key="same"), act(world, order_id, "grab", key="same")
    assert (first.status, second.status) == (200, 200)
    assert first.json == second.json


def test_the_second_to_grab_is_told_so(world: World) -> None:
    order_id = world.accepted()
    answer = act(world, order_id, "grab", by=CHEN)
    assert (answer.status, answer.code) == (409, "ALREADY_TAKEN")
    assert "手慢了" in answer["error"]["message"]


def test_of_two_who_grab_at_once_one_wins(world: World) -> None:
    order_id = world.offered()
    statuses: list[int] = []
    start = threading.Barrier(2)
    from daojia.dispatch import grabbing
    from daojia.kernel.errors import DaojiaError
    from daojia.platform import commands

    def run(provider: str) -> None:
        start.wait()

        def decide(tx: Transaction) -> dict[str, Any]:
            return {"number": grabbing.grab(provider, order_id=order_id, tx=tx, now=clock()).number}  # pyright: ignore

        try:
            commands.run(f"http#{provider}#k", "grab", decide, now=clock())
            statuses.append(200)
        except DaojiaError as error:
            statuses.append(error.http_status)

    threads = [threading.Thread(target=run, args=(each,)) for each in (WANG, CHEN)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]


@pytest.mark.parametrize("verb", ["grab", "decline"])
def test_what_was_not_offered_is_not_taken_nor_declined(world: World, verb: str) -> None:
    order_id = world.paid()
    answer = act(world, order_id, verb)
    assert (answer.status, answer.code) == (403, "NOT_OFFERED")


def test_who_is_not_verified_takes_nothing(world: World) -> None:
    answer = act(world, world.offered(), "grab", by=LIU)
    assert (answer.status, answer.code) == (409, "NOT_ELIGIBLE")


def test_declining_takes_the_offer_off_the_desk(world: World) -> None:
    order_id = world.offered()
    answer = act(world, order_id, "decline")
    assert (answer.status, answer["ok"]) == (200, True)
    assert WANG in orders.get(order_id).excluded
    assert world.call("provider", "GET", "/v1/provider/offers", by=WANG)["items"] == []


def test_a_named_provider_accepts(world: World) -> None:
    order_id = world.offered(provider_id=WANG)
    assert world.call("provider", "GET", "/v1/provider/offers", by=WANG)["items"][0]["named"] is True
    assert act(world, order_id, "accept")["state"] == "ACCEPTED"


@pytest.mark.feature("P4")
def test_a_visit_goes_from_departure_to_the_end(world: World) -> None:
    order_id = world.accepted()
    assert act(world, order_id, "depart")["state"] == "EN_ROUTE"
    code = orders.get(order_id).arrival_code
    assert act(world, order_id, "start", {"code": code})["state"] == "IN_SERVICE"
    done = act(world, order_id, "finish")
    assert (done["state"], done["place"], done["notes"], done["actions"]) == ("COMPLETED", None, "", [])
    page = world.call("provider", "GET", f"/v1/provider/orders/{order_id}", by=WANG)
    assert page["timeline"][-1]["text"] == "服务完成，等待确认"
    for secret in ("阳光花园", "李女士", "5678", code):
        assert secret not in page.text.replace(order_id, "").replace(page["number"], "")


@pytest.mark.feature("B13")
def test_a_wrong_code_counts_once_however_often_it_is_sent(world: World) -> None:
    order_id = world.accepted()
    right = orders.get(order_id).arrival_code
    wrong = "0000" if right != "0000" else "1111"
    for _ in range(3):
        answer = act(world, order_id, "start", {"code": wrong}, key="same")
        assert (answer.status, answer.code) == (422, "WRONG_ARRIVAL_CODE")
        assert answer["error"]["details"]["left"] == 4
    assert orders.get(order_id).wrong_codes == 1


def test_after_five_wrong_codes_even_the_right_one_does_not_open(world: World) -> None:
    order_id = world.accepted()
    right = orders.get(order_id).arrival_code
    wrong = "0000" if right != "0000" else "1111"
    for left in (4, 3, 2, 1):
        assert act(world, order_id, "start", {"code": wrong})["error"]["details"]["left"] == left
    assert act(world, order_id, "start", {"code": wrong}).code == "TOO_MANY_CODES"
    assert orders.get(order_id).wrong_codes == 5
    answer = act(world, order_id, "start", {"code": right})
    assert (answer.status, answer.code) == (422, "TOO_MANY_CODES")


@pytest.mark.parametrize("code", ["123", "12345", "abcd", "４４０６", None, 1234])
def test_what_cannot_be_a_code_is_not_counted(world: World, code: Any) -> None:
    order_id = world.accepted()
    answer = act(world, order_id, "start", {"code": code})
    assert (answer.status, answer.code) == (400, "INVALID_INPUT")
    assert orders.get(order_id).wrong_codes == 0


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("depart", None),
        ("start", {"code": "1234"}),
        ("finish", None),
        ("withdraw", {"reason": "病了"}),
        ("answer-cancellation", {"agree": True}),
    ],
)
def test_somebody_elses_job_is_none(world: World, verb: str, body: Any) -> None:
    order_id = world.accepted()
    before = orders.get(order_id)
    answer = act(world, order_id, verb, body, by=CHEN)
    assert (answer.status, answer.code) == (404, "ORDER_NOT_FOUND")
    assert act(world, "o_unknown", verb, body).status == 404
    assert orders.get(order_id) == before


@pytest.mark.parametrize("verb", ["finish", "answer-cancellation"])
def test_a_verb_out_of_turn_is_refused(world: World, verb: str) -> None:
    body = {"agree": True} if verb == "answer-cancellation" else None
    answer = act(world, world.accepted(), verb, body)
    assert (answer.status, answer.code) == (409, "WRONG_STATE")


def test_giving_back_frees_the_time_and_starts_the_search_anew(world: World) -> None:
    order_id = world.accepted()
    answer = act(world, order_id, "withdraw", {"reason": "病了"})
    assert (answer.status, answer["ok"]) == (200, True)
    order = orders.get(order_id)
    assert (order.state, order.provider_id, order.excluded) == (State.PENDING_ACCEPTANCE, None, (WANG,))
    assert world.call("provider", "GET", f"/v1/provider/orders/{order_id}", by=WANG).status == 404
    other = world.accepted(start=order.start.isoformat())
    assert orders.get(other).provider_id == WANG


@pytest.mark.parametrize(("agree", "state"), [(True, "CANCELLED"), (False, "ACCEPTED")])
def test_a_cancellation_is_answered(world: World, agree: bool, state: str) -> None:
    order_id = world.accepted()
    world.call("customer", "POST", f"/v1/orders/{order_id}/cancel", {"reason": "出差"}, by=LI)
    job = world.call("provider", "GET", f"/v1/provider/orders/{order_id}", by=WANG)
    assert job["proposal"]["reason"] == "出差"
    assert "answer-cancellation" in job["actions"]
    answer = act(world, order_id, "answer-cancellation", {"agree": agree})
    assert (answer.status, answer["state"], answer["proposal"]) == (200, state, None)


def test_jobs_are_listed(world: World) -> None:
    first = world.accepted(start=tomorrow(9).isoformat())
    second = world.accepted(start=tomorrow(15).isoformat())
    answer = world.call("provider", "GET", "/v1/provider/orders", by=WANG, query={"limit": 1})
    assert [item["order_id"] for item in answer["items"]] == [second]
    rest = world.call("provider", "GET", "/v1/provider/orders", by=WANG, query={"limit": 1, "cursor": answer["next"]})
    assert [item["order_id"] for item in rest["items"]] == [first]
    done = world.call("provider", "GET", "/v1/provider/orders", by=WANG, query={"status": "COMPLETED"})
    assert done["items"] == []
    assert world.call("provider", "GET", "/v1/provider/orders", by=CHEN)["items"] == []


def test_resting_is_switched_on_and_off(world: World) -> None:
    answer = world.call("provider", "PATCH", "/v1/provider/profile", {"resting": True}, by=WANG)
    assert (answer.status, answer["resting"]) == (200, True)
    assert providers.get(WANG).resting is True
    again = world.call("provider", "PATCH", "/v1/provider/profile", {"resting": True}, by=WANG)
    assert again.status == 200
    assert providers.get(WANG).version == 2
    assert world.call("provider", "PATCH", "/v1/provider/profile", {"resting": False}, by=WANG)["resting"] is False


def test_the_profile_masks_the_telephone(world: World) -> None:
    answer = world.call("provider", "GET", "/v1/provider/profile", by=WANG)
    assert (answer["name"], answer["phone"], answer["rating"]) == ("王秀兰", "139****1234", 4.87)


def test_income_shows_balances_and_how_to_confirm_a_payout(world: World) -> None:
    order_id = world.finished()
    world.call("customer", "POST", f"/v1/orders/{order_id}/confirm", by=LI)
    payout = Payout(
        bill_no="P20261124011234",
        provider_id=WANG,
        cycle="20261124",
        amount_fen=10240,
        app="official",
        openid="official-wang",
        state=PayoutState.AWAITING_CONFIRMATION,
        package_info="affffddafdfafddffda==",
        started_at=clock(),
        updated_at=clock(),
    )
    tx = Transaction()
    payouts.begin(tx, payout)
    tx.commit()
    answer = world.call("provider", "GET", "/v1/provider/income", by=WANG)
    assert (answer["earned_fen"], answer["payable_fen"], answer["paid_out_fen"]) == (10240, 0, 0)
    shown = answer["payouts"][0]
    assert shown["confirmation"] == {
        "mchId": "1900006891",
        "appId": "wxofficial",
        "package": "affffddafdfafddffda==",
    }
    assert "official-wang" not in answer.text


@pytest.mark.parametrize("role", [CallerRole.CUSTOMER, CallerRole.ADMINISTRATOR])
def test_only_providers_come_in_here(world: World, role: CallerRole) -> None:
    answer = world.call("provider", "GET", "/v1/provider/offers", by=LI, role=role)
    assert (answer.status, answer.code) == (403, "FORBIDDEN")
