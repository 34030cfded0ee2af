"""The phones: messages reach the account's server as WeChat sends them, and replies are held to WeChat's rules."""

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from wechatpy import parse_message

from infra.local.simulators.wechat_chat import FAULT_NOTICE
from tests.unit.simulators.wechat_stage import LI, ORDER_CARD, ORIGINAL_ID, WANG, Server, Stage, reply_xml, running


def test_a_text_arrives_encrypted_and_signed_and_the_reply_is_shown(wechat: Stage) -> None:
    wechat.server.answer = lambda message: f"收到：{message['Content']}"
    answer = wechat.say("明天下午三点 <b>&amp; ]]> 😀")
    assert (answer["tries"], answer["reply"]["content"]) == (1, "收到：明天下午三点 <b>&amp; ]]> 😀")
    (arrived,) = wechat.server.arrived
    assert arrived.encrypted
    assert "明天" not in arrived.body
    assert arrived.query["openid"] == LI
    assert arrived.message["MsgId"] == answer["msg_id"]
    assert abs(int(arrived.message["CreateTime"]) - time.time()) < 5
    assert int(answer["msg_id"]) < 2**63
    first, second = wechat.chat()
    assert (first["direction"], first["from"], first["to"], first["kind"]) == ("out", LI, ORIGINAL_ID, "text")
    assert (second["direction"], second["from"], second["to"], second["via"]) == ("in", ORIGINAL_ID, LI, "reply")
    assert first["seq"] < second["seq"]


@pytest.mark.parametrize("mode", ["plain", "compatible"])
def test_the_other_modes_show_the_message_openly(wechat: Stage, mode: str) -> None:
    wechat.server.answer = lambda message: "好"
    answer = wechat.say("你好", mode=mode)
    assert answer["reply"]["content"] == "好"
    assert "<![CDATA[你好]]>" in wechat.server.arrived[0].body
    assert wechat.server.arrived[0].encrypted == (mode == "compatible")


def test_every_kind_of_message_is_one_the_real_library_reads(wechat: Stage) -> None:
    wechat.act("location", {"lat": 30.5, "lng": 114.3, "label": "武汉市武昌区中南路99号"})
    wechat.act("voice", {"recognition": "约个保洁。"})
    wechat.act("voice")
    wechat.act("image", {"label": "漏水"})
    wechat.act("click", {"key": "BOOK"})
    wechat.act("follow", {"scene": "shop-7"})
    wechat.act("scan", {"scene": "shop-7"})
    wechat.act("unfollow")
    bodies = [each.message for each in wechat.server.arrived]
    read = [parse_message(_xml(each)) for each in bodies]
    assert [each.type for each in read[:4]] == ["location", "voice", "voice", "image"]
    assert (read[0].location, read[0].label) == (("30.5", "114.3"), "武汉市武昌区中南路99号")
    assert bodies[0]["Location_X"] == "30.5", "the latitude"
    assert (bodies[1]["Recognition"], "Recognition" in bodies[2]) == ("约个保洁。", False)
    assert [each.event for each in read[4:]] == ["click", "subscribe_scan", "scan", "unsubscribe"]
    assert (read[5].scene_id, read[6].scene_id) == ("shop-7", "shop-7")
    assert all(each["MsgId"] for each in bodies[:4])
    assert not any("MsgId" in each for each in bodies[4:])


def _xml(message: dict[str, Any]) -> str:
    return (
        "<xml>" + "".join(f"<{name}><![CDATA[{value or ''}]]></{name}>" for name, value in message.items()) + "</xml>"
    )


def test_a_message_without_an_answer_comes_again_with_the_same_id(wechat: Stage) -> None:
    wechat.control("PUT", "/_settings", {"answer_ms": 300})
    wechat.server.pauses = [0.6, 0.6]
    wechat.server.answer = lambda message: "久等了"
    answer = wechat.say("你好")
    assert (answer["tries"], answer["reply"]["content"]) == (3, "久等了")
    assert [each["status"] for each in answer["attempts"]] == ["no answer within 0.3 s"] * 2 + [200]
    assert len({each["MsgId"] for each in wechat.server.messages}) == 1
    assert len({each.query["nonce"] for each in wechat.server.arrived}) == 3, "each try is signed anew"


def test_after_three_tries_the_person_sees_that_the_service_is_out_of_order(wechat: Stage) -> None:
    wechat.control("PUT", "/_settings", {"retry_pause_ms": 10})
    wechat.server.statuses = [500, 502, 403, 200]
    answer = wechat.say("你好")
    assert (answer["tries"], answer["reply"], answer["problem"]) == (3, None, "no answer in 3 tries")
    shown = wechat.chat()[-1]
    assert (shown["kind"], shown["content"], shown["direction"]) == ("notice", FAULT_NOTICE, "in")
    assert len(wechat.server.arrived) == 3


