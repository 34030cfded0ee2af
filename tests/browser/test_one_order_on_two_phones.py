"""One order from the first sentence to the booked income, played on the two phones of the page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.phones_page import PhonesPage


@pytest.mark.feature("C19")
@pytest.mark.feature("B2")
@pytest.mark.feature("B3")
@pytest.mark.feature("B4")
@pytest.mark.feature("B13")
@pytest.mark.feature("P2")
def test_an_order_is_booked_paid_grabbed_done_and_confirmed_on_the_two_phones(phones: PhonesPage) -> None:
    phones.screenshot("1-hello")
    number = phones.book("明天下午三点约个日常保洁，家里有猫")
    phones.await_state("PENDING_PAYMENT")
    phones.await_step("AwaitPayment")
    assert number in phones.customer.last.inner_text()
    phones.screenshot("2-booked")

    phones.pay()
    phones.await_state("PENDING_ACCEPTANCE")
    phones.await_event("OrderPaid")
    phones.await_event("OffersSent")
    phones.await_step("AwaitGrab")
    expect(phones.order.locator(".candidate").first).to_be_visible()
    expect(phones.order.locator(".badge")).to_contain_text("¥0.00")

    phones.hop_to_offer()
    card = phones.provider.offer(number)
    expect(card.get_by_role("button", name="抢单")).to_be_enabled()
    phones.screenshot("3-offered")
    card.get_by_role("button", name="抢单").click()
    expect(card.locator(".grab")).to_have_text("已抢到")
    phones.await_state("ACCEPTED")
    expect(phones.order.locator(".candidate.is-won")).to_be_visible()
    told = phones.customer.await_text("上门码").inner_text()
    code = re.search(r"上门码：\s*(\d{4})", told)
    assert code, told
    phones.provider.await_text("地址")
    phones.screenshot("4-grabbed")

    phones.provider.type(f"出发 {number}")  # by number: other tests may have left this person other jobs
    phones.await_state("EN_ROUTE")
    wrong = f"{(int(code[1]) + 1) % 10_000:04d}"
    assert "不对" in phones.provider.type(f"开始 {number} {wrong}")
    phones.await_event("ArrivalCodeRefused")
    phones.provider.type(f"开始 {number} {code[1]}")
    phones.await_state("IN_SERVICE")
    phones.await_step("AwaitFinish")
    phones.screenshot("5-in-service")

    phones.provider.type(f"完成 {number}")
    phones.await_state("COMPLETED")
    phones.await_step("AwaitConfirmation")
    phones.customer.type(f"确认 {number}")
    if "确认" in phones.customer.choices():
        phones.customer.tap("确认")
    phones.await_event("OrderConfirmed")
    phones.await_step("AwaitSettlementDelay")
    expect(phones.order.locator(".postings li")).to_have_count(3)
    expect(phones.order.locator(".postings")).to_contain_text("师傅待结算")
    expect(phones.order.locator(".postings")).to_contain_text("平台佣金")
    badge = phones.order.locator(".badge")
    expect(badge).to_have_text("借贷合计 ¥0.00")
    expect(badge).not_to_have_class(re.compile("is-wrong"))
    assert "待结算" in phones.provider.type("收入")
    phones.screenshot("6-confirmed")


@pytest.mark.feature("C11")
def test_turning_away_from_the_pay_sheet_leaves_the_order_unpaid_and_payable(phones: PhonesPage) -> None:
    phones.customer.hold(_other(phones, 1))
    phones.await_people()
    phones.book("后天上午十点约个日常保洁")
    phones.customer.feed.get_by_role("link").filter(has_text="付款").last.click()
    phones.customer.browser().locator("#pay").click()
    phones.customer.root.get_by_role("dialog", name="付款").get_by_role("button", name="关闭").click()
    expect(phones.customer.browser().locator("#hint")).to_have_class(re.compile("bad"))
    phones.await_state("PENDING_PAYMENT")
    phones.customer.browser().locator("#pay").click()
    phones.customer.root.locator("[data-pay=start]").click()
    phones.customer.root.locator("[data-pay=password]").click()
    for digit in "123456":
        phones.customer.root.locator(".keypad").get_by_role("button", name=digit, exact=True).click()
    phones.customer.root.locator("[data-pay=done]").click()
    phones.await_state("PENDING_ACCEPTANCE")


@pytest.mark.feature("C10")
@pytest.mark.feature("B2")
def test_a_cancelled_order_shows_its_money_going_back(phones: PhonesPage) -> None:
    phones.customer.hold(_other(phones, 2))
    phones.await_people()
    phones.book("大后天下午两点约个日常保洁")
    phones.pay()
    phones.await_state("PENDING_ACCEPTANCE")
    answer = phones.customer.type("取消")
    for _ in range(3):
        choices = phones.customer.choices()
        if not choices or "已取消" in answer:
            break
        answer = phones.customer.tap("确认" if "确认" in choices else "1")
    phones.await_state("CANCELLED")
    phones.await_event("RefundSucceeded")
    expect(phones.order.locator(".postings")).to_contain_text("退回顾客")
    expect(phones.order.locator(".badge")).to_have_text("借贷合计 ¥0.00")
    phones.screenshot("7-cancelled")


@pytest.mark.feature("B1")
@pytest.mark.feature("B4")
def test_who_is_slower_sees_the_button_closed_and_is_told_so(phones: PhonesPage) -> None:
    phones.customer.hold(_other(phones, 3))
    phones.await_people()
    number = phones.book("后天下午四点约个日常保洁")
    phones.pay()
    phones.await_event("OffersSent")
    phones.hop_to_offer(1)
    second = phones.provider.offer(number)
    expect(second.get_by_role("button", name="抢单")).to_be_enabled()
    loser = phones.provider.holder
    phones.hop_to_offer(0)
    phones.provider.offer(number).get_by_role("button", name="抢单").click()
    phones.await_state("ACCEPTED")
    phones.provider.hold(loser)
    expect(phones.provider.offer(number).get_by_role("button", name="手慢了")).to_be_disabled()
    assert number in phones.provider.type(f"抢 {number}")
    assert "手慢了" in phones.provider.last.inner_text()


def _other(phones: PhonesPage, index: int) -> str:
    """Another of the demo customers, so that stories do not meet in one chat."""
    options = phones.customer.root.locator("select option")
    return str(options.nth(index % options.count()).get_attribute("value"))
