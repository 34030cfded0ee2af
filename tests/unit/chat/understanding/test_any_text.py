"""What holds for any text at any time, sense or nonsense."""

import re
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from daojia.chat.understanding import shorthand, understand, when
from daojia.chat.understanding.script import bare, fold
from daojia.chat.understanding.timewords import _GUARD, _TOKEN  # pyright: ignore[reportPrivateUsage]
from daojia.kernel.times import SHANGHAI
from tests.unit.chat.understanding.corpus import NOW, WishCase, time_cases, wish_cases

_WORDS = (
    "今天 明天 后天 大后天 昨天 周三 下周五 下下周一 周末 月底 25号 31号 2月29号 12月3日 元旦 除夕 腊月二十三 初三"
    " 下个月 年底 春节后 第二个周六 上午 下午 晚上 凌晨 中午 今晚 三点 12点 8点半 15:30 24点 0点 差五分三点 三点一刻"
    " 到 - 至 或者 、 之前 以后 半小时后 三天后 现在 一会儿 改成 不是 没空 取消 ， 。 空调 擦玻璃 3小时 50块"
    " 13812345678 中山路25号 3号楼 8321 家里有猫 王师傅 九 十 一 二 2 3 : . / 年 月 日 号 点"
)
_SAID = [case.text for case in time_cases()] + [case.text for case in wish_cases()]
_CHARACTERS = (
    "路街1号楼栋单元室村湾a二十三百千- ,，家里有猫在到来周末天上午下点半个空调洗修不改成是没付款8元块3:."
    "年月日我想要约抢了吗多少钱后前初小时分钟过第晚早中农历腊正廿俩"
)
_SENTENCES = st.one_of(
    st.text(_CHARACTERS, max_size=40),
    st.lists(st.sampled_from(_WORDS.split()), min_size=1, max_size=8).map("".join),
    st.lists(st.sampled_from(_SAID), min_size=1, max_size=2).map(" ".join),
    st.text(max_size=60),
)
_CLOCKS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 12, 31)).map(  # noqa: DTZ001  hypothesis wants naive bounds
    lambda clock: clock.replace(tzinfo=SHANGHAI)
)


@settings(max_examples=600, deadline=None)
@given(_SENTENCES, _CLOCKS)
def test_nothing_in_the_past_is_ever_heard(text: str, now: datetime) -> None:
    heard = when(text, now)
    for each in [heard, *heard.alternatives] if heard else []:
        assert each.start >= now
        assert each.end is None or each.end > each.start
        assert each.start.utcoffset() == timedelta(hours=8)
        start, end = each.span
        assert 0 <= start < end <= len(text)


@settings(max_examples=400, deadline=None)
@given(_SENTENCES, _CLOCKS, st.sampled_from(["customer", "provider"]))
def test_any_text_is_understood_as_something(text: str, now: datetime, role: str) -> None:
    heard = understand(text, now, role)  # pyright: ignore[reportArgumentType]
    assert heard.intent
    assert set(heard.spans) == set(heard.slots)
    for start, end in heard.spans.values():
        assert 0 <= start < end <= len(text)
    shorthand(text)


@settings(max_examples=200, deadline=None)
@given(_SENTENCES)
def test_no_token_begins_with_a_character_that_is_passed_over(text: str) -> None:
    unguarded = re.compile(_TOKEN.removeprefix(_GUARD))
    text = fold(text)
    assert [m.span() for m in unguarded.finditer(text)] == [m.span() for m in re.compile(_TOKEN).finditer(text)]


_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_DAYS_SAID = [
    *("今天", "明天", "后天", "周五", "下周二", "下下周日", "元旦", "除夕"),
    *("{12}月{3}号", "{25}号", "{3}天后", "{2}周后的周六", "腊月{23}那天"),
]
_PARTS_SAID = ("", "上午", "下午", "晚上", "中午", "早上")
_HOURS_SAID = ["{3}点", "{8}点半", "{10}点{20}分", "{2}点到{4}点", "{9}点以后", "{5}点之前", "{11}点{45}", "{7}点一刻"]
_CHARACTERS_OF_DIGITS = {
    "2": "二", "3": "三", "4": "四", "5": "五", "7": "七", "8": "八", "9": "九", "10": "十", "11": "十一", "12": "十二",
    "20": "二十", "23": "二十三", "25": "二十五", "45": "四十五",
}  # fmt: skip
_SPELLED = st.tuples(st.sampled_from(_DAYS_SAID), st.sampled_from(_PARTS_SAID), st.sampled_from(["", *_HOURS_SAID]))


def _heard(text: str, now: datetime) -> object:
    heard = when(text, now)
    return heard and (heard.start, heard.end, heard.grain, [each.start for each in heard.alternatives])


@settings(max_examples=300, deadline=None)
@given(_SENTENCES, _CLOCKS)
def test_full_width_characters_mean_the_same(text: str, now: datetime) -> None:
    assert _heard(text.translate(_WIDE), now) == _heard(text, now)


@settings(max_examples=300, deadline=None)
@given(_SPELLED, _CLOCKS)
def test_digits_and_characters_mean_the_same(said: tuple[str, str, str], now: datetime) -> None:
    spelled = "".join(said)
    digits = re.sub(r"[{}]", "", spelled)
    characters = re.sub(r"{(\d+)}", lambda match: _CHARACTERS_OF_DIGITS[match[1]], spelled)
    assert _heard(digits, now) == _heard(characters, now)


@settings(max_examples=200, deadline=None)
@given(st.tuples(st.sampled_from(_DAYS_SAID), st.sampled_from(_PARTS_SAID), st.sampled_from(_HOURS_SAID)), _CLOCKS)
def test_a_time_means_the_same_among_other_words(said: tuple[str, str, str], now: datetime) -> None:
    words = re.sub(r"[{}]", "", "".join(said))
    assert _heard(f"麻烦你们，{words}，来两个人，家里120平，住3栋502", now) == _heard(words, now)


def test_a_very_long_message_is_read_in_little_time() -> None:
    for piece in ("明天", "1", "号", "三点到", "路", " ", "有", "周六或", "一号"):
        understand(piece * 5000, datetime(2026, 11, 25, 10, tzinfo=SHANGHAI), "customer")


_ENDINGS = st.text("。！~…～ 😊👍🙏", max_size=4)
_WIDE = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_MESSAGES = st.sampled_from(wish_cases())


@settings(max_examples=300, deadline=None)
@given(_MESSAGES, _ENDINGS)
def test_width_and_what_is_put_at_the_end_change_nothing(case: WishCase, ending: str) -> None:
    plain = understand(case.text, NOW, case.role)  # pyright: ignore[reportArgumentType]
    for text in (case.text.translate(_WIDE), case.text + ending):
        heard = understand(text, NOW, case.role)  # pyright: ignore[reportArgumentType]
        assert (heard.intent, set(heard.slots)) == (plain.intent, set(plain.slots))


@settings(max_examples=300, deadline=None)
@given(_SENTENCES, _CLOCKS)
def test_slots_in_ones_own_words_stand_where_they_say(text: str, now: datetime) -> None:
    heard = understand(text, now, "customer")
    for name in {"provider", "address_text"} & set(heard.slots):
        start, end = heard.spans[name]
        assert bare(text)[start:end] == heard.slots[name]
