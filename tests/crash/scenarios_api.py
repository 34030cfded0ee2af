"""The commands of the customers', providers' and administrators' APIs."""

from datetime import timedelta
from typing import Any

from daojia.accounts import codes
from daojia.catalogue import store as catalogue
from daojia.catalogue.model import Part
from daojia.kernel.ids import ServiceId
from daojia.kernel.times import seconds
from daojia.kernel.transaction import Transaction
from tests.crash import stages
from tests.crash.scenario import Act, Scenario, admin, code, customer, provider, wrong
from tests.crash.setting import PASSWORD
from tests.crash.stages import CHEN, WANG, Stage
from tests.crash.world import World
from tests.store.builders import a_service

PHONE = "13900001111"
PAY = {"channel": "wechat_pay"}
ADDRESS = {
    "label": "公司",
    "point": {"lat": 30.55, "lng": 114.33},
    "detail": "光谷 1 号",
    "contact": "李",
    "phone": "13800005678",
}


def _log_in(world: World) -> Any:
    """A code of WeChat's is good once: who tries again gets another."""
    code = f"code-{world.attempt}"
    world.outside.people.codes[code] = {"openid": "m_zhou", "unionid": "u_zhou"}
    return world.http("customer", "POST", "/v1/auth/wechat", {"code": code})


def _wants_code(world: World) -> Any:
    return world.http("customer", "POST", "/v1/auth/phone/code", {"phone": PHONE})


def _a_minute_passes(world: World) -> None:
    """A number gets one code a minute: who tries again waits for it."""
    world.now += timedelta(seconds=61)


def _phone_log_in(world: World) -> Any:
    """A code is good once: who tries again has another."""
    code = f"00000{world.attempt}"
    tx = Transaction()
    key, code_hash = codes._key(PHONE), codes._hash(PHONE, code)
    tx.put(codes.CodeItem(key=key, code_hash=code_hash, tries=0, expires_at=seconds(world.now) + 300))
    tx.commit()
    return world.http("customer", "POST", "/v1/auth/phone", {"phone": PHONE, "code": code})


def _session(api: str, path: str, body: Any) -> Stage:
    """Logged in; the refresh token is kept in the world."""

    def logged_in(world: World) -> None:
        stages.reach(world, stages.town)
        world.outside.people.codes["code"] = {"openid": "m_zhou"}
        status, session = world.http(api, "POST", path, body)
        assert status == 200, session
        world.refresh_token = session["refresh_token"]

    return logged_in


AS_CUSTOMER = _session("customer", "/v1/auth/wechat", {"code": "code"})
AS_ADMIN = _session("admin", "/v1/admin/auth/login", {"username": "admin", "password": PASSWORD})


def _with_token(api: str, path: str) -> Act:
    return lambda world: world.http(api, "POST", path, {"refresh_token": world.refresh_token})


SERVICE = {
    "name": "地毯清洗",
    "family": "cleaning",
    "category": "专项清洁",
    "summary": "地毯吸尘、除渍、蒸汽清洗。",
    "minutes": 90,
    "price_lines": [{"name": "清洗", "amount_fen": 8000}],
    "steps": ["吸尘"],
    "tools": ["蒸汽机"],
    "commission_basis_points": 1800,
    "policy": {"name": "标准", "tiers": []},
}
AREA = {
    "city": "黄冈市",
    "district": "黄州区",
    "polygon": [{"lat": 31.0, "lng": 115.0}, {"lat": 31.0, "lng": 115.1}, {"lat": 31.1, "lng": 115.1}],
}
PARTS = [{"service_id": "daily-cleaning"}, {"service_id": "windows"}]
PACKAGE = {**SERVICE, "name": "套餐", "includes": PARTS}


def packaged(world: World) -> None:
    """Two services and a package of both."""
    stages.reach(world, stages.town)
    windows = a_service(service_id=ServiceId("windows"), name="擦玻璃", synonyms=())
    catalogue.save(windows)
    parts = tuple(Part(service_id=ServiceId(each["service_id"])) for each in PARTS)
    catalogue.save(windows.model_copy(update={"service_id": ServiceId("p_1"), "name": "套餐", "includes": parts}))


