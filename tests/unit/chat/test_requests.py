"""What customers ask of orders they have; each act only after a confirmation bound to it."""

from datetime import timedelta
from typing import Any

import pytest

from daojia.chat.acts import Cancel, ConfirmVisit
from daojia.chat.understanding import Understanding
from daojia.kernel.ids import OrderId
from daojia.ordering.model import Order
from tests.unit.chat.phone import Phone
from tests.unit.ordering.builders import NOW, accepted, an_order, completed, in_service, paid


def other(order: Order, number: str = "7777") -> Order:
    return order.model_copy(update={"order_id": OrderId(f"o_{number}"), "number": number, "arrival_code": "9911"})


@pytest.mark.feature("C9")
def test_the_list_shows_states_and_a_number_opens_one() -> None:
    phone = Phone(orders=[paid(), other(accepted())])
    answer = phone.say("我的订单")
    assert "8321 日常保洁｜明天（周三）15:00｜待接单" in answer
    assert "7777 日常保洁｜明天（周三）15:00｜已接单" in answer
    assert "上门码：9911" in phone.say("2")
    assert "订单 8321" in phone.say("1")


@pytest.mark.feature("B13")
def test_the_arrival_code_is_shown_only_between_acceptance_and_start() -> None:
    for order, shown in ((an_order(), False), (paid(), False), (accepted(), True), (in_service(), False)):
        assert ("4406" in Phone(orders=[order]).say("我的订单")) is shown


def test_an_order_may_be_called_by_its_number() -> None:
    phone = Phone(orders=[paid(), other(accepted())])
    assert "订单 7777" in phone.say("7777")
    assert "没有找到订单 1234" in phone.say("1234")


def test_without_orders_every_request_says_so() -> None:
    phone = Phone()
    for text in ("我的订单", "付款", "取消", "确认", "催一下"):
        assert "没有" in phone.say(text), text
    assert phone.acts == []


@pytest.mark.feature("C11")
def test_the_way_to_pay_is_sent_again_while_it_is_open() -> None:
    phone = Phone(orders=[an_order(), other(paid())])
    assert "https://pay/8321" in phone.say("付款")
    phone.now = NOW + timedelta(minutes=16)
    assert "没有待付款" in phone.say("付款")


@pytest.mark.feature("C10")
@pytest.mark.parametrize(
    ("order", "told"),
    [
        (an_order(), "没有费用"),
        (paid(), "¥128 全额退回"),
        (accepted(an_order(start=NOW + timedelta(hours=30))), "退 ¥128"),
        (accepted(an_order(start=NOW + timedelta(hours=5))), "退 ¥102.40"),
        (accepted(an_order(start=NOW + timedelta(hours=1))), "退 ¥64"),
    ],
)
def test_cancelling_shows_what_it_means_and_waits_for_the_confirmation(order: Order, told: str) -> None:
    phone = Phone(orders=[order])
    assert told in phone.say("取消")
    assert phone.acts == []
    phone.say("确认")
    assert phone.acts == [Cancel(order)]


def test_of_several_orders_the_one_to_cancel_is_chosen() -> None:
    phone = Phone(orders=[paid(), other(accepted())])
    assert "2. 7777" in phone.say("取消")
    assert "7777" in phone.say("2")
    phone.say("确认")
    assert isinstance(phone.acts[0], Cancel)
    assert phone.acts[0].order.number == "7777"
    phone = Phone(orders=[paid(), other(accepted())])
    assert "8321" in phone.say("取消订单8321")


def test_a_cancellation_is_not_done_on_anything_but_a_yes() -> None:
    for text in ("算了", "不", "再想想", "多少钱", "你好", "我的订单"):
        phone = Phone(orders=[paid()])
        phone.say("取消", text)
        assert phone.acts == [], text
    phone = Phone(orders=[paid()])
    phone.say("取消", "我的订单", "你好", "确认")
    assert phone.acts == []


@pytest.mark.feature("B6")
def test_a_cancellation_whose_terms_changed_meanwhile_is_shown_again() -> None:
    phone = Phone(orders=[paid()])
    phone.say("取消")
    phone.orders = [accepted(an_order(start=NOW + timedelta(hours=5)))]
    assert "需要师傅同意" in phone.say("确认")
    assert phone.acts == []
    phone.say("确认")
    assert len(phone.acts) == 1


@pytest.mark.feature("C10")
def test_who_waited_in_vain_is_told_that_everything_comes_back() -> None:
    order = accepted(an_order(start=NOW - timedelta(hours=2))).raise_overdue(NOW).after
    phone = Phone(orders=[order])
    assert "¥128 全额退回" in phone.say("取消")
    phone.say("确认")
    assert len(phone.acts) == 1


def test_what_has_begun_or_ended_cannot_be_cancelled() -> None:
    assert "已经开始" in Phone(orders=[in_service()]).say("取消")
    assert "已完成" in Phone(orders=[completed()]).say("取消订单 8321")
    proposed = accepted().propose_cancellation("", NOW).after
    assert "等答复" in Phone(orders=[proposed]).say("取消")


