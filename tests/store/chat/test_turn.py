"""Whole turns against the stores: written once, in one transaction, within the budget of calls."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from daojia.accounts import store as accounts
from daojia.catalogue import store as catalogue
from daojia.chat import turn
from daojia.chat.message import Kind, Message
from daojia.chat.store import ConversationItem
from daojia.kernel.errors import BusyError, KeyReusedError
from daojia.kernel.geography import Point
from daojia.kernel.transaction import Transaction, committed
from daojia.ordering import cancelling, paying, queries
from daojia.ordering import store as orders
from daojia.ordering.model import Order, State
from daojia.payments.model import PaymentFact
from daojia.platform.commands import CommandItem
from daojia.platform.links import read_link
from daojia.providers import store as providers
from tests.store.builders import a_provider, a_service, a_town, offered, placed
from tests.store.chat.conftest import Calls, Chatter, FakeWeChat, person
from tests.unit.ordering.builders import NOW

Chat = Callable[[str], Chatter]
BOOKING = ("明天下午三点约个日常保洁，家里有猫", "武昌区中南路街道阳光花园3栋1203 李女士 13800005678")


def booked(phone: Chatter) -> Order:
    """An order placed by chat."""
    answer = phone.say(*BOOKING, "确认")
    assert "下单成功" in answer, answer
    return the_order(phone)


def the_order(phone: Chatter) -> Order:
    (order,) = queries.of_customer(phone.id).items
    return orders.get(order.order_id)


def paid(order: Order) -> Order:
    """The order after the channel reported its payment, in the books too."""
    fact = PaymentFact(
        out_trade_no=order.payment.out_trade_no,
        transaction_id=f"42{order.number}",
        amount_fen=order.total_fen,
        paid_at=NOW,
        paid=True,
    )
    return committed(lambda tx: paying.receive(fact, tx=tx, now=NOW))


def worker(openid: str = "o_wang", **changes: Any) -> Chatter:
    """A provider in the town, and their phone."""
    providers.save(a_provider(person(openid), **changes))
    return Chatter(openid)


def test_the_first_contact_makes_the_account_and_links_the_unionid(chat: Chat, wechat: FakeWeChat) -> None:
    a_town()
    wechat.unionids["o_li"] = "u_li"
    phone = chat("o_li")
    assert "1. " in phone.send(Kind.FOLLOW)
    account = accounts.get(phone.id)
    assert (account.openid, account.unionid, account.followed) == ("o_li", "u_li", True)
    assert accounts.account_of_union("u_li") == phone.id
    phone.say("你好")
    assert len(wechat.asked) == 1


def test_a_unionid_that_cannot_be_learnt_or_leads_elsewhere_is_harmless(chat: Chat, wechat: FakeWeChat) -> None:
    phone = chat("o_li")
    phone.send(Kind.FOLLOW)
    assert accounts.get(phone.id).unionid is None
    wechat.unionids["o_zhao"] = "u_zhao"
    tx = Transaction()
    accounts.link_union(tx, "u_zhao", person("o_other"))
    tx.commit()
    other = chat("o_zhao")
    assert other.send(Kind.FOLLOW)
    assert accounts.get(other.id).unionid is None
    assert accounts.account_of_union("u_zhao") == person("o_other")


def test_unfollowing_is_remembered_and_writing_again_takes_it_back(chat: Chat) -> None:
    phone = chat("o_li")
    phone.send(Kind.FOLLOW)
    assert phone.send(Kind.UNFOLLOW) == ""
    assert not accounts.get(phone.id).followed
    phone.say("你好")
    assert accounts.get(phone.id).followed


def test_a_silent_report_reads_and_writes_nothing(traffic: Calls, chat: Chat) -> None:
    assert chat("o_li").send(Kind.SILENT) == ""
    assert traffic.names == []


@pytest.mark.feature("C19")
def test_a_booking_by_chat_places_the_order_and_sends_the_way_to_pay(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    assert "合计 ¥128" in phone.say(*BOOKING)
    answer = phone.say("确认")
    order = the_order(phone)
    assert order.state is State.PENDING_PAYMENT
    assert order.number in answer
    assert (order.notes, order.place.contact, order.place.phone) == ("家里有猫", "李女士", "13800005678")
    token = re.findall(r'href="https://daojia.example/pay/([^"]+)"', answer)[0]
    assert read_link("pay", token, NOW) == {"order_id": order.order_id}
    account = accounts.get(phone.id)
    assert account.addresses[0].place == order.place
    assert account.phone == "13800005678"


@pytest.mark.feature("C19")
def test_the_same_message_again_gets_the_same_answer_and_acts_once(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    phone.say(*BOOKING)
    first = phone.send(Kind.TEXT, "确认", message_id="77")
    assert [phone.send(Kind.TEXT, "确认", message_id="77") for _ in range(2)] == [first, first]
    assert len(queries.of_customer(phone.id).items) == 1


def test_the_same_message_three_times_at_once_acts_once(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    phone.say(*BOOKING)
    message = Message(openid="o_li", message_id="77", kind=Kind.TEXT, text="确认")
    with ThreadPoolExecutor(3) as pool:
        answers = {pool.submit(turn.take, message, NOW).result().text for _ in range(3)}
    assert len(answers) == 1
    assert "下单成功" in answers.pop()
    assert len(queries.of_customer(phone.id).items) == 1


def test_another_message_under_a_known_id_is_refused(chat: Chat) -> None:
    phone = chat("o_li")
    phone.send(Kind.TEXT, "你好", message_id="5")
    with pytest.raises(KeyReusedError):
        phone.send(Kind.TEXT, "取消", message_id="5")


def test_different_messages_at_once_take_their_turns(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    phone.say("你好")
    texts = ("约日常保洁", "明天下午三点")
    with ThreadPoolExecutor(2) as pool:
        messages = [Message(openid="o_li", message_id=f"m{i}", kind=Kind.TEXT, text=t) for i, t in enumerate(texts)]
        answers = list(pool.map(lambda message: turn.take(message, NOW).text, messages))
    assert all(answers)
    draft = ConversationItem.get(phone.id).body.draft
    assert draft.service_id is not None
    assert draft.clock is not None
    assert ConversationItem.get(phone.id).version == 3


def test_an_answer_that_could_not_be_written_is_an_apology_and_the_message_may_come_again(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    phone.say(*BOOKING)
    with monkeypatch.context() as broken:
        broken.setattr(Transaction, "_write", _raising(RuntimeError("the network is down")))
        assert "没有生效" in phone.send(Kind.TEXT, "确认", message_id="9")
        broken.setattr(Transaction, "_write", _raising(BusyError()))
        assert "再发一次" in phone.send(Kind.TEXT, "确认", message_id="9")
    assert not queries.of_customer(phone.id).items
    assert "下单成功" in phone.send(Kind.TEXT, "确认", message_id="9")


def _raising(error: Exception) -> Callable[[Transaction], None]:
    def write(_tx: Transaction) -> None:
        raise error

    return write


@pytest.mark.feature("C19")
def test_a_conversation_left_for_a_day_starts_anew_and_the_order_is_still_there(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    order = booked(phone)
    phone.say("约日常保洁")
    phone.now += timedelta(hours=25)
    assert "继续" in phone.say("你好")
    assert order.number in phone.say("我的订单")


def test_a_price_that_changed_before_confirming_is_shown_again_and_not_placed(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    phone.say(*BOOKING)
    dearer = a_service().price_lines[0].model_copy(update={"amount_fen": 5000})
    catalogue.save(a_service(price_lines=(dearer, *a_service().price_lines[1:])))
    assert "¥158" in phone.say("确认")
    assert not queries.of_customer(phone.id).items
    assert "下单成功" in phone.say("确认")


@pytest.mark.feature("C6")
def test_when_the_time_was_taken_before_confirming_other_times_are_offered(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    phone.say(*BOOKING)
    providers.save(a_provider(resting=True))
    answer = phone.say("确认")
    assert "还没有下单" in answer
    assert not queries.of_customer(phone.id).items


@pytest.mark.feature("C10")
def test_a_paid_order_nobody_took_is_cancelled_free_after_confirming(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    order = paid(booked(phone))
    assert "全额退回" in phone.say("取消")
    assert orders.get(order.order_id).state is State.PENDING_ACCEPTANCE
    assert "¥128" in phone.say("确认")
    after = orders.get(order.order_id)
    assert after.state is State.CANCELLED
    assert after.refunded_fen == 12800


@pytest.mark.feature("P3")
def test_a_provider_works_an_order_through_by_chat(chat: Chat) -> None:
    a_town()
    wang = worker()
    phone = chat("o_li")
    order = offered(paid(booked(phone)), wang.id)
    assert order.number in wang.say("抢单")
    assert "阳光花园" in wang.say(f"抢 {order.number}")
    code = orders.get(order.order_id).arrival_code
    assert code in phone.say("我的订单")
    assert "已出发" in wang.say("出发")
    wrong = "0000" if code != "0000" else "1111"
    assert "再试 4 次" in wang.say(f"开始 {wrong}")
    assert orders.get(order.order_id).wrong_codes == 1
    assert "开始服务" in wang.say(f"开始 {code}")
    assert "102.40" in wang.say("完成")
    phone.now = wang.now = NOW + timedelta(hours=1)
    assert "谢谢确认" in phone.say("确认")
    assert orders.get(order.order_id).confirmed_at is not None
    assert "102.40" in wang.say("收入")


@pytest.mark.feature("P3")
def test_of_two_who_grab_one_wins_and_the_other_is_told(chat: Chat) -> None:
    a_town()
    wang, zhao = worker("o_wang"), worker("o_zhao")
    order = offered(paid(booked(chat("o_li"))), wang.id, zhao.id)
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda one: one.say(f"抢 {order.number}"), (wang, zhao)))
    assert sum("抢到了" in answer for answer in answers) == 1
    assert sum("手慢了" in answer for answer in answers) == 1


def test_after_acceptance_a_cancellation_is_proposed_and_the_provider_answers(chat: Chat) -> None:
    a_town()
    wang = worker()
    phone = chat("o_li")
    order = offered(paid(booked(phone)), wang.id)
    wang.say(f"抢 {order.number}")
    assert "需要师傅同意" in phone.say("取消")
    assert "提出取消" in phone.say("确认")
    assert "已同意" in wang.say(f"同意 {order.number}")
    assert orders.get(order.order_id).state is State.CANCELLED


def test_coming_not_needs_a_confirmation_and_rest_is_one_word(chat: Chat) -> None:
    a_town()
    wang = worker()
    order = offered(paid(booked(chat("o_li"))), wang.id)
    wang.say(f"抢 {order.number}")
    assert "确认" in wang.say(f"来不了 {order.number}")
    assert orders.get(order.order_id).state is State.ACCEPTED
    assert "另找师傅" in wang.say("确认")
    assert orders.get(order.order_id).state is State.PENDING_ACCEPTANCE
    wang.say("休息")
    assert providers.get(wang.id).resting
    wang.say("接单")
    assert not providers.get(wang.id).resting


def test_an_order_under_way_is_found_however_many_later_ones_there_are(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    order = booked(phone)
    for days in range(1, 22):
        later = placed(phone.id, start=order.start + timedelta(days=days))
        committed(lambda tx, later=later: cancelling.lapse(later, tx=tx, now=later.pay_by))
    assert order.order_id not in {each.order_id for each in queries.of_customer(phone.id).items}
    assert "算了" in phone.say(f"取消 {order.number}")
    assert "已取消" in phone.say("确认")


def test_a_refusal_is_a_sentence_and_is_remembered_as_the_answer(chat: Chat) -> None:
    a_town()
    wang = worker()
    order = paid(booked_by_other(chat))
    first = wang.send(Kind.TEXT, f"抢 {order.number}", message_id="1")
    assert "没有派给您" in first
    offered(order, wang.id)
    assert wang.send(Kind.TEXT, f"抢 {order.number}", message_id="1") == first
    assert "没有找到" in wang.say("抢 9876543")


def booked_by_other(chat: Chat) -> Order:
    providers.save(a_provider("somebody"))
    return booked(chat("o_li"))


@pytest.mark.feature("C17")
def test_a_complaint_reaches_administrators_and_is_kept(chat: Chat, notices: Callable[[], list[Any]]) -> None:
    phone = chat("o_li")
    assert "已经记录" in phone.say("投诉")
    phone.say("师傅没有来，等了一个小时")
    told = notices()
    assert [each["facts"]["event"] for each in told] == ["CustomerComplained", "ComplaintDetailed"]
    assert {each["recipient"] for each in told} == {"administrators"}
    kept = ConversationItem.get(phone.id)
    assert [each.text for each in kept.body.complaints] == ["投诉", "师傅没有来，等了一个小时"]


def test_personal_data_is_sealed_in_what_is_stored(chat: Chat, calls: list[str]) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    phone.say(*BOOKING)
    raw = ConversationItem._get_connection().get_item(phone.id)["Item"]["body"]["S"]
    for personal in ("阳光花园", "13800005678", "李女士"):
        assert personal not in raw
    records = [item.answer for item in CommandItem.scan()]
    assert records
    assert all(answer.startswith("enc1:") for answer in records)


@pytest.mark.feature("C7")
def test_a_location_outside_is_refused_with_the_nearest_area_named(chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    phone.say("明天下午三点约个日常保洁")
    answer = phone.send(Kind.LOCATION, "咸宁市", Point(lat=29.84, lng=114.32))
    assert "武昌区" in answer


# -- the budget ---------------------------------------------------------------------------------------------------


def test_no_turn_waits_for_more_than_three_calls(traffic: Calls, chat: Chat) -> None:
    a_town(a_provider("somebody"))
    wang, phone = worker(), chat("o_li")

    def rounds(one: Chatter, text: str) -> int:
        traffic.clear()
        one.say(text)
        return traffic.rounds

    costs = {text: rounds(phone, text) for text in ("你好", *BOOKING, "多少钱", "改成后天", "确认", "付款", "我的订单")}
    order = offered(paid(the_order(phone)), wang.id)
    code = order.arrival_code
    for text in ("抢单", f"抢 {order.number}", "我的单", "出发", f"开始 {code}", "完成", "收入", "休息", "接单"):
        costs[text] = rounds(wang, text)
    costs["客户确认"] = rounds(_later(phone), "确认")
    phone.say(*BOOKING[:1], "1", "确认")
    costs["取消"] = rounds(phone, "取消")
    costs["确认取消"] = rounds(phone, "确认")
    assert max(costs.values()) <= 3, costs
    assert costs["你好"] == 2
    assert costs["多少钱"] == 2


def _later(phone: Chatter) -> Chatter:
    phone.now += timedelta(hours=1)
    return phone


def test_a_repeated_message_costs_one_read(traffic: Calls, chat: Chat) -> None:
    a_town(a_provider())
    phone = chat("o_li")
    phone.send(Kind.TEXT, "你好", message_id="1")
    traffic.clear()
    phone.send(Kind.TEXT, "你好", message_id="1")
    assert traffic.names == ["TransactGetItems"]
