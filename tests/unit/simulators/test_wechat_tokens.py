"""Access tokens: issued, renewed, overlapping, ended, refused."""

from pathlib import Path

import pytest

from tests.unit.simulators.wechat_stage import APPID, LI, MINI, MINI_SECRET, SECRET, Stage, running


def _check(stage: Stage, token: str) -> int:
    """The errcode of a call with a token."""
    return int(stage.raw("GET", f"/cgi-bin/user/info?access_token={token}&openid={LI}").get("errcode", 0))


def test_a_stable_token_stays_the_same_until_five_minutes_before_its_end(wechat: Stage) -> None:
    first = wechat.stable_token()
    assert first["expires_in"] == 7200
    assert len(first["access_token"]) <= 512
    wechat.later(6800)
    again = wechat.stable_token()
    assert again["access_token"] == first["access_token"]
    assert 300 <= again["expires_in"] <= 400
    wechat.later(101)
    renewed = wechat.stable_token()
    assert renewed["access_token"] != first["access_token"]
    assert renewed["expires_in"] >= 7198


def test_the_old_token_is_good_for_five_minutes_after_the_renewal(wechat: Stage) -> None:
    old = wechat.token()
    wechat.later(6910)
    new = wechat.token()
    assert old != new
    assert (_check(wechat, old), _check(wechat, new)) == (0, 0)
    wechat.later(301)
    assert (_check(wechat, old), _check(wechat, new)) == (42001, 0)


def test_a_forced_renewal_ends_the_old_token_after_the_overlap_and_a_second_one_at_once(wechat: Stage) -> None:
    leaked = wechat.token()
    current = wechat.stable_token(force=True)["access_token"]
    assert current != leaked
    assert _check(wechat, leaked) == 0
    assert wechat.stable_token(force=True)["access_token"] == current, "not renewed again within 30 seconds"
    wechat.later(31)
    newest = wechat.stable_token(force=True)["access_token"]
    assert (_check(wechat, leaked), _check(wechat, current), _check(wechat, newest)) == (40001, 0, 0)
    wechat.later(301)
    assert (_check(wechat, current), _check(wechat, newest)) == (40001, 0)


def test_renewal_can_be_forced_twenty_times_a_day(wechat: Stage) -> None:
    wechat.token()
    for _ in range(20):
        assert "access_token" in wechat.stable_token(force=True)
        wechat.later(31)
    assert wechat.stable_token(force=True)["errcode"] == 45009
    assert "access_token" in wechat.stable_token()
    quotas = wechat.control("GET", "/_quotas")["official"]["forced_tokens"]
    assert quotas == {"per_day": 20, "used_today": 20}
    wechat.later(86_400)
    assert "access_token" in wechat.stable_token(force=True)


def test_the_old_call_gives_a_new_token_each_time_and_leaves_stable_ones_alone(wechat: Stage) -> None:
    stable = wechat.token()
    path = f"/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={SECRET}"
    first, second = (wechat.raw("GET", path)["access_token"] for _ in range(2))
    assert first != second
    assert (_check(wechat, first), _check(wechat, second)) == (0, 0)
    third = wechat.raw("GET", path)["access_token"]
    assert (_check(wechat, first), _check(wechat, second), _check(wechat, third)) == (40001, 0, 0)
    assert _check(wechat, stable) == 0
    assert wechat.token() == stable


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": "wx0000000000000000"}, 40013),
        ({"appid": None}, 41002),
        ({"appid": 7}, 40013),
        ({"secret": "c" * 32}, 40125),
        ({"secret": MINI_SECRET}, 40125),
        ({"secret": None}, 41004),
        ({"grant_type": "password"}, 40002),
        ({"force_refresh": "yes"}, 47001),
    ],
)
def test_a_token_is_given_to_the_right_appid_and_secret_only(
    wechat: Stage, changes: dict[str, object], errcode: int
) -> None:
    body = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET} | changes
    answer = wechat.raw("POST", "/cgi-bin/stable_token", {k: v for k, v in body.items() if v is not None})
    assert answer["errcode"] == errcode
    assert "rid: " in answer["errmsg"]


def test_calls_without_a_good_token_are_refused(wechat: Stage) -> None:
    assert wechat.post("/cgi-bin/message/template/send", {}, token="")["errcode"] == 41001
    answer = wechat.post("/cgi-bin/message/template/send", {}, token="made-up")
    assert answer["errcode"] == 40001
    assert answer["errmsg"].startswith("invalid credential, access_token is invalid or not latest")
    token = wechat.token()
    assert wechat.control("POST", "/_tokens/expire") == {"expired": 1}
    assert _check(wechat, token) == 42001
    token = wechat.token()
    wechat.control("POST", "/_tokens/revoke")
    assert _check(wechat, token) == 40001
    wechat.later(7201)
    fresh = wechat.token()
    wechat.later(7200)
    assert _check(wechat, fresh) == 42001


def test_the_token_of_one_app_does_not_open_the_apis_of_the_other(wechat: Stage) -> None:
    assert _check(wechat, wechat.mini_token()) == 48001
    assert wechat.post("/wxa/msg_sec_check", {"x": 1})["errcode"] == 48001


def test_methods_bodies_and_paths_are_checked(wechat: Stage) -> None:
    token = wechat.token()
    path = f"/cgi-bin/message/template/send?access_token={token}"
    assert wechat.raw("GET", path)["errcode"] == 43002
    assert wechat.raw("POST", f"/cgi-bin/user/info?access_token={token}", {})["errcode"] == 43001
    assert wechat.raw("POST", path, b"")["errcode"] == 44002
    for body in (b"{", b"[]", b"null", '{"touser": "李"}'.encode("gb18030"), b'{"a": ' * 5000):
        assert wechat.raw("POST", path, body)["errcode"] == 47001, body[:20]
    assert wechat.raw("POST", "/cgi-bin/no/such/path", {})["errcode"] == 40066


def test_a_day_and_a_minute_have_their_limits(wechat: Stage) -> None:
    limits = {"/cgi-bin/user/info": {"per_minute": 2, "per_day": 3}}
    wechat.control("PUT", "/_quotas", limits)
    token = wechat.token()
    assert [_check(wechat, token) for _ in range(3)] == [0, 0, 45011]
    wechat.later(60)
    assert [_check(wechat, token) for _ in range(2)] == [0, 45009]
    assert wechat.control("GET", "/_quotas")["official"]["calls"]["/cgi-bin/user/info"]["used_today"] == 3
    wechat.control("PUT", "/_quotas", {"/cgi-bin/user/info": {"per_hour": 1}}, status=400)


def test_tokens_and_counts_outlive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "wechat.sqlite"
    with running(state) as stage:
        token = stage.token()
        stage.later(1000)
        used = stage.control("GET", "/_quotas")["official"]["calls"]
    with running(state) as stage:
        assert stage.control("GET", "/_quotas")["official"]["calls"] == used
        assert stage.token() == token
        assert _check(stage, token) == 0
        assert stage.stable_token(appid=MINI, secret=MINI_SECRET)["expires_in"] == 7200