def test_a_server_that_is_not_there_is_told_apart(tmp_path: Path) -> None:
    server = Server()
    server.close()
    with running(tmp_path / "wechat.sqlite", server) as stage:
        stage.control("PUT", "/_settings", {"retry_pause_ms": 10})
        answer = stage.say("你好")
        assert [each["status"] for each in answer["attempts"]] == ["no connection: ConnectError"] * 3
        assert stage.chat()[-1]["content"] == FAULT_NOTICE
        assert not stage.control("POST", "/_handshake", {})["passed"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ToUserName": WANG}, "swapped"),
        ({"FromUserName": "gh_other"}, "swapped"),
        ({"MsgType": "hologram"}, "hologram"),
        ({"CreateTime": "now"}, "CreateTime"),
        ({"Content": ""}, "Content is empty"),
        ({"Content": "好" * 683}, "2048"),
        ({"MsgType": ""}, "MsgType"),
    ],
)
def test_a_reply_that_breaks_the_rules_is_not_shown(wechat: Stage, changes: dict[str, str], problem: str) -> None:
    wechat.server.answer = lambda message: reply_xml("好", message, **changes)
    answer = wechat.say("你好")
    assert answer["reply"] is None
    assert problem in answer["problem"]
    assert answer["tries"] == 1, "a wrong answer is an answer"
    assert wechat.chat()[-1]["content"] == FAULT_NOTICE


@pytest.mark.parametrize("body", [b'{"text": "hi"}', b"<xml>", b"ok", b"\xff", b"<html></html>"])
def test_a_reply_that_is_not_encrypted_xml_is_not_shown(wechat: Stage, body: bytes) -> None:
    wechat.server.answer = lambda message: body
    assert wechat.say("你好")["problem"]
    assert wechat.say("你好", mode="plain")["problem"]
    assert wechat.chat()[-1]["content"] == FAULT_NOTICE


def test_a_plain_reply_to_an_encrypted_message_is_not_shown(wechat: Stage) -> None:
    wechat.server.answer = lambda message: reply_xml("好", message).encode()
    assert "encrypted" in wechat.say("你好")["problem"]


@pytest.mark.parametrize("body", [b"success", b""])
def test_success_or_nothing_is_no_reply_and_no_trouble(wechat: Stage, body: bytes) -> None:
    wechat.server.answer = lambda message: body
    answer = wechat.say("你好")
    assert (answer["reply"], answer["problem"], answer["tries"]) == (None, None, 1)
    assert len(wechat.chat()) == 1


def test_copies_of_a_message_have_one_id_and_all_their_answers_are_told(wechat: Stage) -> None:
    wechat.server.answer = lambda message: f"第{len(wechat.server.arrived)}次"
    answer = wechat.say("你好", duplicate=3, concurrent=False)
    assert [each["reply"]["content"] for each in answer["copies"]] == ["第1次", "第2次", "第3次"]
    assert answer["reply"]["content"] == "第1次"
    assert len(wechat.chat()) == 2
    wechat.server.pauses = [0.3, 0.3, 0.3]
    began = time.monotonic()
    wechat.say("再见", duplicate=3)
    assert time.monotonic() - began < 0.8, "all at once"
    assert len({each["MsgId"] for each in wechat.server.messages}) == 2


@pytest.mark.parametrize("tamper", ["signature", "msg_signature", "encrypt", "appid", "key"])
def test_a_spoilt_message_is_refused_by_the_real_library(wechat: Stage, tamper: str) -> None:
    wechat.control("PUT", "/_settings", {"retry_pause_ms": 0})
    answer = wechat.say("你好", tamper=tamper)
    assert {each["status"] for each in answer["attempts"]} == {403}


def test_the_timestamp_can_be_shifted(wechat: Stage) -> None:
    wechat.say("你好", timestamp_offset=-3600)
    assert abs(int(wechat.server.arrived[0].query["timestamp"]) - time.time() + 3600) < 5


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("text", {}),
        ("text", {"content": ""}),
        ("text", {"content": "x", "duplicate": 0}),
        ("text", {"content": "x", "mode": "secret"}),
        ("text", {"content": "x", "tamper": "everything"}),
        ("location", {"lat": 91, "lng": 0}),
        ("location", {"lat": "30", "lng": 0}),
        ("click", {}),
        ("subscribe", {"template_ids": []}),
    ],
)
def test_an_act_that_makes_no_sense_is_refused_and_sends_nothing(
    wechat: Stage, act: str, body: dict[str, object]
) -> None:
    wechat.control("POST", f"/_phones/{LI}/{act}", body, status=400)
    assert wechat.server.arrived == []
    assert wechat.chat() == []


def test_people_are_made_known_all_or_none_and_openids_must_be_openids(wechat: Stage) -> None:
    wrong = [{"openid": "o" + "a" * 27}, {"openid": "short"}]
    wechat.control("POST", "/_users", wrong, status=400)
    known = {each["openid"]: each for each in wechat.control("GET", "/_users")["items"]}
    assert set(known) == {LI, WANG}
    assert known[WANG]["more"] == {"role": "provider"}
    wechat.act("follow", who="oNew00000000000000000000_003")
    assert len(wechat.control("GET", "/_users")["items"]) == 3
    wechat.control("POST", "/_phones/stranger/text", {"content": "x"}, status=400)


