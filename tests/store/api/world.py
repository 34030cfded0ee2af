"""A small world for the API's tests: one district, two services, three providers, two customers, all stored.

`World.call` sends one request to a function as API Gateway would (payload version 2.0) and gives status and JSON.
"""

import base64
import importlib.util
import itertools
import json
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from daojia.accounts import store as accounts
from daojia.accounts.model import Account, Address, Place
from daojia.catalogue import store as catalogue
from daojia.catalogue.model import (
    Area,
    CancellationPolicy,
    Family,
    PriceLine,
    RefundTier,
    Service,
    Street,
)
from daojia.dispatch import waves
from daojia.kernel import secrets
from daojia.kernel.geography import Point
from daojia.kernel.ids import AccountId, OrderId, ProviderId, ServiceId
from daojia.kernel.times import at, local
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction, committed
from daojia.ordering import paying
from daojia.ordering import store as orders
from daojia.ordering.model import Order, WaitKind
from daojia.payments.model import JsapiParams, PaymentFact
from daojia.platform.tokens import CallerRole, access_token
from daojia.providers import store as providers
from daojia.providers.model import Provider, Standing
from daojia.scheduling.model import FULL
from infra.local.identity import password_hash

ROOT = Path(__file__).resolve().parents[3]
HOME = Point(lat=30.505, lng=114.405)
FAR = Point(lat=39.9, lng=116.4)
CLEANING, WINDOWS = ServiceId("daily-cleaning"), ServiceId("window-cleaning")
LI, ZHOU = AccountId("a_customer_li"), AccountId("a_customer_zhou")
WANG, CHEN, LIU = ProviderId(AccountId("a_wang")), ProviderId(AccountId("a_chen")), ProviderId(AccountId("a_liu"))
PASSWORD = "correct horse battery"
TIMING = {
    "PAYMENT_WINDOW": "900",
    "OFFER_WAVE": "60",
    "OFFER_WAVES": "4",
    "ESCALATION_WINDOW": "900",
    "REMINDER_LEAD": "3600",
    "OVERDUE_GRACE": "1800",
    "AUTO_CONFIRM": "86400",
    "SETTLEMENT_DELAY": "604800",
}
CHANNELS = {
    "wechat": {
        "appid": "wxofficial",
        "secret": "official-secret",
        "miniprogram_appid": "wxminiprogram",
        "miniprogram_secret": "mini-secret",
    },
    "wechat_pay": {"mchid": "1900006891"},
    "admin": {"username": "admin", "password_hash": password_hash(PASSWORD)},
}
POLICY = CancellationPolicy(
    name="标准",
    tiers=(
        RefundTier(minutes_before=1440, refund_basis_points=10_000),
        RefundTier(minutes_before=120, refund_basis_points=8_000),
        RefundTier(minutes_before=0, refund_basis_points=5_000),
    ),
)


@dataclass
class Answer:
    """What a function answered."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return self.json["error"]["code"]

    def __getitem__(self, name: str) -> Any:
        return self.json[name]


@dataclass
class FakeWeChat:
    """WeChat's log-in: what each code leads to; answers `down` while it is away."""

    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    down: bool = False
    asked: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, **_: Any) -> Any:
        import urllib3

        self.asked.append(url)
        if self.down:
            raise urllib3.exceptions.ConnectTimeoutError(None, "down")
        code = url.split("js_code=")[1].split("&", maxsplit=1)[0]
        answer = self.codes.pop(code, {"errcode": 40029, "errmsg": "invalid code"})
        return types.SimpleNamespace(status=200, data=json.dumps(answer).encode())


