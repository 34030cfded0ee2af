"""Booking by chat: what is asked, what is offered, what is proposed, and what 确认 is bound to."""

from datetime import datetime, timedelta

import pytest

from daojia.accounts.model import Address
from daojia.catalogue.model import PriceLine
from daojia.chat.acts import Place
from daojia.chat.message import Kind
from daojia.chat.model import Asked
from daojia.kernel.times import at
from daojia.ordering.placing import PlaceOrder
from daojia.places.model import Spot
from tests.store.builders import a_service
from tests.unit.chat.phone import DEEP, HOME, INSIDE, MASSAGE, OUTSIDE, Phone, a_book, an_account
from tests.unit.ordering.builders import NOW

TOMORROW = (NOW + timedelta(days=1)).date()
ADDRESS = "武昌区中南路街道阳光花园3栋1203 李女士 13800005678"


def wish(phone: Phone) -> PlaceOrder:
    """What was placed."""
    (act,) = phone.acts
    assert isinstance(act, Place)
    return act.command


def ready() -> Phone:
    """A phone with a proposal on its screen."""
    phone = Phone()
    phone.say("明天下午三点约个日常保洁，家里有猫", ADDRESS)
    assert phone.conversation.asked is Asked.CONFIRMATION
    return phone


@pytest.mark.feature("C19")
def test_one_sentence_an_address_and_a_yes_are_enough() -> None:
    phone = Phone()
    assert "在哪里" in phone.say("明天下午三点约个日常保洁，家里有猫") or "地址" in phone.heard
    card = phone.say(ADDRESS)
    for shown in ("日常保洁", "明天（周三）15:00", "阳光花园3栋1203", "李女士 138****5678", "家里有猫", "上门费 ¥20"):
        assert shown in card
    assert "合计 ¥128" in card
    assert "开始前 2 小时以上退 80%" in card
    phone.say("确认")
    command = wish(phone)
    assert command.start == at(TOMORROW, 15)
    assert (command.notes, command.place.contact, command.place.phone) == ("家里有猫", "李女士", "13800005678")
    assert command.place.area == "武汉市武昌区中南路街道"


@pytest.mark.feature("C19")
def test_numbers_alone_lead_to_an_order() -> None:
    phone = Phone(account=an_account(addresses=(HOME,)))
    assert "1. 家政保洁" in phone.say("菜单")
    assert "日常保洁　¥128" in phone.say("1")
    assert "明天" in phone.say("1")
    assert "1. 08:00" in phone.say("2")
    assert "1. 家：" in phone.say("8")  # 15:00
    phone.say("1", "没有", "确认")
    assert wish(phone).start == at(TOMORROW, 15)
    assert wish(phone).place == HOME.place


def test_only_what_is_missing_is_asked() -> None:
    phone = Phone()
    phone.say(f"我想约肩颈按摩，后天上午十点，{ADDRESS}，对精油过敏")
    assert phone.conversation.asked is Asked.CONFIRMATION
    assert "对精油过敏" in phone.heard


def test_facts_may_come_in_any_order() -> None:
    phone = Phone()
    phone.say("明天下午")
    assert phone.conversation.asked is Asked.SERVICE
    assert "1. 13:00" in phone.say("深度保洁")
    phone.say("3点半")
    assert phone.conversation.draft.start == at(TOMORROW, 15, 30)


def test_notes_are_asked_once_and_optional() -> None:
    phone = Phone(account=an_account(addresses=(HOME,)))
    phone.say("明天下午三点约个日常保洁", "1")
    assert phone.conversation.asked is Asked.NOTES
    assert "备注：无" in phone.say("没有")
    assert phone.say("改成后天").count("备注：无") == 1


@pytest.mark.feature("C6")
def test_when_the_wished_time_is_taken_the_nearest_free_ones_are_offered_as_numbers() -> None:
    phone = Phone(account=an_account(addresses=(HOME,)))
    taken = at(TOMORROW, 14)
    phone.taken = {taken + timedelta(minutes=15 * quarter) for quarter in range(8)}
    answer = phone.say("明天下午三点约个日常保洁")
    assert "1. 13:00" in answer
    assert "16:00" in answer
    assert "15:00" not in answer.splitlines()[-1]
    phone.say("1")
    assert phone.conversation.draft.start == at(TOMORROW, 13)


