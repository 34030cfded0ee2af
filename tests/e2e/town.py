"""People nobody here knows, and what they bring about through WeChat's rules and the HTTP API alone."""

import itertools
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

from infra.local.phones import Api, Phone, links, words
from tests.stack import until

SHANGHAI = timezone(timedelta(hours=8))
SQUARE = {"lat": 30.5065, "lng": 114.3985}
"""A place in the middle of the served city (GCJ-02)."""
STREET = "武汉市洪山区关山街道"
DOOR = "阳光花园 3 栋 1203"
SERVICE = "日常保洁"
Order = dict[str, Any]


@dataclass
class Visit:
    """An order somebody has taken: who lives there, who comes, and the code at the door."""

    customer: Phone
    provider: Phone
    order_id: str
    number: str
    code: str


@dataclass
class Town:
    """The running stack with its demo people, and strangers as many as a test needs."""

    stack: dict[str, Any]
    admin: Api
    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    _hours: Iterator[int] = field(default_factory=lambda: itertools.count(int(time.time()) % 300))

    @classmethod
    def of(cls, stack: dict[str, Any]) -> "Town":
        town = cls(stack, Api.administrator(stack))
        town.providers = {each["account_id"]: each for each in stack["demo"]["providers"]}
        town.services = {each["name"]: each for each in Api(stack).get("/v1/services")["items"]}
        return town

    # -- people -------------------------------------------------------------------------------------------------------

    def stranger(self, name: str = "王晓敏") -> Phone:
        """Somebody the platform has never heard of, who does not follow the account yet."""
        tag = uuid.uuid4().hex[:24]
        person = {
            "openid": f"oE2E{tag}",
            "miniprogram_openid": f"oMin{tag}",
            "unionid": f"uE2E{tag}",
            "nickname": name,
            "phone": f"139{int(tag[:7], 16) % 10**8:08d}",
        }
        answer = httpx.post(f"{self.stack['simulators']['wechat']}/_users", json=[person], trust_env=False)
        answer.raise_for_status()
        return Phone(self.stack, person["openid"], name)

    def phone_of(self, provider_id: str) -> Phone:
        """A demo provider's phone, from which nothing was read yet."""
        person = self.providers[provider_id]
        phone = Phone(self.stack, person["openid"], person["name"])
        phone.seen = 0
        return phone

    def start(self) -> datetime:
        """A whole hour no other test of this run asks for, more than a week ahead."""
        hour = next(self._hours)
        day = (datetime.now(SHANGHAI) + timedelta(days=8 + hour // 7 % 45)).replace(minute=0, second=0, microsecond=0)
        return day.replace(hour=9 + hour % 7)

    # -- orders by chat -----------------------------------------------------------------------------------------------

    def propose(
        self, phone: Phone, start: datetime | None = None, *, service: str = SERVICE, notes: str = "没有"
    ) -> str:
        """Answer the questions until the proposal is shown; the proposal."""
        phone.say(f"{spoken(start or self.start())}约{service}")
        phone.say(STREET)
        phone.say(DOOR)
        phone.say("王女士 13900001111")
        return phone.say(notes)

    def book(self, phone: Phone, start: datetime | None = None) -> tuple[str, str]:
        """An order by chat that waits for its payment: its number and the way to pay."""
        assert "请核对" in self.propose(phone, start)
        placed = phone.say("确认")
        return number_in(placed), links(placed)[0]

    def paid(self, phone: Phone, start: datetime | None = None) -> Order:
        """An order by chat, paid, for which providers are being asked."""
        number, link = self.book(phone, start)
        phone.pay(link)
        order_id = self.order_id(number)
        return self.await_order(order_id, lambda order: bool(asked(order)), "offers to providers")

    def accepted(self, start: datetime | None = None) -> Visit:
        """An order that was booked, paid and grabbed, all by chat."""
        customer = self.stranger()
        order = self.paid(customer, start)
        provider = self.phone_of(asked(order)[0])
        assert "抢到了" in provider.say(f"抢 {order['number']}")
        told = customer.await_message(lambda message: "上门码" in words(message) and order["number"] in words(message))
        code = re.search(r"上门码[：:]\s*(\d{4})", words(told))
        assert code, words(told)
        return Visit(customer, provider, order["order_id"], order["number"], code[1])

    # -- orders by API ------------------------------------------------------------------------------------------------

    def address(self, api: Api) -> str:
        """A new address of a customer."""
        wish = {"label": "家", "point": SQUARE, "detail": DOOR, "contact": "王女士", "phone": "13900001111"}
        return str(api.post("/v1/addresses", wish)["address_id"])

    def wish(self, api: Api, **more: Any) -> dict[str, Any]:
        """The body of an order nobody else competes for."""
        return {
            "service_id": self.services[SERVICE]["service_id"],
            "start": self.start().isoformat(),
            "address_id": self.address(api),
            **more,
        }

    # -- what became of it --------------------------------------------------------------------------------------------

    def order_id(self, number: str) -> str:
        found = self.admin.get("/v1/admin/orders", number=number)["items"]
        return str(found[0]["order_id"])

    def order(self, order_id: str) -> Order:
        return dict(self.admin.get(f"/v1/admin/orders/{order_id}"))

    def await_order(self, order_id: str, wanted: Callable[[Order], bool], what: str, *, seconds: float = 30) -> Order:
        def look() -> Order | None:
            order = self.order(order_id)
            return order if wanted(order) else None

        found = until(look, seconds=seconds, what=what)
        assert found is not None
        return found

    def call_off(self, order_id: str) -> None:
        """Leave no open search behind."""
        self.admin.request("POST", f"/v1/admin/orders/{order_id}/cancel", {"reason": "测试结束"})


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check a refusal: status, code, a sentence for people; its details."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == code, error
    assert error["message"]
    return dict(error["details"])


def asked(order: Order) -> list[str]:
    """The providers an order was offered to, the first wave first."""
    return [row["provider_id"] for sheet in order["sheets"] for row in sheet["rows"] if row["asked"]]


def happened(order: Order, name: str) -> int:
    """How often an event stands in an order's timeline."""
    return sum(event["name"] == name for event in order["timeline"])


def balances(order: Order) -> dict[str, int]:
    """What an order's ledger lines leave on each kind of account, in fen; they sum to zero by construction."""
    sums: dict[str, int] = {}
    for posting in order["postings"]:
        sums[posting["source"]] = sums.get(posting["source"], 0) - posting["amount_fen"]
        sums[posting["destination"]] = sums.get(posting["destination"], 0) + posting["amount_fen"]
    return {name: fen for name, fen in sums.items() if fen}


def spoken(start: datetime) -> str:
    """A start as somebody would write it."""
    return f"{start.month}月{start.day}日{clock(start)}"


def clock(start: datetime) -> str:
    """A full hour in words that mean one thing: 九点 alone may be in the evening."""
    return f"上午{start.hour}点" if start.hour < 12 else f"下午{start.hour - 12 or 12}点"


def number_in(text: str) -> str:
    """The order number in an answer."""
    found = re.search(r"订单\s*(\d{4,7})", text)
    assert found, text
    return found[1]