def test_who_stopped_following_cannot_write(wechat: Stage) -> None:
    wechat.act("unfollow")
    wechat.control("POST", f"/_phones/{LI}/text", {"content": "你好"}, status=409)
    wechat.act("follow")
    assert wechat.say("你好")["tries"] == 1


def test_the_chat_can_be_waited_for(wechat: Stage) -> None:
    wechat.say("你好")
    since = wechat.chat()[-1]["seq"]
    assert wechat.chat(since=since, wait=0.05) == []
    timer = threading.Timer(0.2, wechat.card)
    timer.start()
    began = time.monotonic()
    (message,) = wechat.chat(since=since, wait=5)
    assert message["kind"] == "template"
    assert time.monotonic() - began < 3
    timer.join()


def test_the_server_address_is_checked_rightly_signed_and_forged(wechat: Stage) -> None:
    result = wechat.control("POST", "/_handshake", {})
    assert (result["passed"], result["refuses_forgery"]) == (True, True)
    assert wechat.journal("handshake")[0]["data"]["right"]["status"] == 200


def test_messages_can_be_lost_doubled_held_back_and_unanswered(wechat: Stage) -> None:
    wechat.control("PUT", "/_settings", {"retry_pause_ms": 0})
    wechat.server.answer = lambda message: "好"
    wechat.faults({"match": "phone/text", "fault": "lost", "times": 2})
    assert wechat.say("一")["tries"] == 3
    assert len(wechat.server.arrived) == 1
    wechat.faults({"match": "phone/text", "fault": "duplicate"})
    assert wechat.say("二")["reply"]["content"] == "好"
    assert len(wechat.server.arrived) == 3
    wechat.faults({"match": "phone/event/CLICK", "fault": "error"})
    assert wechat.act("click", {"key": "BOOK"})["tries"] == 2
    wechat.faults({"match": "phone", "fault": "late", "delay_ms": 300})
    waiting = threading.Thread(target=lambda: httpx.post(f"{wechat.base}/_phones/{LI}/text", json={"content": "三"}))
    waiting.start()
    wechat.until(lambda: wechat.chat()[-1]["content"] == "三")
    wechat.say("四")
    waiting.join()
    assert [each.get("Content") for each in wechat.server.messages[-2:]] == ["四", "三"]


def test_calls_can_be_refused_lost_or_slow(wechat: Stage) -> None:
    wechat.faults(
        {"match": "/template/send", "fault": "error", "code": 45009},
        {"match": "/template/send", "fault": "error"},
        {"match": "/template/send", "fault": "lost"},
    )
    assert wechat.card()["errcode"] == 45009
    assert wechat.card()["errcode"] == -1
    path = f"/cgi-bin/message/template/send?access_token={wechat.token()}"
    body = {"touser": LI, "template_id": "tmpl_order", "data": ORDER_CARD}
    assert wechat.client.post(path, json=body).status_code == 502
    assert [each["kind"] for each in wechat.chat()] == ["template"], "acted on all the same"
    wechat.faults({"match": "*", "fault": "slow", "delay_ms": 200})
    began = time.monotonic()
    wechat.token()
    assert time.monotonic() - began >= 0.2


def test_everything_is_still_there_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "wechat.sqlite"
    with running(state) as stage:
        stage.say("你好")
        stage.act("subscribe", {"template_ids": ["tmpl_order"]}, who=WANG)
        code = stage.act("login")["code"]
        chat, journal = stage.chat(), stage.journal()
        stage.faults({"match": "/nothing", "fault": "slow", "times": 3})
    with running(state) as stage:
        assert stage.chat() == chat
        assert stage.journal() == journal
        assert stage.write()["errcode"] == 0
        assert stage.chat()[-1]["seq"] > chat[-1]["seq"]
        assert stage.act("subscribe", {"template_ids": ["tmpl_order"]}, who=WANG)["consents"] == {"tmpl_order": 2}
        assert stage.control("GET", "/_faults")["items"][0]["times"] == 3
        query = "appid=wx8c2e4b6a0d9f1357&secret=" + "b" * 32
        assert "openid" in stage.raw("GET", f"/sns/jscode2session?{query}&js_code={code}")


def test_a_message_on_its_way_when_the_program_ends_arrives_after_it(tmp_path: Path) -> None:
    server = Server(answer=lambda message: "收到", pauses=[3])
    with running(tmp_path / "wechat.sqlite", server) as stage:
        answers: list[httpx.Response] = []
        text = {"content": "你好"}
        ask = threading.Thread(target=lambda: answers.append(httpx.post(f"{stage.base}/_phones/{LI}/text", json=text)))
        ask.start()
        stage.until(lambda: server.arrived)
    ask.join()
    assert (answers[0].status_code, answers[0].json()["code"]) == (503, "STOPPING")
    with running(tmp_path / "wechat.sqlite", server) as stage:
        stage.until(lambda: stage.chat()[-1]["content"] == "收到")
        assert [each["direction"] for each in stage.chat()] == ["out", "in"]
        assert len({each["MsgId"] for each in server.messages}) == 1
    with running(tmp_path / "wechat.sqlite", server) as stage:
        stage.say("再见")
        assert len(server.arrived) == 3, "once brought, not brought again"
    server.close()
