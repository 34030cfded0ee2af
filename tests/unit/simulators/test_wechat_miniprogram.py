"""The mini-program: log-in codes, phone numbers, the check of texts; and who follows the account."""

from typing import Any

import pytest

from tests.unit.simulators.wechat_stage import (
    APPID,
    LI,
    LI_MINI,
    LI_UNION,
    MINI,
    MINI_SECRET,
    SECRET,
    WANG,
    Stage,
)


def _session(stage: Stage, code: str, *, appid: str = MINI, secret: str = MINI_SECRET) -> dict[str, Any]:
    query = f"appid={appid}&secret={secret}&js_code={code}&grant_type=authorization_code"
    return stage.raw("GET", f"/sns/jscode2session?{query}")


def _checked(stage: Stage, **changes: Any) -> dict[str, Any]:
    body = {"version": 2, "openid": LI_MINI, "scene": 2, "content": "师傅很准时", **changes}
    return stage.post("/wxa/msg_sec_check", body, token=stage.mini_token())


def test_a_login_code_says_who_it_is_and_works_once(wechat: Stage) -> None:
    code = wechat.act("login")["code"]
    session = _session(wechat, code)
    assert (session["openid"], session["unionid"]) == (LI_MINI, LI_UNION)
    assert "errcode" not in session
    assert _session(wechat, code)["errcode"] == 40163


def test_a_login_code_lives_five_minutes(wechat: Stage) -> None:
    code = wechat.act("login")["code"]
    wechat.later(301)
    assert _session(wechat, code)["errcode"] == 40029
    assert _session(wechat, "made-up")["errcode"] == 40029
    assert _session(wechat, "")["errcode"] == 41008


def test_a_login_code_needs_the_mini_programs_own_secret(wechat: Stage) -> None:
    code = wechat.act("login")["code"]
    assert _session(wechat, code, secret=SECRET)["errcode"] == 40125
    assert _session(wechat, code, appid=APPID, secret=SECRET)["errcode"] == 40013
    assert _session(wechat, code)["openid"] == LI_MINI, "what was refused did not use the code up"


def test_a_phone_number_code_works_once_for_five_minutes(wechat: Stage) -> None:
    path = "/wxa/business/getuserphonenumber"
    code = wechat.act("phone_number_code")["code"]
    assert wechat.post(path, {"code": code})["errcode"] == 48001
    token = wechat.mini_token()
    answer = wechat.post(path, {"code": code}, token=token)
    assert answer["phone_info"]["purePhoneNumber"] == "13800138000"
    assert answer["phone_info"]["watermark"]["appid"] == MINI
    assert wechat.post(path, {"code": code}, token=token)["errcode"] == 40163
    late = wechat.act("phone_number_code")["code"]
    wechat.later(301)
    assert wechat.post(path, {"code": late}, token=token)["errcode"] == 40029
    assert wechat.post(path, {"code": wechat.act("login")["code"]}, token=token)["errcode"] == 40029
    wechat.control("POST", f"/_phones/{WANG}/phone_number_code", {}, status=409)


def test_a_text_is_checked_for_somebody_who_was_there_within_two_hours(wechat: Stage) -> None:
    assert _checked(wechat)["errcode"] == 61010
    wechat.act("login")
    answer = _checked(wechat)
    assert (answer["errcode"], answer["result"]) == (0, {"suggest": "pass", "label": 100})
    wechat.later(7201)
    assert _checked(wechat)["errcode"] == 61010


@pytest.mark.parametrize(
    ("content", "suggest"), [("网络博彩稳赚", "risky"), ("加微信给你优惠", "review"), ("打扫得很干净", "pass")]
)
def test_risky_words_are_found(wechat: Stage, content: str, suggest: str) -> None:
    wechat.act("login")
    assert _checked(wechat, content=content)["result"]["suggest"] == suggest


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"version": 1}, 47001),
        ({"content": 7}, 47001),
        ({"content": ""}, 44002),
        ({"content": "好" * 2501}, 45002),
        ({"scene": 5}, 40129),
        ({"openid": LI}, 40003),
    ],
)
def test_a_check_of_another_shape_is_refused(wechat: Stage, changes: dict[str, Any], errcode: int) -> None:
    wechat.act("login")
    assert _checked(wechat, **changes)["errcode"] == errcode


def test_who_follows_is_told_with_the_unionid_and_who_does_not_hardly_at_all(wechat: Stage) -> None:
    path = f"/cgi-bin/user/info?access_token={wechat.token()}"
    answer = wechat.raw("GET", f"{path}&openid={LI}&lang=zh_CN")
    assert (answer["subscribe"], answer["unionid"]) == (1, LI_UNION)
    assert "nickname" not in answer
    wechat.act("unfollow")
    assert wechat.raw("GET", f"{path}&openid={LI}") == {"subscribe": 0, "openid": LI, "tagid_list": []}
    assert wechat.raw("GET", f"{path}&openid={LI_MINI}")["errcode"] == 40003
    assert wechat.raw("GET", path)["errcode"] == 41009