@pytest.mark.feature("C6")
def test_a_full_day_leads_to_other_days() -> None:
    phone = Phone(account=an_account(addresses=(HOME,)), full={TOMORROW})
    answer = phone.say("明天下午三点约个日常保洁")
    assert "约满" in answer
    assert "明天" not in answer.split("\n", 3)[-1]
    phone.say("2")
    assert phone.conversation.draft.day == TOMORROW + timedelta(days=1)


def test_a_time_too_soon_or_too_far_says_why_and_asks_again() -> None:
    phone = Phone(account=an_account(addresses=(HOME,)))
    assert "来不及" in phone.say("今天10点半日常保洁")
    assert phone.conversation.asked is Asked.TIME
    assert "60 天" in phone.say("改成三个月后")
    assert phone.conversation.asked is Asked.DAY


@pytest.mark.feature("B6")
def test_an_ambiguous_hour_is_asked_back() -> None:
    phone = Phone()
    answer = phone.say("周三八点做日常保洁")
    assert "哪个时间" in answer
    phone.say("2")
    assert phone.conversation.draft.start == at(TOMORROW, 20)


def test_a_weekend_asks_which_of_its_days() -> None:
    phone = Phone()
    answer = phone.say("这周末想做日常保洁")
    assert answer.endswith("1. 11月28日（周六）\n2. 11月29日（周日）")


@pytest.mark.feature("B6")
def test_a_confirmation_is_bound_to_exactly_what_was_shown() -> None:
    phone = ready()
    dearer = a_service(price_lines=(PriceLine(name="保洁", amount_fen=20000),))
    phone.book = a_book(dearer, DEEP, MASSAGE)
    answer = phone.say("确认")
    assert "有变化" in answer
    assert "¥200" in answer
    assert phone.acts == []
    phone.say("确认")
    assert len(phone.acts) == 1


@pytest.mark.feature("B6")
def test_anything_but_a_yes_does_not_place_the_order() -> None:
    for text in ("确认一下时间对不对", "确认之前改成后天", "不", "算了", "多少钱", "我想想看", "好的不过换成深度保洁"):
        phone = ready()
        phone.say(text)
        assert phone.acts == [], text


def test_a_second_confirmation_places_nothing() -> None:
    phone = ready()
    phone.say("确认", "确认")
    assert len(phone.acts) == 1


@pytest.mark.parametrize("yes", ["确认", "好的", "可以", "没问题", "下单", "OK", "确认。", "嗯嗯"])
def test_many_ways_of_saying_yes_place_it(yes: str) -> None:
    phone = ready()
    phone.say(yes)
    assert len(phone.acts) == 1


@pytest.mark.parametrize(
    ("correction", "shown"),
    [
        ("改成后天", "后天（周四）15:00"),
        ("不对，改成后天", "后天（周四）15:00"),
        ("改到上午十点", "明天（周三）10:00"),
        ("换成深度保洁", "深度保洁（约 4 小时）"),
        ("备注：门禁码 1234", "门禁码 1234"),
        ("换个地址：武昌区水果湖街道东湖路 8 号 2 栋 301", "水果湖街道 东湖路 8 号 2 栋 301"),
        ("联系人改成王先生 13911112222", "王先生 139****2222"),
    ],
)
def test_corrections_in_the_middle_change_the_draft_and_show_the_card_again(correction: str, shown: str) -> None:
    phone = ready()
    assert shown in phone.say(correction)
    assert phone.conversation.asked is Asked.CONFIRMATION
    assert phone.acts == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("多少钱", "¥128"),
        ("要多久", "2 小时"),
        ("要自己准备工具吗", "吸尘器"),
        ("都包括什么", "拖地"),
        ("能退款吗", "退 80%"),
        ("深度保洁多少钱", "¥398"),
    ],
)
def test_questions_in_the_middle_are_answered_without_losing_the_thread(question: str, answer: str) -> None:
    phone = ready()
    before = phone.conversation
    assert answer in phone.say(question)
    assert phone.conversation.draft == before.draft
    assert phone.conversation.proposal == before.proposal
    phone.say("确认")
    assert len(phone.acts) == 1


def test_a_question_before_anything_else_begins_a_wish_for_that_service() -> None:
    phone = Phone()
    assert "¥128" in phone.say("日常保洁多少钱")
    phone.say("明天下午三点")
    assert phone.conversation.draft.start == at(TOMORROW, 15)
    assert phone.conversation.asked is Asked.PLACE