def test_cancelling_in_the_middle_of_a_wish_asks_what_is_meant() -> None:
    phone = Phone(orders=[paid()])
    phone.say("明天下午三点约个日常保洁")
    assert "2. 放弃" in phone.say("取消")
    phone.say("2")
    assert phone.conversation.draft.empty
    phone = Phone()
    phone.say("明天下午三点约个日常保洁", "取消")
    assert phone.conversation.draft.empty


@pytest.mark.feature("C9")
def test_a_finished_visit_is_confirmed_and_of_several_the_one_is_chosen() -> None:
    phone = Phone(orders=[completed()])
    phone.say("确认")
    assert phone.acts == [ConfirmVisit(phone.orders[0])]
    phone = Phone(orders=[completed(), other(completed())])
    assert "2. 7777" in phone.say("确认")
    assert phone.acts == []
    assert "满意" in phone.say("2")
    phone.say("确认")
    assert len(phone.acts) == 1


def test_command_words_may_name_the_order() -> None:
    phone = Phone(orders=[completed(), other(completed()), other(an_order(), "5555"), other(paid(), "6666")])
    phone.say("确认 7777")
    assert phone.acts == [ConfirmVisit(phone.orders[1])]
    assert "https://pay/5555" in phone.say("付款 5555")
    assert "6666" in phone.say("取消6666")
    assert phone.conversation.pending is not None


@pytest.mark.feature("B6")
def test_a_second_confirmation_right_after_ordering_confirms_no_visit() -> None:
    phone = Phone(orders=[other(completed())])
    phone.say("明天下午三点约个日常保洁", "武昌区中南路街道阳光花园3栋1203 李女士 13800005678", "没有", "确认")
    phone.orders = [other(completed()), an_order(placed_at=NOW + timedelta(seconds=1))]
    assert "8321" in phone.say("确认")
    assert len(phone.acts) == 1
    phone.orders = [completed().model_copy(update={"placed_at": NOW + timedelta(seconds=1)})]
    phone.say("确认")
    assert phone.acts[1:] == [ConfirmVisit(phone.orders[0])]


@pytest.mark.feature("C17")
def test_a_complaint_and_the_wish_for_a_human_reach_administrators() -> None:
    phone = Phone()
    assert "记录" in phone.say("投诉")
    assert "补充" in phone.say("师傅迟到了一个小时，态度也不好")
    assert "通知" in phone.say("人工")
    assert phone.notices == ["CustomerComplained", "ComplaintDetailed", "HumanWanted"]
    assert [each.text for each in phone.conversation.complaints] == ["投诉", "师傅迟到了一个小时，态度也不好"]
    assert "已经记录" in phone.say("上次的阿姨打扫得太差了，我要投诉")


def test_someone_who_waits_is_told_how_things_stand() -> None:
    assert "还在找师傅" in Phone(orders=[paid()]).say("怎么还没人接单")
    assert "王师傅上门" in Phone(orders=[accepted()]).say("快点来啊")


def test_questions_the_bot_cannot_settle_go_to_people_truthfully() -> None:
    phone = Phone(orders=[completed()])
    assert "转给客服" in phone.say("能开发票吗")
    assert "不能直接改时间" in Phone(orders=[paid()]).say("我的订单改到后天")


@pytest.mark.parametrize(
    "text", ["我的订单", "取消", "付款", "帮助", "菜单", "投诉", "人工", "确认", "你好", "谢谢", "1", "？", "订单"]
)
def test_every_word_gets_an_answer_in_every_state(text: str) -> None:
    from tests.unit.chat.test_booking import ADDRESS, ready

    def begun(*said: str) -> Phone:
        phone = Phone(orders=[an_order()])
        phone.say(*said)
        return phone

    stages: list[Any] = [Phone(), ready(), begun("日常保洁"), begun("日常保洁", "2"), begun("日常保洁", "2", "8")]
    stages += [begun("日常保洁", "2", "8", ADDRESS), begun("取消"), begun("投诉"), begun("我的订单")]
    for phone in stages:
        before = len(phone.acts)
        phone.say(text)
        assert phone.heard or len(phone.acts) > before


@pytest.mark.feature("B6")
def test_an_unsure_wish_of_an_order_is_asked_about_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    unsure = Understanding("cancel", intent_confidence=0.45, also=("hurry",))
    phone = Phone(orders=[accepted()])
    with monkeypatch.context() as patched:
        patched.setattr("daojia.chat.situation.understand", lambda *_: unsure)
        answer = phone.say("那个嘛再看看咯")
    assert "1. 取消预约" in answer
    assert "2. 催一下师傅" in answer
    assert "3. 找人工客服" in answer
    assert phone.acts == []
    assert "确认" in phone.say("1")
    assert phone.acts == []


@pytest.mark.feature("B6")
def test_an_unsure_complaint_is_filed_only_once_it_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    unsure = Understanding("complain", intent_confidence=0.4)
    phone = Phone(orders=[completed()])
    with monkeypatch.context() as patched:
        patched.setattr("daojia.chat.situation.understand", lambda *_: unsure)
        assert "1. 反映服务问题" in phone.say("味道怪怪的")
    assert phone.conversation.complaints == ()
    phone.say("1")
    assert len(phone.conversation.complaints) == 1
