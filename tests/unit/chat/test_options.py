"""Quantity and options in the chat: heard, shown, asked for where needed, and bound to the confirmation."""

import pytest

from daojia.chat.model import Asked
from infra.local.demo_data import catalogue
from tests.unit.chat.phone import HOME, Phone, a_book, an_account
from tests.unit.chat.test_booking import wish

DEMO = catalogue.services()
BOOK = a_book(*DEMO, *catalogue.packages(DEMO))


def phone() -> Phone:
    return Phone(book=BOOK, account=an_account(addresses=(HOME,)))


@pytest.mark.feature("C19")
@pytest.mark.feature("A6")
def test_two_air_conditioners_are_one_order_of_two() -> None:
    li = phone()
    li.say("明天下午三点洗两台空调")
    card = li.say("1", "没有")
    assert "空调清洗 2 台（约 1 小时 45 分钟）" in card
    assert "挂机清洗人工 ¥89 × 2 = ¥178" in card
    assert "合计 ¥206" in card
    li.say("确认")
    assert (wish(li).service_id, wish(li).wanted.quantity) == ("air-conditioner-cleaning", 2)


@pytest.mark.feature("C19")
@pytest.mark.parametrize("said", ["深度保洁带擦5扇玻璃", "约深度保洁，另外五扇窗户", "深度保洁 顺便擦5扇玻璃"])
def test_an_add_on_in_the_same_breath_belongs_to_the_service(said: str) -> None:
    li = phone()
    li.say(said + "，明天上午九点")
    card = li.say("1", "没有")
    assert "深度保洁 加擦玻璃 5 扇" in card
    assert "加擦玻璃 ¥12 × 5 = ¥60" in card
    li.say("确认")
    (chosen,) = wish(li).wanted.options
    assert (wish(li).service_id, chosen.option_id, chosen.quantity) == ("deep-cleaning", "windows", 5)


@pytest.mark.feature("B6")
def test_changing_the_quantity_shows_another_card_and_the_yes_is_bound_to_that() -> None:
    li = phone()
    li.say("明天下午三点洗两台空调", "1", "没有")
    first = li.conversation.proposal
    card = li.say("改成三台")
    assert "空调清洗 3 台" in card
    assert li.conversation.proposal not in (None, first)
    li.say("确认")
    assert wish(li).wanted.quantity == 3


@pytest.mark.feature("B6")
def test_a_dearer_option_between_card_and_yes_is_shown_again() -> None:
    li = phone()
    li.say("明天上午九点深度保洁带擦5扇玻璃", "1", "没有")
    deep = BOOK.service("deep-cleaning")
    dearer = tuple(
        each.model_copy(update={"price_fen": 1500}) if each.option_id == "windows" else each for each in deep.options
    )
    li.book = a_book(*(s if s != deep else deep.model_copy(update={"options": dearer}) for s in BOOK.services))
    assert "内容有变化" in li.say("确认")
    assert li.acts == []
    assert "¥15 × 5" in li.heard


@pytest.mark.feature("C19")
@pytest.mark.parametrize("answer", ["2", "真皮", "皮沙发"])
def test_a_choice_that_the_service_needs_is_asked_for_by_number_or_words(answer: str) -> None:
    li = phone()
    assert "沙发材质" in li.say("明天下午三点洗沙发")
    assert li.conversation.asked is Asked.OPTION
    assert "真皮　+¥30" in li.heard
    li.say(answer, "1", "没有", "确认")
    (chosen,) = wish(li).wanted.options
    assert (chosen.option_id, chosen.choice_id) == ("material", "leather")


def test_a_question_while_choosing_keeps_the_choice_open() -> None:
    li = phone()
    li.say("明天下午三点洗沙发")
    assert "起" in li.say("多少钱")
    assert li.conversation.asked is Asked.OPTION
    li.say("布艺")
    assert li.conversation.asked is Asked.PLACE


def test_more_than_a_visit_holds_is_said_and_cut() -> None:
    li = phone()
    answer = li.say("明天上午九点洗20台空调")
    assert "最多 6 台" in answer
    assert li.conversation.draft.wanted.quantity == 6


def test_hours_of_cleaning_are_a_choice() -> None:
    li = phone()
    li.say("明天上午九点日常保洁三小时", "1")
    card = li.say("没有")
    assert "约 3 小时" in card
    assert "时长：3 小时 ¥49" in card


def test_an_add_on_can_be_taken_back() -> None:
    li = phone()
    li.say("明天上午九点深度保洁带擦5扇玻璃", "1", "没有")
    assert "加擦玻璃" not in li.say("不要擦玻璃了")
    assert li.conversation.draft.service_id == "deep-cleaning"
    assert li.conversation.draft.wanted.options == ()


def test_a_service_without_units_stays_one() -> None:
    li = phone()
    assert "再约一单" in li.say("明天下午三点要两台冰箱维修")
    assert li.conversation.draft.wanted.quantity == 1


@pytest.mark.feature("A7")
def test_a_package_is_booked_like_a_service() -> None:
    li = phone()
    li.say("明天上午九点家电清洗套餐", "1", "没有")
    assert "家电清洗套餐" in li.heard
    assert "合计 ¥318" in li.heard
    li.say("确认")
    assert wish(li).service_id == "package-appliances"


def test_the_price_asked_with_a_quantity_is_the_price_of_so_many() -> None:
    answer = phone().say("洗两台空调多少钱")
    assert "空调清洗 2 台 共 ¥206" in answer
    assert "柜机　+¥40" in answer


def test_the_windows_of_a_window_cleaning_are_its_quantity() -> None:
    li = phone()
    li.say("明天下午三点擦6块玻璃")
    assert li.conversation.draft.service_id == "window-cleaning"
    assert li.conversation.draft.wanted.quantity == 6
    assert "擦玻璃 6 扇" in li.say("1", "没有")
