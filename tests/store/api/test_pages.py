"""The pages that links in messages open."""

import re
from datetime import timedelta
from typing import Any

import pytest

from daojia.kernel.times import now as clock
from daojia.ordering import store as orders
from daojia.ordering.model import State
from daojia.platform.links import sign_link
from tests.store.api.world import CHEN, LI, LIU, WANG, ZHOU, World, change

JSON = {"accept": "application/json"}


def pay_link(order_id: str, lasts: timedelta = timedelta(minutes=15)) -> str:
    return "/pay/" + sign_link("pay", {"order_id": order_id}, clock() + lasts)


def grab_link(order_id: str, provider_id: str = WANG, lasts: timedelta = timedelta(hours=1)) -> str:
    return "/grab/" + sign_link("grab", {"order_id": order_id, "provider_id": provider_id}, clock() + lasts)


def test_the_bill_shows_what_is_to_be_paid(world: World) -> None:
    order_id = world.ordered()
    page = world.call("pages", "GET", pay_link(order_id))
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for shown in ("<strong>128</strong>", "日常保洁", "上门费", "¥20", "微信支付", orders.get(order_id).number):
        assert shown in page.text
    for secret in ("阳光花园", "李女士", "13800005678", orders.get(order_id).arrival_code + "<"):
        assert secret not in page.text


def test_only_what_the_page_brings_itself_runs(world: World) -> None:
    page = world.call("pages", "GET", pay_link(world.ordered()))
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([\w-]+)'", policy)
    assert nonce is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.text.count(f'nonce="{nonce[1]}"') == page.text.count("<script") + page.text.count("<style")
    assert not re.findall(r'(?:src|href)="?https?:', page.text)
    assert not re.findall(r'\son\w+="|style="', page.text)
    other = world.call("pages", "GET", pay_link(world.ordered(start=orders_start(world)))).headers
    assert other["Content-Security-Policy"] != policy


def orders_start(world: World) -> str:
    from tests.store.api.world import tomorrow

    return tomorrow(9).isoformat()


def test_what_people_wrote_is_shown_as_text(world: World) -> None:
    order_id = world.ordered()
    order = orders.get(order_id)
    service = order.service.model_copy(update={"name": "<script>alert(1)</script>"})
    from daojia.ordering.store import OrderItem

    OrderItem.of(order.model_copy(update={"service": service}), clock()).save()
    page = world.call("pages", "GET", pay_link(order_id))
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_paying_gives_exactly_what_the_pay_sheet_takes(world: World) -> None:
    answer = world.call("pages", "POST", pay_link(world.ordered()), headers=JSON)
    assert answer.status == 200
    assert set(answer.json) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    asked = world.pay.asked[0]
    assert (asked["app"], asked["openid"]) == ("official", "official-li")


def test_the_page_can_ask_whether_the_payment_has_arrived(world: World) -> None:
    order_id = world.ordered()
    number = orders.get(order_id).number
    answer = world.call("pages", "GET", pay_link(order_id), headers=JSON)
    assert answer.json == {"number": number, "state": "PENDING_PAYMENT", "paid": False}
    paid = world.paid(start=orders_start(world))
    assert world.call("pages", "GET", pay_link(paid), headers=JSON)["paid"] is True


def test_a_paid_order_says_so_and_is_not_paid_again(world: World) -> None:
    link = pay_link(world.paid())
    assert "付款成功" in world.call("pages", "GET", link).text
    answer = world.call("pages", "POST", link, headers=JSON)
    assert (answer.status, answer.code) == (409, "WRONG_STATE")
    assert world.pay.asked == []


def test_an_order_that_lapsed_is_closed(world: World) -> None:
    order_id = world.ordered()
    change(order_id, lambda order: order.lapse(clock()))
    assert "订单已关闭" in world.call("pages", "GET", pay_link(order_id)).text
    assert world.call("pages", "POST", pay_link(order_id), headers=JSON).status == 409


def test_who_is_not_in_the_official_account_cannot_pay_here(world: World) -> None:
    from daojia.accounts import store as accounts
    from daojia.kernel.transaction import Transaction

    order_id = world.ordered(ZHOU, address_id=f"home-{ZHOU}")
    item = accounts.find_item(ZHOU)
    assert item is not None
    tx = Transaction()
    accounts.save(tx, item, item.body.model_copy(update={"openid": None}))
    tx.commit()
    answer = world.call("pages", "POST", pay_link(order_id), headers=JSON)
    assert (answer.status, answer.code) == (409, "NO_WECHAT_IDENTITY")


