"""Template and subscribe messages: what a card may hold, who gets it, how often."""

from typing import Any

import pytest

from infra.local.simulators.wechat_fields import RULES
from tests.unit.simulators.wechat_stage import LI, LI_MINI, MINI, ORDER_CARD, WANG, Stage


def test_a_card_appears_on_the_phone_with_its_labels(wechat: Stage) -> None:
    answer = wechat.card(url="https://daojia.example/orders/8321")
    assert (answer["errcode"], answer["errmsg"]) == (0, "ok")
    (message,) = wechat.chat()
    assert (message["direction"], message["kind"], message["via"], message["to"]) == ("in", "template", "template", LI)
    card = message["card"]
    assert (card["title"], card["url"], card["miniprogram"]) == (
        "订单进度提醒",
        "https://daojia.example/orders/8321",
        None,
    )
    assert card["fields"][1] == {"name": "thing2", "label": "服务项目", "value": "日常保洁"}
    assert message["msg_id"] == str(answer["msgid"])


def test_the_server_is_told_what_became_of_a_card(wechat: Stage) -> None:
    answer = wechat.card()
    wechat.until(lambda: wechat.server.arrived)
    (event,) = wechat.server.messages
    assert (event["Event"], event["Status"], event["MsgID"]) == (
        "TEMPLATESENDJOBFINISH",
        "success",
        str(answer["msgid"]),
    )
    wechat.control("PUT", "/_settings", {"result_events": False})
    wechat.card()
    assert len(wechat.server.arrived) == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("character_string1", "单号8321", "data.character_string1.value invalid"),
        ("character_string1", "8" * 33, "data.character_string1.value invalid"),
        ("thing2", "长" * 21, "data.thing2.value invalid"),
        ("thing2", "两\n行", "data.thing2.value invalid"),
        ("thing2", "好😀", "data.thing2.value invalid"),
        ("thing2", "", "data.thing2.value is empty"),
        ("time3", "明天下午三点", "data.time3.value invalid"),
        ("time3", "2026年13月25日 15:00", "data.time3.value invalid"),
        ("phrase4", "师傅出发了吗", "data.phrase4.value invalid"),
        ("phrase4", "OK", "data.phrase4.value invalid"),
        ("phrase4", None, "data.phrase4.value is empty"),
        ("phrase4", ["已接单"], "data.phrase4.value invalid"),
    ],
)
def test_a_wrong_field_is_named(wechat: Stage, field: str, value: Any, told: str) -> None:
    answer = wechat.card(data={**ORDER_CARD, field: {"value": value}})
    assert answer["errcode"] == 47003
    assert told in answer["errmsg"]
    assert wechat.chat() == []


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("thing", ["日常保洁（2小时）", "x" * 20], ["x" * 21, "a\tb"]),
        ("number", ["1", "12.50", "-3"], ["一", "1,000", "9" * 33]),
        ("letter", ["AbC"], ["a1", "甲"]),
        ("symbol", ["@#￥"], ["a", "！" * 6]),
        ("character_string", ["WX-8321/a"], ["甲1", "a b"]),
        ("time", ["15:01", "15:01:02", "2019年10月1日 15:01", "2019-10-01 15:01", "9:00~11:00"], ["25:00", "后天", ""]),
        ("date", ["2019年10月1日", "2019/10/01", "10月1日", "2019.10.01 15:01"], ["明天", "2019-10/01", "2019年13月"]),
        ("amount", ["¥108.80", "108元", "￥1"], ["一百", "¥12345678901", "1.2.3"]),
        ("phone_number", ["+86-0766-66888866"], ["1" * 18, "电话"]),
        ("car_number", ["粤A8Z888挂", "鄂A12345"], ["鄂", "粤A8Z888挂车车"]),
        ("name", ["王建国", "John Smith"], ["王" * 11, "J" * 21, "王3"]),
        ("phrase", ["配送中"], ["配送中！", "配送中配送中"]),
    ],
)
def test_each_type_of_field_has_its_rule(kind: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not RULES[kind](value)] == []
    assert [value for value in bad if RULES[kind](value)] == []


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"touser": "oNobody00000000000000000000_"}, 40003),
        ({"touser": None}, 40003),
        ({"template_id": "tmpl_unknown"}, 40037),
        ({"data": None}, 47003),
        ({"data": {}}, 47003),
        ({"url": "/orders"}, 40048),
        ({"url": "https://a.example/" + "x" * 1024}, 40039),
        ({"miniprogram": {"appid": "wx0", "pagepath": "index"}}, 40013),
        ({"miniprogram": {"appid": MINI, "pagepath": "/index"}}, 40165),
        ({"client_msg_id": 7}, 47001),
    ],
)
def test_a_card_to_nobody_or_of_another_shape_is_refused(wechat: Stage, changes: dict[str, Any], errcode: int) -> None:
    assert wechat.card(**changes)["errcode"] == errcode
    assert wechat.chat() == []