@dataclass
class FakePay:
    """The payment channel: remembers what it was asked for."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    error: Exception | None = None

    def prepay(self, **question: Any) -> JsapiParams:
        if self.error is not None:
            raise self.error
        self.asked.append(question)
        return JsapiParams(
            app_id="wxofficial" if question["app"] == "official" else "wxminiprogram",
            time_stamp="1800000000",
            nonce_str="nonce",
            package="prepay_id=wx1",
            pay_sign="signature",
        )


@cache
def function(name: str) -> types.ModuleType:
    """The entry module of a function, loaded as Lambda loads it: its folder on the path."""
    folder = ROOT / "functions" / name
    sys.path.append(str(folder))
    spec = importlib.util.spec_from_file_location(f"{name}_app", folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def event(
    method: str,
    path: str,
    *,
    body: Any = None,
    headers: dict[str, str] | None = None,
    query: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A request as API Gateway's HTTP API hands it to a function. Bytes are sent as base64, what is not text
    as JSON."""
    if isinstance(body, bytes):
        text: str | None = base64.b64encode(body).decode()
    else:
        text = body if isinstance(body, str) or body is None else json.dumps(body)
    pairs = {key: ",".join(value) if isinstance(value, list) else str(value) for key, value in (query or {}).items()}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "&".join(f"{key}={value}" for key, value in pairs.items()),
        "headers": {"content-type": "application/json", **(headers or {})},
        "queryStringParameters": pairs or None,
        "requestContext": {
            "requestId": "r-1",
            "stage": "$default",
            "http": {"method": method, "path": path, "sourceIp": "203.0.113.9", "userAgent": "test"},
        },
        "body": text,
        "isBase64Encoded": isinstance(body, bytes),
    }


@dataclass
class World:
    """Everything a test needs to talk to the API."""

    wechat: FakeWeChat
    pay: FakePay
    keys: Iterator[int] = field(default_factory=itertools.count)

    def call(
        self,
        api: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: str | None = None,
        role: CallerRole | None = None,
        key: str | None = "fresh",
        **extra: Any,
    ) -> Answer:
        """Send a request. `by` signs it; `key="fresh"` gives every POST an idempotency key of its own."""
        headers = dict(extra.pop("headers", {}))
        if by is not None:
            known_role = role or _role_of(api)
            headers["authorization"] = f"Bearer {access_token(AccountId(by), known_role, clock())}"
        if key is not None and (method == "POST" or key != "fresh"):
            headers["idempotency-key"] = f"k{next(self.keys)}" if key == "fresh" else key
        answer = function(f"{api}_api" if api != "pages" else api).handler(
            event(method, path, body=body, headers=headers, **extra), None
        )
        return Answer(answer["statusCode"], answer.get("headers", {}), answer["body"] or "")

    # -- what others do: payment, offers -----------------------------------------------------------------------------

    def ordered(self, customer: str = LI, **wish: Any) -> str:
        """An order of Li's for tomorrow at three, not paid; its id."""
        answer = self.call(
            "customer", "POST", "/v1/orders", {**order_wish(address_id=f"home-{customer}"), **wish}, by=customer
        )
        assert answer.status == 201, answer.text
        return answer["order_id"]

    def paid(self, **wish: Any) -> str:
        order_id = self.ordered(**wish)
        order = orders.get(order_id)
        fact = PaymentFact(
            out_trade_no=order.payment.out_trade_no,
            transaction_id="4200001",
            amount_fen=order.total_fen,
            paid_at=clock(),
            paid=True,
        )
        committed(lambda tx: paying.receive(fact, tx=tx, now=clock()))
        return order_id

    def offered(self, **wish: Any) -> str:
        order_id = self.paid(**wish)
        committed(lambda tx: waves.advance(orders.get(order_id), tx=tx, now=clock()))
        return order_id

    def accepted(self, provider: str = WANG, **wish: Any) -> str:
        order_id = self.offered(**wish)
        answer = self.call("provider", "POST", f"/v1/provider/orders/{order_id}/grab", by=provider)
        assert answer.status == 200, answer.text
        return order_id

    def in_service(self) -> str:
        order_id = self.accepted()
        code = orders.get(order_id).arrival_code
        answer = self.call("provider", "POST", f"/v1/provider/orders/{order_id}/start", {"code": code}, by=WANG)
        assert answer.status == 200, answer.text
        return order_id

    def finished(self) -> str:
        order_id = self.in_service()
        assert self.call("provider", "POST", f"/v1/provider/orders/{order_id}/finish", by=WANG).status == 200
        return order_id


def order_wish(**changes: Any) -> dict[str, Any]:
    """A wish for tomorrow at three."""
    wish = {"service_id": CLEANING, "start": tomorrow(15).isoformat(), "address_id": f"home-{LI}", "notes": "家里有猫"}
    return {**wish, **changes}


def tomorrow(hour: int) -> datetime:
    return at(local(clock()).date() + timedelta(days=1), hour)


def change(order_id: str, decide: Callable[[Order], Any]) -> Order:
    """Write what a verb decides, as the workflow would."""

    def run(tx: Transaction) -> Order:
        return orders.record(tx, decide(orders.get(OrderId(order_id))))

    return committed(run)


