"""Who somebody is: WeChat says so, the account follows, the role with it."""

from urllib.parse import parse_qs, urlparse

import pytest

from daojia.accounts import store as accounts
from daojia.kernel.ids import account_id_of
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction
from daojia.platform.tokens import CallerRole, caller_of
from tests.store.api.world import LI, PASSWORD, WANG, World


def link(unionid: str, account_id: str) -> None:
    tx = Transaction()
    accounts.link_union(tx, unionid, account_id)  # pyright: ignore[reportArgumentType]
    tx.commit()


def test_somebody_new_gets_an_account_of_the_miniprogram(world: World) -> None:
    world.wechat.codes["code-1"] = {"openid": "mini-new", "session_key": "s"}
    answer = world.call("customer", "POST", "/v1/auth/wechat", {"code": "code-1"}, key=None)
    assert answer.status == 200
    expected = account_id_of("wxminiprogram", "mini-new")
    caller = caller_of(answer["access_token"], clock())
    assert (caller.account_id, caller.role) == (expected, CallerRole.CUSTOMER)
    assert accounts.get(expected).miniprogram_openid == "mini-new"
    assert (answer["expires_in"], answer["role"]) == (3600, "customer")


def test_wechat_is_asked_as_it_wants_to_be(world: World) -> None:
    world.wechat.codes["code-1"] = {"openid": "mini-new", "session_key": "s"}
    world.call("customer", "POST", "/v1/auth/wechat", {"code": "code-1"}, key=None)
    url = urlparse(world.wechat.asked[0])
    assert (url.netloc, url.path) == ("api.weixin.qq.com", "/sns/jscode2session")
    assert parse_qs(url.query) == {
        "appid": ["wxminiprogram"],
        "secret": ["mini-secret"],
        "js_code": ["code-1"],
        "grant_type": ["authorization_code"],
    }


def test_the_same_person_meets_the_same_account(world: World) -> None:
    tokens = []
    for code in ("code-1", "code-2"):
        world.wechat.codes[code] = {"openid": "mini-new", "session_key": "s", "unionid": "u-new"}
        tokens.append(world.call("customer", "POST", "/v1/auth/wechat", {"code": code}, key=None)["access_token"])
    first, second = (caller_of(token, clock()).account_id for token in tokens)
    assert first == second
    assert accounts.account_of_union("u-new") == first


def test_a_unionid_leads_to_the_account_of_the_official_account(world: World) -> None:
    link("u-li", LI)
    world.wechat.codes["code-1"] = {"openid": "mini-li-2", "session_key": "s", "unionid": "u-li"}
    answer = world.call("customer", "POST", "/v1/auth/wechat", {"code": "code-1"}, key=None)
    assert caller_of(answer["access_token"], clock()).account_id == LI
    account = accounts.get(LI)
    assert (account.miniprogram_openid, account.unionid, account.openid) == ("mini-li-2", "u-li", "official-li")
    assert len(account.addresses) == 1


def test_a_unionid_that_becomes_known_later_is_linked(world: World) -> None:
    world.wechat.codes["code-1"] = {"openid": "mini-new", "session_key": "s"}
    world.wechat.codes["code-2"] = {"openid": "mini-new", "session_key": "s", "unionid": "u-new"}
    for code in ("code-1", "code-2"):
        assert world.call("customer", "POST", "/v1/auth/wechat", {"code": code}, key=None).status == 200
    assert accounts.account_of_union("u-new") == account_id_of("wxminiprogram", "mini-new")


def test_somebody_with_a_profile_is_a_provider(world: World) -> None:
    link("u-wang", WANG)
    world.wechat.codes["code-1"] = {"openid": "mini-wang", "session_key": "s", "unionid": "u-wang"}
    answer = world.call("customer", "POST", "/v1/auth/wechat", {"code": "code-1"}, key=None)
    assert answer["role"] == "provider"
    headers = {"authorization": f"Bearer {answer['access_token']}"}
    assert world.call("provider", "GET", "/v1/provider/profile", headers=headers).status == 200
    assert world.call("customer", "GET", "/v1/orders", headers=headers).status == 200