API = [
    Scenario("log in", stages.town, _log_in),
    Scenario("ask for a code", stages.town, _wants_code, meanwhile=_a_minute_passes),
    Scenario("log in by phone", stages.town, _phone_log_in),
    Scenario("change my name", stages.town, customer("PATCH", "/v1/me", {"nickname": "小李"})),
    Scenario("refresh", AS_CUSTOMER, _with_token("customer", "/v1/auth/refresh"), same_answer=False),
    Scenario("log out", AS_CUSTOMER, _with_token("customer", "/v1/auth/logout")),
    Scenario(
        "quote", stages.town, customer("POST", "/v1/quotes", {k: v for k, v in stages.WISH.items() if k != "notes"})
    ),
    Scenario("place", stages.town, customer("POST", "/v1/orders", stages.WISH)),
    Scenario(
        "place for a named one", stages.town, customer("POST", "/v1/orders", {**stages.WISH, "provider_id": WANG})
    ),
    Scenario("pay", stages.placed, customer("POST", "/v1/orders/{order}/pay", PAY)),
    Scenario("cancel unpaid", stages.placed, customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"})),
    Scenario("cancel with time held", stages.named, customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"})),
    Scenario("cancel paid", stages.offered, customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"})),
    Scenario(
        "cancel while it is grabbed",
        stages.offered,
        customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"}),
        meanwhile=provider("POST", "/v1/provider/orders/{order}/grab"),
    ),
    Scenario("propose to cancel", stages.accepted, customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"})),
    Scenario("confirm", stages.finished, customer("POST", "/v1/orders/{order}/confirm")),
    Scenario("add an address", stages.town, customer("POST", "/v1/addresses", ADDRESS)),
    Scenario("change an address", stages.town, customer("PATCH", "/v1/addresses/home", {"detail": "8 栋 1"})),
    Scenario("remove an address", stages.town, customer("DELETE", "/v1/addresses/home"), same_answer=False),
    Scenario("grab", stages.offered, provider("POST", "/v1/provider/orders/{order}/grab")),
    Scenario(
        "grab while another does",
        stages.offered,
        provider("POST", "/v1/provider/orders/{order}/grab"),
        meanwhile=provider("POST", "/v1/provider/orders/{order}/grab", by=CHEN),
    ),
    Scenario("accept", stages.named_and_offered, provider("POST", "/v1/provider/orders/{order}/accept")),
    Scenario("decline", stages.offered, provider("POST", "/v1/provider/orders/{order}/decline")),
    Scenario(
        "decline as the named one", stages.named_and_offered, provider("POST", "/v1/provider/orders/{order}/decline")
    ),
    Scenario("depart", stages.accepted, provider("POST", "/v1/provider/orders/{order}/depart")),
    Scenario("start", stages.on_the_way, lambda w: provider("POST", "/v1/provider/orders/{order}/start", code(w))(w)),
    Scenario(
        "start with a wrong code",
        stages.on_the_way,
        lambda w: provider("POST", "/v1/provider/orders/{order}/start", {"code": wrong(w)})(w),
    ),
    Scenario("finish", stages.working, provider("POST", "/v1/provider/orders/{order}/finish")),
    Scenario(
        "withdraw", stages.on_the_way, provider("POST", "/v1/provider/orders/{order}/withdraw", {"reason": "病了"})
    ),
    Scenario(
        "agree to a cancellation",
        stages.proposed,
        provider("POST", "/v1/provider/orders/{order}/answer-cancellation", {"agree": True}),
    ),
    Scenario("rest", stages.town, provider("PATCH", "/v1/provider/profile", {"resting": True})),
    Scenario(
        "admin: log in",
        stages.town,
        lambda w: w.http("admin", "POST", "/v1/admin/auth/login", {"username": "admin", "password": PASSWORD}),
    ),
    Scenario("admin: refresh", AS_ADMIN, _with_token("admin", "/v1/admin/auth/refresh"), same_answer=False),
    Scenario("admin: log out", AS_ADMIN, _with_token("admin", "/v1/admin/auth/logout")),
    Scenario(
        "admin: assign", stages.escalated, admin("POST", "/v1/admin/orders/{order}/assign", {"provider_id": CHEN})
    ),
    Scenario(
        "admin: assign instead of the named one",
        stages.named_and_offered,
        admin("POST", "/v1/admin/orders/{order}/assign", {"provider_id": CHEN}),
    ),
    Scenario("admin: arbitrate", stages.proposed, admin("POST", "/v1/admin/orders/{order}/arbitrate", {"agree": True})),
    Scenario("admin: renew the code", stages.on_the_way, admin("POST", "/v1/admin/orders/{order}/renew-code", {})),
    Scenario("admin: cancel", stages.on_the_way, admin("POST", "/v1/admin/orders/{order}/cancel", {"reason": "停电"})),
    Scenario("admin: new service", stages.town, admin("POST", "/v1/admin/services", SERVICE)),
    Scenario("admin: new area", stages.town, admin("POST", "/v1/admin/areas", AREA)),
    Scenario("admin: area", stages.town, admin("PATCH", "/v1/admin/areas/wuchang", {"revision": 1, "active": False})),
    Scenario("admin: city", stages.town, admin("POST", "/v1/admin/areas/switch", {"city": "武汉市", "active": False})),
    Scenario("admin: new package", packaged, admin("POST", "/v1/admin/packages", {**PACKAGE, "name": "大套餐"})),
    *(
        Scenario(f"admin: {method} {path}{name}", packaged, admin(method, f"/v1/admin/{path}{name}", body))
        for path in ("services/daily-cleaning", "packages/p_1")
        for method, name, body in (
            ("PATCH", "", {"revision": 1, "summary": "新的简介。"}),
            ("POST", "/retire", {"revision": 1}),
            ("POST", "/restore", {"revision": 1}),
        )
    ),
]