def open_world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Store everybody and everything; put fakes where WeChat would be."""
    for name, value in TIMING.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://daojia.example")
    monkeypatch.setenv(
        "ORDER_LIFECYCLE_ARN", "arn:aws:states:us-east-1:000000000000:stateMachine:daojia-test-order-lifecycle"
    )
    secrets.provide("CHANNELS_SECRET_ARN", json.dumps(CHANNELS))
    for service in services():
        catalogue.save(service)
    catalogue.save(area())
    for provider in people():
        providers.save(provider)
    for account in customers():
        tx = Transaction()
        accounts.create(tx, account)
        tx.commit()
    world = World(FakeWeChat(), FakePay())
    function("customer_api")
    import customer_login  # pyright: ignore[reportMissingImports]

    monkeypatch.setattr(customer_login, "_http", world.wechat)
    monkeypatch.setattr(paying.WeChatPayClient, "of_stage", staticmethod(lambda: world.pay))
    return world


def services() -> list[Service]:
    def service(service_id: ServiceId, name: str, minutes: int, fen: int, **more: Any) -> Service:
        return Service(
            service_id=service_id,
            name=name,
            family=Family.CLEANING,
            category="家庭保洁",
            summary=f"{name}，干净到角落",
            minutes=minutes,
            price_lines=(PriceLine(name="上门费", amount_fen=2000), PriceLine(name=name, amount_fen=fen - 2000)),
            steps=("准备", "清洁", "验收"),
            tools=("吸尘器",),
            commission_basis_points=2000,
            policy=POLICY,
            **more,
        )

    return [
        service(CLEANING, "日常保洁", 120, 12800, synonyms=("打扫卫生", "家政")),
        service(WINDOWS, "擦玻璃", 90, 9900, synonyms=("洗窗户",)),
        service(ServiceId("old-service"), "旧服务", 60, 5000, active=False),
    ]


def area() -> Area:
    corners = ((30.4, 114.3), (30.4, 114.5), (30.6, 114.5), (30.6, 114.3))
    return Area(
        area_id="hongshan",
        city="武汉市",
        district="洪山区",
        polygon=tuple(Point(lat=lat, lng=lng) for lat, lng in corners),
        streets=(Street(name="关山街道", centre=Point(lat=30.5, lng=114.4)),),
        active=True,
    )


def people() -> list[Provider]:
    def provider(provider_id: ProviderId, name: str, lat: float, **more: Any) -> Provider:
        facts: dict[str, Any] = {
            "provider_id": provider_id,
            "name": name,
            "family": Family.CLEANING,
            "gender": "女",
            "phone": "13900001234",
            "years": 6,
            "about": "细致",
            "service_ids": frozenset({CLEANING, WINDOWS}),
            "home": Point(lat=lat, lng=114.4),
            "radius_m": 12_000,
            "hours": (FULL,) * 7,
            "standing": Standing.VERIFIED,
            "rating_hundredths": 487,
            "jobs_done": 320,
            "completion_basis_points": 9_900,
        }
        return Provider(**{**facts, **more})

    return [
        provider(WANG, "王秀兰", 30.50),
        provider(CHEN, "陈桂英", 30.52),
        provider(LIU, "刘小燕", 30.54, standing=Standing.PENDING),
    ]


def customers() -> list[Account]:
    def account(account_id: AccountId, **more: Any) -> Account:
        place = Place(
            point=HOME, area="武汉市洪山区关山街道", detail="阳光花园 7 栋 1203", contact="李女士", phone="13800005678"
        )
        return Account(
            account_id=account_id,
            addresses=(Address(address_id=f"home-{account_id}", label="家", place=place),),
            created_at=clock(),
            **more,
        )

    return [
        account(LI, openid="official-li", miniprogram_openid="mini-li"),
        account(ZHOU, openid="official-zhou"),
        Account(account_id=WANG, openid="official-wang", created_at=clock()),
    ]


def _role_of(api: str) -> CallerRole:
    return {"customer": CallerRole.CUSTOMER, "provider": CallerRole.PROVIDER, "admin": CallerRole.ADMINISTRATOR}[api]


def waiting_for(order_id: str) -> WaitKind:
    """What the order waits for now."""
    return orders.get(order_id).next_wait().kind