def test_a_code_works_once(world: World) -> None:
    world.wechat.codes["code-1"] = {"openid": "mini-new", "session_key": "s"}
    assert world.call("customer", "POST", "/v1/auth/wechat", {"code": "code-1"}, key=None).status == 200
    answer = world.call("customer", "POST", "/v1/auth/wechat", {"code": "code-1"}, key=None)
    assert (answer.status, answer.code) == (401, "WECHAT_CODE_REFUSED")


@pytest.mark.parametrize(
    ("errcode", "status", "code"),
    [
        (40029, 401, "WECHAT_CODE_REFUSED"),
        (40163, 401, "WECHAT_CODE_REFUSED"),
        (-1, 503, "UNAVAILABLE"),
        (40013, 502, "WECHAT_REFUSED"),
    ],
)
def test_what_wechat_says_is_told_apart(world: World, errcode: int, status: int, code: str) -> None:
    world.wechat.codes["code-1"] = {"errcode": errcode, "errmsg": "no"}
    answer = world.call("customer", "POST", "/v1/auth/wechat", {"code": "code-1"}, key=None)
    assert (answer.status, answer.code) == (status, code)


def test_while_wechat_is_away_trying_again_is_right(world: World) -> None:
    world.wechat.down = True
    answer = world.call("customer", "POST", "/v1/auth/wechat", {"code": "code-1"}, key=None)
    assert (answer.status, answer.code) == (503, "UNAVAILABLE")


def test_a_session_is_renewed_and_ended(world: World) -> None:
    world.wechat.codes["code-1"] = {"openid": "mini-new", "session_key": "s"}
    first = world.call("customer", "POST", "/v1/auth/wechat", {"code": "code-1"}, key=None)
    second = world.call(
        "customer",
        "POST",
        "/v1/auth/refresh",
        {"refresh_token": first["refresh_token"]},
        key=None,
        headers={"authorization": "Bearer ended.long.ago"},
    )
    assert second.status == 200
    used = world.call("customer", "POST", "/v1/auth/refresh", {"refresh_token": first["refresh_token"]}, key=None)
    assert (used.status, used.code) == (401, "UNAUTHORIZED")
    token = {"refresh_token": second["refresh_token"]}
    assert world.call("customer", "POST", "/v1/auth/logout", token, key=None)["ok"] is True
    assert world.call("customer", "POST", "/v1/auth/refresh", token, key=None).status == 401


def test_an_administrator_logs_in_with_the_password(world: World) -> None:
    body = {"username": "admin", "password": PASSWORD}
    answer = world.call("admin", "POST", "/v1/admin/auth/login", body, key=None)
    assert (answer.status, answer["role"]) == (200, "administrator")
    headers = {"authorization": f"Bearer {answer['access_token']}"}
    assert world.call("admin", "GET", "/v1/admin/orders", headers=headers).status == 200


@pytest.mark.parametrize(
    "body", [{"username": "admin", "password": "wrong"}, {"username": "root", "password": PASSWORD}]
)
def test_a_wrong_password_and_a_wrong_name_read_the_same(world: World, body: dict[str, str]) -> None:
    answer = world.call("admin", "POST", "/v1/admin/auth/login", body, key=None)
    assert (answer.status, answer.code) == (401, "WRONG_PASSWORD")
    assert answer["error"]["details"] == {}


def test_guessing_is_stopped_after_five_tries_even_with_the_right_one(world: World) -> None:
    for _ in range(5):
        body = {"username": "admin", "password": "wrong"}
        assert world.call("admin", "POST", "/v1/admin/auth/login", body, key=None).status == 401
    body = {"username": "admin", "password": PASSWORD}
    answer = world.call("admin", "POST", "/v1/admin/auth/login", body, key=None)
    assert (answer.status, answer.code) == (429, "TOO_MANY_REQUESTS")
