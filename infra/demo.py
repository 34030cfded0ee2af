"""`make demo`: one order from the first chat message to the provider's settled income, on the real stack.

Told step by step; every step is checked, and the exit code is 0 only if every check held. Figures go to
`.local/demo.json`.
"""

import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule

from infra.build import ROOT, BuildError
from infra.local.contents import client
from infra.local.paths import Place
from infra.local.phones import Api, NothingCameError, Phone, links, words
from infra.local.programs import free_port, write_json
from infra.local.stack import LocalStack, wipe

STATE = ROOT / ".local" / "demo"
RESULT = ROOT / ".local" / "demo.json"
DURATIONS = {"OfferWave": "2", "SettlementDelay": "3", "EscalationWindow": "600"}
RACERS = 20
CUSTOMER = {
    "openid": "oDemo0ChenXiaoyu000000000001",
    "miniprogram_openid": "oMini0ChenXiaoyu000000000001",
    "unionid": "uDemo0ChenXiaoyu000000000001",
    "nickname": "陈小雨",
    "phone": "13800001234",
}
HOME = {"lat": 30.5065, "lng": 114.3985, "label": "光谷广场"}


class CheckError(AssertionError):
    """A step did not turn out as it must."""


@dataclass
class Story:
    """Tells, checks and counts."""

    console: Console
    figures: dict[str, float] = field(default_factory=dict)
    checks: int = 0
    began: float = field(default_factory=time.monotonic)

    def chapter(self, title: str) -> None:
        self.console.print(Rule(f"[bold]{title}", style="green", align="left"))

    def says(self, who: str, text: str, style: str = "cyan") -> None:
        head, *rest = text.strip().splitlines() or [""]
        self.console.print(f"  [{style}]{who:　<5}[/]│ {_plain(head)}", highlight=False)
        for line in rest:
            self.console.print(f"  {'':　<5}│ [dim]{_plain(line)}[/]", highlight=False)

    def check(self, what: str, holds: object) -> None:
        self.checks += 1
        if not holds:
            raise CheckError(what)
        self.console.print(f"  [green]✓[/] {_plain(what)}", highlight=False)


def main() -> int:
    console = Console(width=110)
    story = Story(console)
    place = Place(STATE, free_port(24566))
    stack = LocalStack(place, DURATIONS, say=lambda line: console.print(line, highlight=False))
    ok = False
    try:
        story.chapter("The platform comes up on this machine")
        _wipe(place)
        described = stack.up()
        story.figures["ready_s"] = round(time.monotonic() - story.began, 1)
        tell(story, described, stack)
        ok = True
    except (CheckError, NothingCameError, BuildError, AssertionError) as error:
        console.print(f"\n[bold red]✗ {_plain(str(error))}[/]", highlight=False)
    except KeyboardInterrupt:
        console.print("\nStopped.")
    finally:
        stack.down()
    story.figures["total_s"] = round(time.monotonic() - story.began, 1)
    story.figures["checks"] = story.checks
    write_json(RESULT, {"ok": ok, "figures": story.figures, "limits": {"total_s": 120}})
    if ok:
        console.print(Panel(f"Every one of {story.checks} checks held, {story.figures['total_s']} s.", style="green"))
    return 0 if ok else 1


@dataclass
class Order:
    """The order of the story, its customer, and an administrator's view of it."""

    stack: dict[str, Any]
    customer: Phone
    admin: Api
    number: str
    order_id: str

    def seen(self) -> dict[str, Any]:
        """Everything about it, now."""
        return dict(self.admin.get(f"/v1/admin/orders/{self.order_id}"))

    def where(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any] | None:
        seen = self.seen()
        return seen if wanted(seen) else None