@pytest.mark.feature("C7")
def test_a_location_needs_only_its_door_and_contact() -> None:
    phone = Phone()
    phone.say("明天下午三点约个日常保洁")
    assert "门牌" in phone.locate(INSIDE, "湖北省武汉市武昌区中南路 99 号")
    phone.say("3 栋 1203")
    assert phone.conversation.asked is Asked.CONTACT
    phone.say("王先生 13900005678", "没有")
    assert "中南路 99 号 3 栋 1203" in phone.heard


@pytest.mark.feature("C7")
def test_outside_the_area_the_nearest_served_one_is_named() -> None:
    phone = Phone()
    phone.say("明天下午三点约个日常保洁")
    assert "武昌区" in phone.locate(OUTSIDE)
    assert phone.conversation.asked is Asked.PLACE
    assert "武昌区" in phone.say("北京市朝阳区三里屯 1 号")
    assert phone.conversation.asked is Asked.PLACE


def test_contact_and_number_may_come_one_by_one_and_a_bad_number_is_told() -> None:
    phone = Phone()
    phone.say("明天下午三点约个日常保洁", "武昌区中南路街道阳光花园3栋1203")
    assert "11 位" in phone.say("1380000567")
    assert "怎么称呼" in phone.say("13800005678")
    phone.say("张伟")
    assert phone.conversation.asked is Asked.NOTES


@pytest.mark.feature("C7")
def test_a_new_address_is_kept_in_the_address_book_and_offered_next_time() -> None:
    phone = ready()
    phone.say("确认")
    assert phone.account.addresses[0].place.detail == "阳光花园3栋1203"
    assert "阳光花园3栋1203" in phone.say("后天上午十点约个日常保洁")
    phone.say("1")
    assert phone.conversation.asked is Asked.NOTES


def test_a_saved_address_may_be_called_by_its_name() -> None:
    office = Address(address_id="d_office", label="公司", place=HOME.place.model_copy(update={"detail": "2 号楼 901"}))
    phone = Phone(account=an_account(addresses=(HOME, office)))
    phone.say("明天下午三点约个日常保洁", "公司")
    assert phone.conversation.draft.place is not None
    assert phone.conversation.draft.place.detail == "2 号楼 901"


def test_a_yes_takes_the_only_saved_address() -> None:
    phone = Phone(account=an_account(addresses=(HOME,)))
    phone.say("明天下午三点约个日常保洁，家里有猫")
    assert phone.conversation.asked is Asked.PLACE
    phone.say("好的")
    assert phone.conversation.draft.place is not None
    assert phone.conversation.asked is Asked.CONFIRMATION


def test_a_conversation_left_for_a_day_starts_anew_and_can_be_taken_up() -> None:
    phone = ready()
    phone.now = NOW + timedelta(hours=25)
    phone.say("确认")
    assert phone.acts == []
    phone = ready()
    phone.now = NOW + timedelta(hours=25)
    assert "继续" in phone.say("你好")
    assert "日期" in phone.say("继续") or "哪" in phone.heard
    assert phone.conversation.draft.place is not None


def test_a_service_that_is_not_sold_and_two_at_once_are_told_so() -> None:
    assert "还没有「空调维修」" in Phone().say("空调坏了想修")
    assert "先约" in Phone().say("日常保洁和肩颈按摩都要，明天下午")


def test_help_and_menu_work_from_anywhere_and_keep_what_was_said() -> None:
    for asked in (("日常保洁",), ("日常保洁", "2"), ("日常保洁", "2", "8"), ("日常保洁", "2", "8", ADDRESS)):
        phone = Phone()
        phone.say(*asked)
        before = phone.conversation
        assert "您可以这样说" in phone.say("帮助")
        assert phone.conversation.draft == before.draft
        assert phone.conversation.choices == before.choices
        assert "1. 家政保洁" in phone.say("菜单")


def test_unknown_text_gets_help_never_silence_and_never_three_times_the_same() -> None:
    phone = Phone()
    answers = [phone.say("asdfgh") for _ in range(6)]
    assert all(answers)
    assert all(len(set(answers[at_ : at_ + 3])) > 1 for at_ in range(4))


