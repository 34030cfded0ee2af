"""Providers' commands: which job is meant, what is done at once, what is confirmed first."""

from datetime import timedelta
from typing import Any

import pytest

from daojia.chat.acts import Answer, Begin, Decline, Depart, Finish, Grab, Rest, Withdraw
from daojia.dispatch.store import Offer
from daojia.kernel.ids import OrderId
from daojia.ordering.model import Order
from daojia.payments.payouts import Income
from tests.store.builders import a_provider
from tests.unit.chat.phone import Phone, an_account
from tests.unit.ordering.builders import NOW, PROVIDER, accepted, an_order, in_service

NOTHING = Income(earned_fen=0, payable_fen=0, in_transfer_fen=0, paid_out_fen=0, payouts=())


def another(order: Order, number: str = "7777", code: str = "9911", **changes: Any) -> Order:
    own = {"order_id": OrderId(f"o_{number}"), "number": number, "arrival_code": code}
    return order.model_copy(update={**own, **changes})


def an_offer(number: str = "8321") -> Offer:
    return Offer(
        order_id=OrderId(f"o_{number}"),
        number=number,
        service_name="日常保洁",
        start=NOW + timedelta(hours=5),
        minutes=120,
        area="武昌区中南路街道",
        distance_m=1840,
        income_fen=10240,
        made_at=NOW,
        until=NOW + timedelta(hours=1),
    )


def wang(**facts: Any) -> Phone:
    provider = facts.pop("profile", a_provider(PROVIDER))
    return Phone(account=an_account(account_id=PROVIDER), profile=provider, **facts)


@pytest.mark.feature("P3")
@pytest.mark.parametrize("text", ["抢 8321", "抢8321", "抢单 8321", "8321 抢", "接 8321", "我要抢8321这单"])
def test_grabbing_by_number_is_done_at_once(text: str) -> None:
    phone = wang()
    phone.say(text)
    assert phone.acts == [Grab("8321")]


@pytest.mark.feature("P3")
def test_offers_are_listed_without_an_address_and_a_number_grabs() -> None:
    phone = wang(offers=[an_offer(), an_offer("7777")])
    answer = phone.say("抢单")
    assert "1. 8321 日常保洁｜今天（周二）15:00｜武昌区中南路街道｜1.8 公里｜收入 ¥102.40" in answer
    phone.say("2")
    assert phone.acts == [Grab("7777")]
    assert "没有可以抢的单" in wang().say("抢单")


@pytest.mark.parametrize("text", ["不接 8321", "不接8321", "8321不接", "拒绝 8321"])
def test_declining_is_done_at_once(text: str) -> None:
    phone = wang()
    phone.say(text)
    assert phone.acts == [Decline("8321")]


@pytest.mark.feature("P5")
def test_departing_means_the_only_job_or_the_one_that_is_due() -> None:
    job = accepted()
    phone = wang(jobs=[job])
    phone.say("出发")
    assert phone.acts == [Depart(job)]
    soon = another(accepted(), start=NOW + timedelta(minutes=50))
    phone = wang(jobs=[soon, job])
    phone.say("出发")
    assert phone.acts == [Depart(soon)]
    phone.say("出发 8321")
    assert phone.acts[-1] == Depart(job)


@pytest.mark.feature("B6")
def test_when_several_jobs_may_be_meant_it_is_asked() -> None:
    jobs = [accepted(), another(accepted())]
    phone = wang(jobs=jobs)
    assert "2. 7777" in phone.say("出发")
    assert phone.acts == []
    phone.say("2")
    assert phone.acts == [Depart(jobs[1])]
    phone = wang(jobs=jobs)
    assert "上门码是哪一单" in phone.say("开始 9911")
    phone.say("2")
    assert phone.acts == [Begin(jobs[1], "9911")]


@pytest.mark.feature("B13")
def test_starting_takes_the_code_for_the_job_on_the_way() -> None:
    on_the_way = another(accepted()).depart(PROVIDER, NOW).after
    phone = wang(jobs=[accepted(), on_the_way])
    phone.say("开始 1234")
    assert phone.acts == [Begin(on_the_way, "1234")]
    phone.say("开始 8321 4406")
    assert phone.acts[-1] == Begin(accepted(), "4406")
    phone.say("到门口了，码是5566")
    assert phone.acts[-1] == Begin(on_the_way, "5566")


def test_a_start_without_a_code_or_with_an_order_number_alone_asks_for_the_code() -> None:
    phone = wang(jobs=[accepted(), another(accepted())])
    assert "上门码" in phone.say("开始")
    assert "上门码" in phone.say("开始 8321")
    assert phone.acts == []