def tell(story: Story, stack: dict[str, Any], local: LocalStack) -> None:
    """The whole road."""
    customer = _newcomer(stack)
    number, pay_link = book(story, customer)
    admin = Api.administrator(stack)
    order_id = str(admin.get("/v1/admin/orders", number=number)["items"][0]["order_id"])
    order = Order(stack, customer, admin, number, order_id)
    pay(story, order, pay_link)
    phones = ask(story, order)
    winner, code = race(story, order, phones)
    visit(story, order, winner, code)
    settle(story, order, winner, local)


# -- booking -----------------------------------------------------------------------------------------------------------


def book(story: Story, customer: Phone) -> tuple[str, str]:
    """From following to an order with a way to pay; its number and the link."""
    story.chapter("A customer books by chat")
    _say(story, customer, "", customer.follow)
    asked = _speak(story, customer, "明天下午三点约个日常保洁，家里有猫")
    story.check(
        "service, time and note were understood; only the place is asked for", "地址" in asked or "哪里" in asked
    )
    asked = _say(story, customer, f"[位置] {HOME['label']}", lambda: customer.send_location(**HOME))
    story.check("the place lies in the service area and is named by district and street", "区" in asked)
    asked = _speak(story, customer, "阳光花园 3 栋 1203")
    story.check("then only who is there is asked for", "手机" in asked)
    card = _speak(story, customer, "陈女士 13800001234")
    story.check(
        "the proposal shows service, time, note, price lines and policy", _has(card, "日常保洁", "15:00", "猫", "¥")
    )
    card = _speak(story, customer, "不对，改成后天下午四点")
    story.check("a correction changes the proposal and nothing else", _has(card, "后天", "16:00", "猫"))
    twice: list[dict[str, Any]] = []

    def confirm_twice() -> str:
        twice.append(customer.send("text", content="确认", duplicate=2))
        return str(twice[0]["reply"]["content"])

    story.says(customer.name, "确认")
    placed = _say(story, customer, "", confirm_twice)
    found = re.search(r"订单(?:号)?\s*(\d{4,7})", placed)
    story.check("confirming places the order and sends the way to pay", found and links(placed))
    assert found is not None
    copies = [copy["reply"]["content"] for copy in twice[0]["copies"]]
    story.check("WeChat delivered that message twice: the same answer to both", copies and set(copies) == {placed})
    listed = _speak(story, customer, "我的订单")
    story.check("「我的订单」 knows exactly one order", listed.count(found[1]) == 1)
    return found[1], links(placed)[0]


def pay(story: Story, order: Order, link: str) -> None:
    """The pay page, WeChat's pay sheet, the callback."""
    story.chapter("She pays in WeChat")
    page = order.customer.page(link)
    story.check("the link opens the pay page", page.status_code == 200 and "日常保洁" in page.text)
    paid = order.customer.pay(link)
    story.check("WeChat's pay sheet verifies our signature and takes the money", paid["errMsg"] == "requestPayment:ok")
    _receive(story, order.customer, "付款成功")
    seen = order.seen()
    story.check("the signed callback was booked", seen["payment"]["state"] == "PAID")
    _check_books(story, seen)


# -- dispatch ----------------------------------------------------------------------------------------------------------


def ask(story: Story, order: Order) -> list[tuple[Phone, str]]:
    """Wave after wave is pushed; the phones of the first twenty asked, each with its grab link, in order of asking."""
    story.chapter(f"Providers nearby are asked; {RACERS} grab at the same moment")
    people = {each["account_id"]: each for each in order.stack["demo"]["providers"]}

    def asked() -> list[str]:
        return [row["provider_id"] for sheet in order.seen()["sheets"] for row in sheet["rows"] if row["asked"]]

    _until(lambda: len(asked()) >= RACERS, "offers to twenty providers")
    phones = [Phone(order.stack, people[each]["openid"], people[each]["name"]) for each in asked()[:RACERS]]
    for phone in phones:
        phone.seen = 0
    cards = [phone.await_message(order.number) for phone in phones]
    _show(story, phones[0].name, cards[0])
    story.check(f"each of {RACERS} providers got a push with service, time, district and income", all(cards))
    story.check("no push shows the address or the customer", not any("1203" in words(card) for card in cards))
    return [(phone, links(card)[0]) for phone, card in zip(phones, cards, strict=True)]