def test_somebody_who_does_not_follow_gets_no_card(wechat: Stage) -> None:
    wechat.act("unfollow")
    assert wechat.card()["errcode"] == 43004
    wechat.act("follow")
    assert wechat.card()["errcode"] == 0


def test_the_same_client_msg_id_is_shown_once_in_ten_minutes_to_each_person(wechat: Stage) -> None:
    first = wechat.card(client_msg_id="once")
    assert wechat.card(client_msg_id="once")["msgid"] == first["msgid"]
    assert wechat.card(client_msg_id="twice")["msgid"] != first["msgid"]
    assert wechat.card(client_msg_id="once", touser=WANG)["msgid"] != first["msgid"]
    assert len(wechat.chat()) == 2
    wechat.later(601)
    assert wechat.card(client_msg_id="once")["msgid"] != first["msgid"]
    assert len(wechat.chat()) == 3


def test_the_day_has_a_quota_of_cards(wechat: Stage) -> None:
    wechat.control("PUT", "/_quotas", {"/cgi-bin/message/template/send": {"per_day": 1}})
    assert [wechat.card()["errcode"] for _ in range(2)] == [0, 45009]


def test_a_subscribe_message_needs_a_consent_and_uses_it_up(wechat: Stage) -> None:
    body = {"touser": LI_MINI, "template_id": "tmpl_order", "data": ORDER_CARD, "page": "pages/order"}
    path = "/cgi-bin/message/subscribe/send"
    assert wechat.post(path, body, token=wechat.mini_token())["errcode"] == 43101
    agreed = wechat.act("subscribe", {"template_ids": ["tmpl_order"], "app": "miniprogram"})
    assert agreed == {"consents": {"tmpl_order": 1}}
    wrong = {**body, "data": {**ORDER_CARD, "phrase4": {"value": "x"}}}
    assert wechat.post(path, wrong, token=wechat.mini_token())["errcode"] == 47003
    assert wechat.post(path, body, token=wechat.mini_token())["errcode"] == 0
    assert wechat.post(path, body, token=wechat.mini_token())["errcode"] == 43101
    (message,) = wechat.chat()
    assert message["via"] == "subscribe"
    assert message["card"]["miniprogram"] == {"appid": MINI, "pagepath": "pages/order"}


def test_the_accounts_own_subscribe_message_tells_the_server_of_consent_and_sending(wechat: Stage) -> None:
    body = {"touser": LI, "template_id": "tmpl_order", "data": ORDER_CARD}
    path = "/cgi-bin/message/subscribe/bizsend"
    refused = wechat.act("subscribe", {"template_ids": ["tmpl_order"], "accept": False})
    assert refused["consents"] == {"tmpl_order": 0}
    assert wechat.post(path, body)["errcode"] == 43101
    wechat.act("subscribe", {"template_ids": ["tmpl_order"]})
    assert wechat.post(path, body)["errcode"] == 0
    wechat.until(lambda: len(wechat.server.arrived) == 3)
    popups = [each["SubscribeMsgPopupEvent"]["List"] for each in wechat.server.messages[:2]]
    assert [each["SubscribeStatusString"] for each in popups] == ["reject", "accept"]
    assert wechat.server.messages[2]["SubscribeMsgSentEvent"]["List"]["ErrorStatus"] == "success"
    wechat.control("POST", f"/_phones/{LI}/subscribe", {"template_ids": ["unknown"]}, status=404)
