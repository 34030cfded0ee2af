"""Customer-service messages: the windows in which an account may write, and what it may write."""

from typing import Any

import pytest

from tests.unit.simulators.wechat_stage import LI, LI_MINI, MINI, WANG, Stage

SEND = "/cgi-bin/message/custom/send"


def _codes(stage: Stage, count: int) -> list[int]:
    return [stage.write(f"第{number}条")["errcode"] for number in range(count)]


def test_nobody_is_written_to_who_did_not_turn_to_the_account(wechat: Stage) -> None:
    answer = wechat.write()
    assert answer["errcode"] == 45015
    assert answer["errmsg"].startswith("response out of time limit or subscription is canceled rid: ")
    assert wechat.chat() == []


def test_five_messages_may_follow_a_message_within_48_hours(wechat: Stage) -> None:
    wechat.say("你好")
    assert _codes(wechat, 6) == [0, 0, 0, 0, 0, 45047]
    assert [each["content"] for each in wechat.chat() if each["direction"] == "in"] == [f"第{n}条" for n in range(5)]
    wechat.say("在吗")
    wechat.later(48 * 3600 - 1)
    assert _codes(wechat, 1) == [0]
    wechat.later(2)
    assert _codes(wechat, 1) == [45015]


@pytest.mark.parametrize(("act", "body"), [("follow", {}), ("click", {"key": "BOOK"}), ("scan", {"scene": "shop-7"})])
def test_three_messages_may_follow_a_touch_within_a_minute(wechat: Stage, act: str, body: dict[str, Any]) -> None:
    wechat.act(act, body)
    assert _codes(wechat, 4) == [0, 0, 0, 45047]
    wechat.act(act, body)
    wechat.later(61)
    assert _codes(wechat, 1) == [45015]


def test_a_touch_does_not_shorten_what_a_message_opened(wechat: Stage) -> None:
    wechat.say("你好")
    wechat.act("click", {"key": "BOOK"})
    wechat.later(61)
    assert _codes(wechat, 6) == [0, 0, 0, 0, 0, 45047]
    wechat.say("再来")
    wechat.act("click", {"key": "BOOK"})
    assert _codes(wechat, 9) == [0] * 8 + [45047]


def test_the_chances_of_one_do_not_serve_another_and_end_with_unfollowing(wechat: Stage) -> None:
    wechat.say("你好")
    assert wechat.control("GET", f"/_quotas?openid={LI}")["chances"]["message"]["left"] == 5
    assert wechat.write(to=WANG)["errcode"] == 45015
    wechat.act("unfollow")
    assert wechat.write()["errcode"] == 45015
    assert wechat.write(to="oNobody00000000000000000000_")["errcode"] == 40003


def test_the_mini_programs_token_reaches_its_own_openids_only(wechat: Stage) -> None:
    wechat.say("你好")
    body = {"touser": LI, "msgtype": "text", "text": {"content": "您好"}}
    assert wechat.post(SEND, body, token=wechat.mini_token())["errcode"] == 40003
    assert wechat.post(SEND, {**body, "touser": LI_MINI}, token=wechat.mini_token())["errcode"] == 45015
    assert wechat.post(SEND, {**body, "touser": LI_MINI})["errcode"] == 40003


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"msgtype": "text", "text": {"content": "好" * 682 + "aa"}}, 0),
        ({"msgtype": "text", "text": {"content": "好" * 683}}, 45002),
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "text", "text": {"content": 7}}, 44004),
        ({"msgtype": "text"}, 44004),
        ({"msgtype": "hologram", "hologram": {}}, 40008),
        ({}, 40008),
        ({"msgtype": "image", "image": {"media_id": "unknown"}}, 40007),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "满意吗？", "list": []}}, 44004),
        ({"msgtype": "msgmenu", "msgmenu": {"list": [{"id": "1"}]}}, 47001),
        ({"msgtype": "news", "news": {"articles": [{"title": "一"}, {"title": "二"}]}}, 45008),
        ({"msgtype": "miniprogrampage", "miniprogrampage": {"appid": "wx0", "pagepath": "a"}}, 40013),
        ({"msgtype": "miniprogrampage", "miniprogrampage": {"appid": MINI, "pagepath": "a", "title": "订单"}}, 0),
    ],
)
def test_what_may_be_written(wechat: Stage, body: dict[str, Any], errcode: int) -> None:
    wechat.say("你好")
    before = wechat.control("GET", f"/_quotas?openid={LI}")["chances"]["message"]["left"]
    assert wechat.post(SEND, {"touser": LI, **body})["errcode"] == errcode
    left = wechat.control("GET", f"/_quotas?openid={LI}")["chances"]["message"]["left"]
    assert before - left == (0 if errcode else 1), "a refused message uses nothing up"


def test_an_answer_of_a_menu_message_comes_back_with_its_id(wechat: Stage) -> None:
    wechat.say("你好")
    menu = {
        "head_content": "这次服务满意吗？",
        "list": [{"id": "101", "content": "满意"}, {"id": "102", "content": "不满意"}],
        "tail_content": "谢谢",
    }
    assert wechat.post(SEND, {"touser": LI, "msgtype": "msgmenu", "msgmenu": menu})["errcode"] == 0
    shown = wechat.chat()[-1]
    assert shown["content"] == "这次服务满意吗？\n满意\n不满意\n谢谢"
    assert shown["menu"][0] == {"id": "101", "content": "满意"}
    wechat.act("menu", {"id": "102"})
    told = wechat.server.messages[-1]
    assert (told["MsgType"], told["Content"], told["bizmsgmenuid"]) == ("text", "不满意", "102")
    wechat.control("POST", f"/_phones/{LI}/menu", {"id": "999"}, status=409)


def test_chinese_sent_as_escapes_is_shown_as_escapes(wechat: Stage) -> None:
    wechat.say("你好")
    body = rb'{"touser": "%s", "msgtype": "text", "text": {"content": "\u60a8\u597d \u0041\nB"}}' % LI.encode()
    assert wechat.post(SEND, body)["errcode"] == 0
    assert wechat.chat()[-1]["content"] == "\\u60a8\\u597d A\nB"
