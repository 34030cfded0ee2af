"""Booking, changing one's mind and being refused, by chat alone: what the demo's straight road does not show."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from infra.local.phones import Phone, links, words
from tests.e2e.town import (
    DOOR,
    SHANGHAI,
    SQUARE,
    STREET,
    Town,
    Visit,
    asked,
    balances,
    clock,
    happened,
    number_in,
    spoken,
)
from tests.stack import until


@pytest.fixture(scope="module")
def visit(town: Town) -> Iterator[Visit]:
    """An order somebody has taken; the tests of this file leave it as they found it."""
    visit = town.accepted()
    yield visit
    town.call_off(visit.order_id)


# -- the first words --------------------------------------------------------------------------------------------------


@pytest.mark.feature("C19")
def test_a_follower_is_welcomed_with_a_menu(town: Town) -> None:
    welcome = town.stranger().follow()
    assert "欢迎来到到家" in welcome
    for family in ("1. 家政保洁", "2. 家电维修", "3. 美容美护", "4. 健康养护"):
        assert family in welcome


def test_a_provider_who_follows_again_is_welcomed_as_one(town: Town) -> None:
    phone = town.phone_of(next(iter(town.providers)))
    assert "师傅" in phone.follow()
    assert "抢单" in phone.say("帮助")


@pytest.mark.feature("C19")
@pytest.mark.parametrize("word", ["帮助", "help", "？", "怎么用"])
def test_help_comes_from_anywhere(town: Town, word: str) -> None:
    phone = town.stranger()
    phone.say("约日常保洁")
    answer = phone.say(word)
    assert "您可以这样说" in answer
    assert "接着说" in answer, "the open question is not lost"


@pytest.mark.parametrize("gibberish", ["叽里咕噜", "。。。", "asdfgh", "😀", "1234567890" * 30])
def test_what_nobody_understands_gets_a_hint_and_never_silence(town: Town, gibberish: str) -> None:
    answer = town.stranger().say(gibberish)
    assert any(way in answer for way in ("帮助", "菜单", "人工", "我的订单")), answer


@pytest.mark.parametrize("kind", ["voice", "image"])
def test_sounds_and_pictures_are_acknowledged(town: Town, kind: str) -> None:
    reply = town.stranger().send(kind)["reply"]
    assert any(word in reply["content"] for word in ("文字", "打字"))


def test_a_voice_message_wechat_understood_counts_as_words(town: Town) -> None:
    reply = town.stranger().send("voice", recognition="深度保洁多少钱？")["reply"]
    assert "¥" in reply["content"]


# -- booking ----------------------------------------------------------------------------------------------------------


@pytest.mark.feature("C19", "C2", "C6", "C7", "C8")
def test_one_sentence_says_it_all(town: Town) -> None:
    phone, start = town.stranger(), town.start()
    card = phone.say(f"{spoken(start)}约日常保洁，家里有猫，地址{STREET}{DOOR}，王女士 13900001111")
    assert "请核对" in card, card
    for part in ("日常保洁", f"{start:%H:%M}", "关山街道", "1203", "139****1111", "猫", "合计 ¥", "取消规则"):
        assert part in card, part
    assert links(phone.say("确认"))


@pytest.mark.feature("C19", "C6")
def test_numbers_alone_lead_to_an_order(town: Town) -> None:
    phone = town.stranger()
    phone.follow()
    assert "空调清洗" in phone.say("1")
    assert "1. " in phone.say("2"), "days"
    times = phone.say("7")
    assert "1. " in times
    assert "2. " in times
    place = phone.say("2")
    assert "地址" in place or "在哪里" in place
    detail = phone.send_location(**SQUARE, label="光谷广场")
    assert "门牌" in detail
    phone.say(DOOR)
    phone.say("王女士 13900001111")
    assert "请核对" in phone.say("没有")
    placed = phone.say("确认")
    assert "下单成功" in placed
    phone.say("取消")
    assert "已取消" in phone.say("确认")


def test_a_second_order_offers_the_address_of_the_first(town: Town) -> None:
    phone = town.stranger()
    town.book(phone)
    offered = phone.say(f"{spoken(town.start())}约擦玻璃")
    assert "1. " in offered
    assert "1203" in offered
    assert "备注" in phone.say("1")
    assert "请核对" in phone.say("没有")


@pytest.mark.feature("C6")
def test_a_time_that_is_taken_brings_the_nearest_free_ones(town: Town) -> None:
    """Nobody does this at three in the morning; what is offered instead can be chosen by its number."""
    phone, start = town.stranger(), town.start()
    phone.say(f"{start.month}月{start.day}日凌晨3点约日常保洁")
    offered = phone.say(STREET)
    assert "1. " in offered
    assert any(word in offered for word in ("满", "空档", "没有空")), offered
    assert "门牌" in phone.say("1")


@pytest.mark.parametrize(
    ("when", "word"), [(timedelta(days=-1), ""), (timedelta(days=75), "60 天"), (timedelta(minutes=10), "")]
)
def test_times_that_cannot_be_are_refused_with_what_can(town: Town, when: timedelta, word: str) -> None:
    phone = town.stranger()
    start = datetime.now(SHANGHAI) + when
    answer = phone.say(f"{start.year}年{start.month}月{start.day}日{start.hour}点{start.minute}分约日常保洁")
    assert "请核对" not in answer
    assert word in answer, answer
    assert "1. " in answer, "days or times to choose from"


@pytest.mark.feature("C7")
def test_outside_the_area_the_nearest_served_one_is_named_and_nothing_is_lost(town: Town) -> None:
    phone, start = town.stranger(), town.start()
    phone.say(f"{spoken(start)}约日常保洁")
    refused = phone.send_location(31.23, 121.47, "上海人民广场")
    assert "不在服务范围" in refused
    assert "武汉市" in refused
    phone.say(STREET)
    phone.say(DOOR)
    phone.say("王女士 13900001111")
    assert f"{start:%H:%M}" in phone.say("没有")


@pytest.mark.feature("B5", "C10")
def test_corrections_change_what_was_said_and_nothing_else(town: Town) -> None:
    phone, start = town.stranger(), town.start()
    assert "请核对" in town.propose(phone, start, notes="门禁码 8899")
    later = start.replace(hour=start.hour + 1)
    card = phone.say(f"改成{clock(later)}")
    assert f"{later:%H:%M}" in card
    assert f"{start:%H:%M}" not in card
    card = phone.say("换成擦玻璃")
    assert "服务：擦玻璃" in card
    assert f"{later:%H:%M}" in card
    card = phone.say("备注：家里有狗")
    assert "家里有狗" in card
    assert "1203" in card
    placed = phone.say("确认")
    assert "擦玻璃" in placed


@pytest.mark.feature("B6")
def test_nothing_is_placed_before_it_was_shown_and_confirmed(town: Town) -> None:
    phone = town.stranger()
    assert "没有" in phone.say("确认")
    phone.say(f"{spoken(town.start())}约日常保洁")
    assert "下单成功" not in phone.say("确认")
    assert "您还没有订单" in phone.say("我的订单")


# -- cancelling -------------------------------------------------------------------------------------------------------


def test_cancelling_a_wish_in_the_making_drops_it(town: Town) -> None:
    phone = town.stranger()
    town.propose(phone)
    assert "先不下单" in phone.say("取消")
    assert "您还没有订单" in phone.say("我的订单")
    assert "没有可以取消" in phone.say("取消")


@pytest.mark.feature("C10", "B6")
def test_an_unpaid_order_is_cancelled_after_a_confirmation(town: Town) -> None:
    phone = town.stranger()
    number, link = town.book(phone)
    order_id = town.order_id(number)
    assert "没有费用" in phone.say("取消")
    assert "不动它" in phone.say("算了")
    assert town.order(order_id)["state"] == "PENDING_PAYMENT"
    phone.say("取消")
    assert "已取消" in phone.say("确认")
    assert town.order(order_id)["state"] == "CANCELLED"
    assert phone.page(link, "POST").status_code == 409, "nothing can be paid any more"


@pytest.mark.feature("C10", "C11", "B2")
def test_before_acceptance_everything_comes_back(town: Town) -> None:
    phone = town.stranger()
    order = town.paid(phone)
    assert "全额退回" in phone.say("取消")
    assert "原路退回" in phone.say("确认")
    closed = town.await_order(
        order["order_id"], lambda it: any(each["state"] == "SUCCEEDED" for each in it["refunds"]), "the refund"
    )
    assert closed["refunds"][0]["amount_fen"] == closed["total_fen"]
    assert balances(closed) == {}, "what came in went out again"
    phone.await_message("已退款")


@pytest.mark.feature("C10", "B13", "B2")
def test_after_acceptance_the_provider_is_asked_and_agrees_by_chat(town: Town) -> None:
    visit = town.accepted()
    assert "需要师傅同意" in visit.customer.say("取消")
    assert "已向师傅提出" in visit.customer.say("确认")
    visit.provider.await_message("想取消")
    assert town.order(visit.order_id)["state"] == "ACCEPTED", "nothing has happened yet"
    assert "正在等答复" in visit.customer.say("取消")
    assert "已同意" in visit.provider.say(f"同意 {visit.number}")
    visit.customer.await_message("已取消")
    closed = town.await_order(visit.order_id, lambda it: balances(it) == {}, "the refund")
    assert closed["state"] == "CANCELLED"
    assert visit.number not in visit.provider.say("我的单"), "the time is free again"


@pytest.mark.feature("C10")
def test_the_provider_may_say_no_and_the_visit_goes_on(town: Town) -> None:
    visit = town.accepted()
    visit.customer.say("取消")
    visit.customer.say("确认")
    visit.provider.await_message("想取消")
    assert "照常" in visit.provider.say(f"不同意 {visit.number}")
    visit.customer.await_message("照常")
    assert "出发" in visit.provider.say(f"出发 {visit.number}")
    assert "开始服务" in visit.provider.say(f"开始 {visit.number} {visit.code}")
    refused = visit.customer.say("取消")
    assert "不能取消" in refused
    assert "投诉" in refused
    assert "辛苦了" in visit.provider.say(f"完成 {visit.number}")


# -- once, and only by the right person -------------------------------------------------------------------------------


@pytest.mark.feature("B6")
def test_a_message_delivered_nine_times_at_once_acts_once_and_is_answered_alike(town: Town) -> None:
    phone = town.stranger()
    town.propose(phone)
    sent = phone.send("text", content="确认", duplicate=9)
    answers = {copy["reply"]["content"] for copy in sent["copies"] if copy["reply"]}
    assert len(answers) == 1, answers
    number = number_in(answers.pop())
    assert phone.say("我的订单").count(number) == 1


def test_two_people_who_write_at_once_do_not_disturb_each_other(town: Town) -> None:
    phones = [town.stranger() for _ in range(6)]
    start = town.start()
    for phone in phones:
        assert "请核对" in town.propose(phone, start)
    with ThreadPoolExecutor(len(phones)) as pool:
        placed = list(pool.map(lambda phone: phone.say("确认"), phones))
    numbers = {number_in(answer) for answer in placed}
    assert len(numbers) == len(phones)


@pytest.mark.parametrize("verb", ["", "取消 ", "付款 ", "确认 "])
def test_somebody_elses_order_does_not_exist(town: Town, visit: Visit, verb: str) -> None:
    before = town.order(visit.order_id)["version"]
    answer = town.stranger().say(f"{verb}{visit.number}")
    assert "没有找到订单" in answer or "没有等待确认" in answer, answer
    assert town.order(visit.order_id)["version"] == before


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("抢 {number}", "被其他师傅接走"),
        ("出发 {number}", "没有找到您的订单"),
        ("开始 {number} {code}", "没有找到您的订单"),
        ("完成 {number}", "没有找到您的订单"),
        ("来不了 {number}", "没有找到您的订单"),
        ("同意 {number}", "没有找到您的订单"),
    ],
)
def test_a_provider_who_lost_cannot_do_what_the_winner_may(town: Town, visit: Visit, command: str, told: str) -> None:
    order = town.order(visit.order_id)
    loser = next(each for each in asked(order) if each != order["provider_id"])
    answer = town.phone_of(loser).say(command.format(number=visit.number, code=visit.code))
    assert told in answer, answer
    assert town.order(visit.order_id)["version"] == order["version"]


def test_a_customer_cannot_use_a_providers_commands(town: Town, visit: Visit) -> None:
    before = town.order(visit.order_id)["version"]
    for command in (f"抢 {visit.number}", f"开始 {visit.code}", "完成"):
        assert town.stranger().say(command)
    assert town.order(visit.order_id)["version"] == before


# -- the provider's side ----------------------------------------------------------------------------------------------


@pytest.mark.feature("P5", "B13")
def test_commands_in_the_wrong_state_say_what_to_do_and_change_nothing(town: Town, visit: Visit) -> None:
    before = town.order(visit.order_id)["version"]
    provider = visit.provider
    assert "四位上门码" in provider.say("开始")
    assert "没有找到您的订单" in provider.say(f"完成 {visit.number}"), "among those under way"
    assert "没有找到您的订单" in provider.say(f"同意 {visit.number}"), "among those to be cancelled"
    assert "没有找到您的订单" in provider.say("出发 99999")
    assert "当前状态不能" in provider.say(f"抢 {visit.number}")
    assert town.order(visit.order_id)["version"] == before


@pytest.mark.feature("B13")
def test_five_wrong_codes_lock_the_door_even_for_the_right_one(town: Town) -> None:
    visit = town.accepted()
    for attempt in range(1, 5):
        wrong = f"{(int(visit.code) + attempt) % 10000:04d}"
        assert "上门码不对" in visit.provider.say(f"开始 {visit.number} {wrong}")
    assert "锁定" in visit.provider.say(f"开始 {visit.number} {(int(visit.code) + 5) % 10000:04d}")
    assert "锁定" in visit.provider.say(f"开始 {visit.number} {visit.code}")
    order = town.order(visit.order_id)
    assert order["state"] == "ACCEPTED"
    assert happened(order, "ArrivalCodeRefused") == 5
    town.admin.post(f"/v1/admin/orders/{visit.order_id}/renew-code")
    told = visit.customer.await_message("新的上门码")
    fresh = re.search(r"上门码：(\d{4})", words(told))
    assert fresh is not None
    assert "开始服务" in visit.provider.say(f"开始 {visit.number} {fresh[1]}")


@pytest.mark.feature("P3")
def test_a_provider_who_cannot_come_gives_the_order_back_and_others_are_asked(town: Town) -> None:
    visit = town.accepted()
    assert "确定来不了" in visit.provider.say(f"来不了 {visit.number}")
    assert town.order(visit.order_id)["state"] == "ACCEPTED", "not before it is confirmed"
    assert "已退回" in visit.provider.say("确认")
    visit.customer.await_message("另找一位")
    again = town.await_order(visit.order_id, lambda it: it["dispatch_round"] == 2 and it["offered"] > 0, "new offers")
    asked_again = {row["provider_id"] for row in again["sheets"][-1]["rows"] if row["asked"]}
    assert visit.provider.openid not in {town.providers[each]["openid"] for each in asked_again}
    assert "没有派给您" in visit.provider.say(f"抢 {visit.number}")
    town.call_off(visit.order_id)


@pytest.mark.feature("P2", "P10")
def test_rest_and_back_to_work_are_one_word_each(town: Town, visit: Visit) -> None:
    provider = visit.provider
    assert "开始休息" in provider.say("休息")
    assert "已经在休息" in provider.say("休息")
    assert "休息中" in provider.say("抢单")
    assert "开始接单" in provider.say("接单")


@pytest.mark.feature("P3", "C8", "B13")
def test_the_winner_sees_address_and_note_the_losers_do_not(town: Town, visit: Visit) -> None:
    job = visit.provider.say("我的单")
    if visit.number in job and "1. " in job:
        job = visit.provider.say(visit.number)
    assert "1203" in job
    assert "139****1111" in job
    assert "13900001111" not in job
    order = town.order(visit.order_id)
    for loser in [each for each in asked(order) if each != order["provider_id"]][:2]:
        phone = town.phone_of(loser)
        told: list[str] = []

        def seen(phone: Phone = phone, told: list[str] = told) -> bool:
            came = [words(each) for each in phone.messages() if each["direction"] == "in"]
            told[:] = [text for text in came if visit.number in text]
            return bool(told)

        until(seen, what="the push")
        assert not any("1203" in text or visit.code in text for text in told)
