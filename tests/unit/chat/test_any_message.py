"""Whatever people send, in whatever order: an answer that fits, no act without its words, no exception."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daojia.chat.acts import Cancel, Place, Withdraw
from daojia.chat.message import Kind
from tests.store.builders import a_provider
from tests.unit.chat.phone import HOME, OUTSIDE, Phone, an_account
from tests.unit.ordering.builders import PROVIDER, accepted, an_order, completed

WORDS = [
    "明天下午三点约个日常保洁，家里有猫",
    "日常保洁",
    "深度保洁",
    "明天",
    "后天上午十点",
    "周三八点",
    "这周末",
    "三点",
    "1",
    "2",
    "3",
    "9",
    "确认",
    "好的",
    "不",
    "没有",
    "算了",
    "取消",
    "菜单",
    "帮助",
    "我的订单",
    "付款",
    "投诉",
    "人工",
    "继续",
    "多少钱",
    "要多久",
    "要自己准备工具吗",
    "改成后天",
    "换成深度保洁",
    "换个地址",
    "备注：有狗",
    "家",
    "武昌区中南路街道阳光花园3栋1203",
    "3栋1203",
    "李女士 13800005678",
    "13800005678",
    "张伟",
    "北京市朝阳区 1 号",
    "谢谢",
    "你好",
    "催一下",
    "8321",
    "取消 8321",
    "抢单",
    "抢 8321",
    "不接 8321",
    "出发",
    "开始",
    "开始 4406",
    "开始 8321",
    "完成",
    "来不了",
    "来不了 8321",
    "同意",
    "不同意 8321",
    "休息",
    "接单",
    "我的单",
    "请假",
    "asdf",
    "？",
    "]]>",
    "{x}",
    "0",
]
messages = st.one_of(st.sampled_from(WORDS), st.text(max_size=30).filter(str.strip))


@pytest.mark.feature("C19")
@settings(max_examples=150, deadline=None)
@given(st.lists(messages, min_size=1, max_size=8), st.booleans(), st.booleans())
def test_every_message_is_answered_and_acts_follow_a_yes(said: list[str], works: bool, returning: bool) -> None:
    phone = Phone(
        account=an_account(account_id=PROVIDER, addresses=(HOME,) if returning else ()),
        profile=a_provider(PROVIDER) if works else None,
        orders=[an_order(), completed()] if returning else [],
        jobs=[accepted()],
    )
    for text in said:
        before, pending = len(phone.acts), phone.conversation
        answer = phone.say(text)
        assert answer or len(phone.acts) > before
        assert len(answer.encode()) < 2048
        assert phone.rounds <= 1
        for act in phone.acts[before:]:
            if isinstance(act, Place):
                assert pending.proposal is not None
            if isinstance(act, Cancel | Withdraw):
                assert pending.pending is not None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from((*Kind, "text")), min_size=1, max_size=6))
def test_every_kind_of_message_is_answered(kinds: list[str]) -> None:
    phone = Phone()
    for kind in kinds:
        match kind:
            case Kind.UNFOLLOW | Kind.SILENT:
                continue
            case Kind.TEXT | "text":
                assert phone.say("日常保洁")
            case Kind.LOCATION:
                assert phone.locate(OUTSIDE)
            case _:
                assert phone.show(Kind(kind))