def test_pictures_mute_voice_and_other_kinds_are_acknowledged_and_the_thread_is_kept() -> None:
    phone = ready()
    for kind in (Kind.IMAGE, Kind.MUTE_VOICE, Kind.OTHER):
        assert "确认" in phone.show(kind)
        assert phone.conversation.proposal is not None


def test_following_shows_the_menu() -> None:
    phone = Phone()
    assert "1. 家政保洁" in phone.show(Kind.FOLLOW)
    assert "日常保洁" in phone.say("1")


def test_a_number_beyond_the_list_is_answered_with_its_range() -> None:
    phone = Phone()
    phone.say("菜单")
    assert "1 到 2" in phone.say("7")


def test_every_reply_fits_into_a_wechat_text() -> None:
    phone = Phone(account=an_account(addresses=(HOME,)))
    for text in ("菜单", "1", "1", "2", "8", "1", "好" * 600, "帮助", "我的订单"):
        assert len(phone.say(text).encode()) <= 2048, text


def test_a_start_is_always_on_a_quarter_hour() -> None:
    phone = Phone()
    assert "07:30" in phone.say("明天早上7点20 日常保洁")
    start = phone.conversation.draft.start
    assert start == datetime(2026, 11, 25, 7, 30, tzinfo=NOW.tzinfo)


@pytest.mark.feature("C7")
@pytest.mark.parametrize(
    "words", ["能不能便宜点", "可以开发票吗", "有什么区别", "路上要多久啊？", "你们是哪家公司的呢"]
)
def test_a_question_at_the_question_for_the_place_is_no_address(words: str) -> None:
    phone = Phone()
    phone.say("明天下午三点日常保洁")
    answer = phone.say(words)
    assert "没认出这个地址" not in answer
    assert phone.conversation.draft.place is None


ROAD = "和平大道 118 号 3 栋 1203"


@pytest.mark.feature("C7")
def test_a_road_with_a_number_that_no_street_served_is_called_is_found_on_the_map() -> None:
    phone = Phone(spots=(Spot(point=INSIDE, district="武昌区", road="和平大道", number="118号"),))
    phone.say("明天下午三点日常保洁", ROAD)
    place = phone.conversation.draft.place
    assert place is not None
    assert (place.point, place.detail) == (INSIDE, ROAD)
    assert place.area.startswith("武汉市武昌区")


@pytest.mark.feature("C7")
def test_when_the_map_is_silent_the_question_is_asked_again_and_nothing_is_lost() -> None:
    phone = Phone()
    phone.say("明天下午三点日常保洁", ROAD)
    assert phone.looked_up
    assert phone.conversation.asked is Asked.PLACE
    assert phone.conversation.draft.service_id is not None
    assert phone.conversation.draft.clock is not None


@pytest.mark.feature("C7")
def test_a_road_where_nobody_goes_is_refused_with_the_nearest_area() -> None:
    phone = Phone(spots=(Spot(point=OUTSIDE),))
    phone.say("明天下午三点日常保洁")
    assert "最近的服务区域是武汉市武昌区" in phone.say(ROAD)
    assert phone.conversation.asked is Asked.PLACE


def test_a_street_that_is_served_costs_no_call_of_the_map() -> None:
    phone = Phone()
    phone.say("明天下午三点日常保洁", "武昌区水果湖街道东湖路 8 号 2 栋 301")
    assert phone.looked_up == []


@pytest.mark.feature("C7")
@pytest.mark.parametrize("words", ["老地方", "还是上次那个地址", "跟上次一样"])
def test_the_usual_place_is_where_the_last_visit_was(words: str) -> None:
    phone = Phone(account=an_account(addresses=(HOME,)))
    phone.say("明天下午三点日常保洁", words)
    place = phone.conversation.draft.place
    assert place is not None
    assert place.detail == HOME.place.detail


@pytest.mark.feature("C7")
def test_the_usual_place_may_be_said_with_everything_else() -> None:
    phone = Phone(account=an_account(addresses=(HOME,)))
    phone.say("明天下午三点日常保洁，老地方")
    assert phone.conversation.draft.place is not None


@pytest.mark.parametrize("street", ["武汉市武昌区中南路街道", "中南路街道", "武昌区水果湖街道"])
def test_the_bare_name_of_a_street_answers_where(street: str) -> None:
    phone = Phone()
    phone.say("明天下午三点约个日常保洁", street)
    assert phone.conversation.asked is Asked.DETAIL