@pytest.mark.feature("B4")
def test_an_offer_is_looked_at_and_taken(world: World) -> None:
    order_id = world.offered()
    link = grab_link(order_id)
    page = world.call("pages", "GET", link)
    for shown in ("<strong>102.40</strong>", "日常保洁", "约 120 分钟", "武汉市洪山区关山街道", "立即抢单"):
        assert shown in page.text
    for secret in ("阳光花园", "李女士", "5678", "家里有猫"):
        assert secret not in page.text
    assert orders.get(order_id).state is State.PENDING_ACCEPTANCE
    answer = world.call("pages", "POST", link, headers=JSON, key=None)
    assert (answer.status, answer["ok"], answer["code"]) == (200, True, "ACCEPTED")
    assert answer["number"] == orders.get(order_id).number
    assert orders.get(order_id).provider_id == WANG
    assert "订单已经是您的了" in world.call("pages", "GET", link).text


def test_a_link_used_twice_acts_once_and_answers_alike(world: World) -> None:
    link = grab_link(world.offered())
    first = world.call("pages", "POST", link, headers=JSON, key=None)
    second = world.call("pages", "POST", link, headers=JSON, key=None)
    assert first.json == second.json


def test_a_used_link_does_not_take_the_order_again_after_it_was_given_back(world: World) -> None:
    order_id = world.offered()
    link = grab_link(order_id)
    world.call("pages", "POST", link, headers=JSON, key=None)
    world.call("provider", "POST", f"/v1/provider/orders/{order_id}/withdraw", {"reason": "病了"}, by=WANG)
    world.call("pages", "POST", link, headers=JSON, key=None)
    assert orders.get(order_id).state is State.PENDING_ACCEPTANCE


def test_without_a_script_the_form_is_answered_with_a_page(world: World) -> None:
    page = world.call("pages", "POST", grab_link(world.offered()), key=None)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "抢单成功" in page.text


def test_the_loser_is_told_so(world: World) -> None:
    order_id = world.accepted()
    link = grab_link(order_id, CHEN)
    assert "手慢了" in world.call("pages", "GET", link).text
    answer = world.call("pages", "POST", link, headers=JSON, key=None)
    assert (answer.status, answer["ok"], answer["code"]) == (409, False, "ALREADY_TAKEN")
    assert "手慢了" in answer["message"]
    assert "没有办成" in world.call("pages", "POST", link, key=None).text


def test_an_offer_that_is_over_says_so(world: World) -> None:
    order_id = world.offered()
    world.call("customer", "POST", f"/v1/orders/{order_id}/cancel", {}, by=LI)
    assert "订单已结束" in world.call("pages", "GET", grab_link(order_id)).text
    assert "订单已结束" in world.call("pages", "GET", grab_link(order_id, LIU)).text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", ["pay", "grab"])
def test_a_link_that_ended_or_was_tampered_with_does_nothing(world: World, method: str, kind: str) -> None:
    order_id = world.offered()
    make: Any = pay_link if kind == "pay" else grab_link
    ended = world.call("pages", method, make(order_id, lasts=timedelta(seconds=-1)), key=None)
    assert ended.status == 410
    forged = world.call("pages", method, make(order_id) + "x", key=None)
    assert forged.status == 401
    other = make(order_id).replace(f"/{kind}/", "/grab/" if kind == "pay" else "/pay/")
    assert world.call("pages", method, other, key=None).status == 401
    if method == "GET":
        assert "链接已过期" in ended.text
        assert "链接无效" in forged.text
    assert orders.get(order_id).state is State.PENDING_ACCEPTANCE


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/pay/"), ("GET", "/pay"), ("DELETE", "/grab/x"), ("GET", "/"), ("GET", "/etc/passwd")]
)
def test_other_paths_are_not_here(world: World, method: str, path: str) -> None:
    assert world.call("pages", method, path).status in (401, 404)


def test_an_order_that_never_was_is_not_found(world: World) -> None:
    assert world.call("pages", "GET", pay_link("o_unknown")).status == 404


def test_an_unexpected_error_is_an_apology(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> Any:
        raise RuntimeError("secret detail")

    link = pay_link(world.ordered())
    monkeypatch.setattr(orders, "get", broken)
    page = world.call("pages", "GET", link)
    assert page.status == 500
    assert "系统开了点小差" in page.text
    assert "secret" not in page.text