def race(story: Story, order: Order, phones: list[tuple[Phone, str]]) -> tuple[Phone, str]:
    """Twenty grab at once, each in one of three ways; the winner, and the arrival code the customer was given."""
    grab = f"/v1/provider/orders/{order.order_id}/grab"
    sessions = [phone.login() for phone, _ in phones[10:15]]
    ways: list[Callable[[], object]] = [
        *(lambda phone=phone: phone.say(f"抢 {order.number}") for phone, _ in phones[:10]),
        *(lambda api=api: api.request("POST", grab, {}) for api in sessions),
        *(lambda phone=phone, link=link: phone.page(link, "POST") for phone, link in phones[15:]),
    ]
    begin = time.monotonic()
    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(lambda way: way(), ways))
    story.figures["race_of_20_s"] = round(time.monotonic() - begin, 2)
    seen = order.seen()
    story.figures["winners"] = _count(seen, "OrderAccepted")
    story.check("ten by chat, five by API, five by signed link: exactly one won", story.figures["winners"] == 1)
    story.check("one answer says so, nineteen say no", sum(_won(answer) for answer in answers) == 1)
    people = {each["openid"]: each["account_id"] for each in order.stack["demo"]["providers"]}
    winner, link = next(each for each in phones if people[each[0].openid] == seen["provider_id"])
    for phone, _ in phones:
        if phone is not winner:
            phone.await_message("抢走")
    story.check("the nineteen others were told by push", True)
    winner.page(link, "POST")
    story.check("the winner's link, used again, grabs nothing more", _count(order.seen(), "OrderAccepted") == 1)
    job = _speak(story, winner, "我的单")
    story.check("only now the winner sees address, note and a masked phone", _has(job, "1203", "猫", "138****1234"))
    told = _receive(story, order.customer, "接了您的订单")
    found = re.search(r"上门码[：:]\s*(\d{4})", words(told))
    story.check("the customer has an arrival code", found)
    assert found is not None
    return winner, found[1]


def _won(answer: object) -> bool:
    if isinstance(answer, str):
        return "抢到" in answer or "是您的" in answer or "✅" in answer
    response: Any = answer
    return bool(response.status_code == 200 and response.json().get("ok", True))


# -- the visit ---------------------------------------------------------------------------------------------------------


def visit(story: Story, order: Order, provider: Phone, code: str) -> None:
    """Depart, start with the code, finish; the customer is content."""
    story.chapter("The visit")
    _speak(story, provider, f"出发 {order.number}")
    _receive(story, order.customer, "出发")
    refused = _speak(story, provider, f"开始 {(int(code) + 1) % 10000:04d}")
    story.check("a wrong arrival code does not open the door", "不对" in refused)
    _speak(story, provider, f"开始 {code}")
    _receive(story, order.customer, "服务中")
    _speak(story, provider, "完成")
    _receive(story, order.customer, "待确认")
    _speak(story, order.customer, "确认")
    story.check("the customer is content", _count(order.seen(), "OrderConfirmed") == 1)