@pytest.mark.feature("B13")
def test_a_start_that_names_an_order_of_somebody_else_is_not_tried_as_a_code() -> None:
    phone = wang(jobs=[accepted()])
    assert "没有找到您的订单 9999" in phone.say("开始 9999 4406")
    assert phone.acts == []


def test_a_code_may_be_the_same_as_the_orders_number() -> None:
    phone = wang(jobs=[accepted()])
    phone.say("开始 8321 8321")
    assert phone.acts == [Begin(accepted(), "8321")]


@pytest.mark.feature("P5")
def test_finishing_means_the_running_job() -> None:
    phone = wang(jobs=[in_service()])
    phone.say("做完了")
    assert phone.acts == [Finish(in_service())]
    assert "没有正在服务" in wang(jobs=[accepted()]).say("完成")


def test_coming_not_is_asked_before_it_is_done() -> None:
    phone = wang(jobs=[accepted()])
    assert "确定" in phone.say("来不了 8321")
    assert phone.acts == []
    phone.say("确认")
    assert phone.acts == [Withdraw(accepted())]
    phone = wang(jobs=[accepted()])
    phone.say("8321我来不了了", "算了", "确认")
    assert phone.acts == []


@pytest.mark.feature("C10")
def test_a_wish_to_cancel_is_answered_with_or_without_number() -> None:
    asked = accepted().propose_cancellation("", NOW).after
    for text, agree in (("同意 8321", True), ("不同意 8321", False), ("同意", True), ("不同意", False)):
        phone = wang(jobs=[asked, another(accepted())])
        phone.say(text)
        assert phone.acts == [Answer(asked, agree)]
    assert "没有客户申请" in wang(jobs=[accepted()]).say("同意")


@pytest.mark.feature("P8")
def test_the_income_tells_every_part_of_it() -> None:
    income = Income(earned_fen=10240, payable_fen=5000, in_transfer_fen=0, paid_out_fen=99900, payouts=())
    answer = wang(income=income).say("收入")
    for part in ("待结算：¥102.40", "可结算：¥50", "已到账：¥999"):
        assert part in answer
    assert "还没有收入" in wang(income=NOTHING).say("我要提现")


def test_rest_and_work_switch_offers_off_and_on() -> None:
    phone = wang()
    phone.say("休息")
    assert phone.acts == [Rest(a_provider(PROVIDER), resting=True)]
    assert "已经在接单" in phone.say("接单")
    resting = wang(profile=a_provider(PROVIDER, resting=True))
    resting.say("开工")
    assert resting.acts == [Rest(a_provider(PROVIDER, resting=True), resting=False)]


@pytest.mark.feature("P3")
def test_ones_jobs_are_shown_with_address_and_notes() -> None:
    answer = wang(jobs=[accepted()]).say("我的单")
    for part in ("7 栋 1203", "李女士 138****5678", "家里有猫", "¥102.40", "uri.amap.com"):
        assert part in answer
    assert "4406" not in answer
    phone = wang(jobs=[accepted(), another(accepted())])
    phone.say("我的单")
    assert "订单 7777" in phone.say("2")


@pytest.mark.feature("C19")
def test_a_provider_may_book_like_anybody() -> None:
    phone = wang()
    assert "1. 家政保洁" in phone.say("预约")
    phone.say("明天下午三点约个日常保洁", "武昌区中南路街道阳光花园3栋1203 王师傅 13800005678", "没有")
    assert "合计 ¥128" in phone.heard
    phone.say("出发")
    assert "没有等待出发" in phone.heard
    phone.say("确认")
    assert len(phone.acts) == 1


def test_orders_one_placed_oneself_are_told_apart_from_jobs() -> None:
    phone = wang(jobs=[accepted()], orders=[another(an_order(customer_id=PROVIDER))])
    answer = phone.say("我的订单")
    assert "订单 8321" in answer
    assert "1 单" in answer
    assert "订单 7777" in phone.say("我的预约")
    assert phone.rounds == 1


def test_help_leave_people_and_the_unknown_get_a_providers_answer() -> None:
    phone = wang()
    assert "师傅指令" in phone.say("帮助")
    assert "请假" in phone.say("明天请假")
    assert "客服" in phone.say("人工")
    answers = [phone.say("asdfgh") for _ in range(4)]
    assert all("回复" in answer for answer in answers)
    assert len(set(answers)) == 3
