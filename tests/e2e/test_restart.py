"""A stack that is told to stop in the middle of an order and started again finishes that order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.phones import Phone, links, words
from infra.local.programs import free_port, is_free
from tests.e2e.own_stack import OwnStack, is_function, memory_mb, processes
from tests.e2e.town import Town, asked, balances, happened

AT_REST_MB = 1500
READY_AGAIN_SECONDS = 20
NOISE = 2
"""This machine may be busy with other things."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[OwnStack]:
    stack = OwnStack(tmp_path / "stack", free_port(16566), ("OfferWave=600", "SettlementDelay=2"))
    yield stack
    stack.down()


def test_orders_go_on_after_the_stack_was_stopped_in_the_middle(own: OwnStack) -> None:
    before, _ = own.up("--fresh")
    town = Town.of(before)
    customer, undecided, hasty = town.stranger("陈小雨"), town.stranger("周到"), town.stranger("马快")
    order = town.paid(customer)
    number, order_id = order["number"], order["order_id"]
    provider = town.phone_of(asked(order)[0])
    grab_link = links(provider.await_message(number))[0]
    session = provider.login()
    unpaid_number, pay_link = town.book(undecided)
    unpaid = town.order_id(unpaid_number)
    hasty_number, hasty_link = town.book(hasty)
    history = [words(message) for message in customer.messages()]

    hasty.pay(hasty_link)
    own.terminate()
    assert all(is_free(own.port + offset) for offset in (0, 1, 2, 10))
    assert not (own.state / "stack.json").exists()

    after, seconds = own.up()
    assert after == before, "the same addresses, keys, tables and people"
    assert seconds < READY_AGAIN_SECONDS * NOISE, f"{seconds:.1f} s although nothing changed"
    running = processes(own.state)
    at_rest = sum(memory_mb(process) for process in running if not is_function(process))
    assert sum(memory_mb(process) for process in running) < AT_REST_MB
    assert at_rest < AT_REST_MB / 2, "without the functions, which come and go"

    assert [words(message) for message in customer.messages()][: len(history)] == history
    assert number in [offer["number"] for offer in session.get("/v1/provider/offers")["items"]], "the session is kept"
    assert provider.page(grab_link, "POST").json()["ok"] is True, "so is the link"
    visit(town, customer, provider, order_id, number)

    undecided.pay(pay_link)
    for each in (unpaid, town.order_id(hasty_number)):
        paid = town.await_order(each, lambda it: bool(asked(it)), "offers for what was paid later, or just then")
        assert happened(paid, "OrderPaid") == 1
        assert balances(paid)["channel:wechat_pay"] == -paid["total_fen"]


def visit(town: Town, customer: Phone, provider: Phone, order_id: str, number: str) -> None:
    """From the acceptance to the released income."""
    told = customer.await_message(lambda message: "上门码" in words(message) and number in words(message))
    code = words(told).split("上门码")[1].lstrip("：: ")[:4]
    assert "已出发" in provider.say(f"出发 {number}")
    customer.await_message("出发")
    assert "开始服务" in provider.say(f"开始 {number} {code}")
    assert "辛苦了" in provider.say(f"完成 {number}")
    customer.await_message("待确认")
    assert "谢谢确认" in customer.say("确认")
    released = town.await_order(order_id, lambda it: happened(it, "IncomeReleased") == 1, "the settlement delay")
    assert [event["name"] for event in released["timeline"]] == [
        "OrderPlaced",
        "OrderPaid",
        "OffersSent",
        "OrderAccepted",
        "ProviderDeparted",
        "VisitStarted",
        "VisitFinished",
        "OrderConfirmed",
        "IncomeReleased",
    ], "each once, none lost"
    held = balances(released)
    assert sum(held.values()) == 0
    assert released["earned_fen"] + released["commission_fen"] == released["total_fen"]