def settle(story: Story, order: Order, provider: Phone, local: LocalStack) -> None:
    """Earned, released, paid out, once."""
    story.chapter("The money")
    seen = order.seen()
    _check_books(story, seen)
    total, earned, commission = (seen[name] for name in ("total_fen", "earned_fen", "commission_fen"))
    story.check(
        f"¥{total / 100:.2f} = ¥{earned / 100:.2f} for the provider + ¥{commission / 100:.2f} commission",
        earned + commission == total and earned > 0,
    )
    _until(lambda: order.where(lambda it: _count(it, "IncomeReleased")), "the settlement delay")
    workflows = client(local.place, "stepfunctions")
    machines = workflows.list_state_machines()["stateMachines"]
    arn = next(each["stateMachineArn"] for each in machines if each["name"].endswith("settlement"))
    for run in ("first", "second"):
        execution = workflows.start_execution(stateMachineArn=arn, input="{}")["executionArn"]
        ended = _until(lambda at=execution: _ended(workflows, at), f"the {run} settlement run", 60)
        story.check(f"the {run} settlement run ends well", ended == "SUCCEEDED")
    _receive(story, provider, "收款")
    transfer = provider.confirm_transfer()
    story.check("one transfer of exactly the income waited; she accepts it", transfer["transfer_amount"] == earned)
    yuan = f"{earned / 100:.2f}".removesuffix(".00")

    def paid_out() -> str | None:
        answer = provider.say("收入")
        return answer if f"已到账：¥{yuan}" in answer else None

    story.says(provider.name, "收入")
    story.says("到家", _until(paid_out, "the paid out income"), "green")
    final = order.seen()
    _check_books(story, final)
    story.check("the order's workflow is at its end", final["waits_for"] == "CLOSED")
    story.console.print()
    for event in final["timeline"]:
        story.console.print(f"  [dim]{event['at'][11:19]}[/]  {event['text']}", highlight=False)


# -- small things ------------------------------------------------------------------------------------------------------


def _newcomer(stack: dict[str, Any]) -> Phone:
    httpx.post(f"{stack['simulators']['wechat']}/_users", json=[CUSTOMER], trust_env=False).raise_for_status()
    return Phone(stack, CUSTOMER["openid"], CUSTOMER["nickname"])


def _speak(story: Story, phone: Phone, text: str, **options: Any) -> str:
    return _say(story, phone, text, lambda: phone.say(text, **options))


def _say(story: Story, phone: Phone, shown: str, act: Callable[[], str]) -> str:
    if shown:
        story.says(phone.name, shown)
    begin = time.monotonic()
    answer = act()
    slowest = max(story.figures.get("slowest_chat_answer_s", 0), time.monotonic() - begin)
    story.figures["slowest_chat_answer_s"] = round(slowest, 2)
    story.says("到家", answer, "green")
    return answer


def _receive(story: Story, phone: Phone, wanted: str) -> dict[str, Any]:
    message = phone.await_message(lambda m: m["via"] != "reply" and wanted in words(m))
    _show(story, phone.name, message)
    return message


def _show(story: Story, name: str, message: dict[str, Any]) -> None:
    story.says(f"→ {name}", words(message), "magenta")


def _has(text: str, *parts: str) -> bool:
    return all(part in text for part in parts)


def _plain(text: str) -> str:
    return re.sub(r"<a href=\"[^\"]+\">(.*?)</a>", r"\1", text).replace("[", "\\[")


def _count(order: dict[str, Any], name: str) -> int:
    return sum(event["name"] == name for event in order["timeline"])


def _check_books(story: Story, order: dict[str, Any]) -> None:
    """Double entry: over all accounts the order's postings sum to zero, and none but the outside is below."""
    sums: dict[str, int] = {}
    for posting in order["postings"]:
        sums[posting["source"]] = sums.get(posting["source"], 0) - posting["amount_fen"]
        sums[posting["destination"]] = sums.get(posting["destination"], 0) + posting["amount_fen"]
    below = [name for name, amount in sums.items() if amount < 0 and not name.startswith("channel:")]
    shown = "  ".join(f"{name.split(':')[0]} {amount / 100:+.2f}" for name, amount in sums.items())
    story.check(f"the ledger sums to zero: {shown}", sum(sums.values()) == 0 and not below)


def _ended(workflows: Any, arn: str) -> str | None:
    status = workflows.describe_execution(executionArn=arn)["status"]
    return None if status == "RUNNING" else str(status)


def _until(look: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise CheckError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.2)


def _wipe(place: Place) -> None:
    place.state.mkdir(parents=True, exist_ok=True)
    wipe(place)


if __name__ == "__main__":
    sys.exit(main())
