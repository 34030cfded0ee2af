"""The time in a message, over the corpora of messages as people type them."""

from datetime import UTC, datetime, timedelta

import pytest

from daojia.chat.understanding import when
from daojia.kernel.times import SHANGHAI
from tests.unit.chat.understanding.corpus import NOW, TimeCase, time_cases

pytestmark = pytest.mark.feature("C19")


@pytest.mark.parametrize("case", time_cases(), ids=lambda case: f"{case.text}@{case.now:%m%d%H%M}")
def test_a_message_names_the_time_a_person_would_hear(case: TimeCase) -> None:
    heard = when(case.text, case.now)
    if case.start is None:
        assert heard is None
    else:
        assert heard is not None
        assert (heard.start, heard.end, heard.grain) == (case.start, case.end, case.grain)
        assert case.also is None or case.also in [each.start for each in heard.alternatives]


def test_a_clock_that_counts_in_utc_means_the_same_day_in_shanghai() -> None:
    # 23:00 on the 25th in London's winter is already the 26th here.
    heard = when("明天", datetime(2026, 11, 25, 23, 0, tzinfo=UTC))
    assert heard is not None
    assert heard.start == datetime(2026, 11, 27, tzinfo=SHANGHAI)
    assert heard.start.utcoffset() == timedelta(hours=8)


def test_a_clock_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        when("明天", NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("明天8点", "11-26 20:00"),
        ("8点", "11-26 08:00"),
        ("周六或者周日", "11-29 00:00"),
        ("25号", "12-25 00:00"),
        ("周三", "12-02 00:00"),
        ("明天上午或者下午", "11-26 13:00"),
        ("春节后第一个周一", "2027-02-15 00:00"),
    ],
)
def test_what_else_the_words_may_mean_is_reported(text: str, other: str) -> None:
    heard = when(text, NOW)
    assert heard is not None
    expected = datetime.fromisoformat(other if other.count("-") == 2 else f"2026-{other}").replace(tzinfo=SHANGHAI)
    assert expected in [each.start for each in heard.alternatives]


@pytest.mark.parametrize("text", ["明天下午三点", "半小时后", "后天上午", "12月3号", "今晚8点到10点", "明天"])
def test_what_is_clear_has_no_other_reading(text: str) -> None:
    heard = when(text, NOW)
    assert heard is not None
    assert heard.alternatives == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我想约明天下午三点擦玻璃", "明天下午三点"),
        ("明天 下午 3 点 半，谢谢", "明天 下午 3 点 半"),
        ("地址不变，时间改到周五上午９点", "周五上午９点"),
    ],
)
def test_the_span_is_where_the_time_was_said(text: str, words: str) -> None:
    heard = when(text, NOW)
    assert heard is not None
    assert text[slice(*heard.span)] == words


def test_a_time_spoken_against_is_heard_when_asked_for() -> None:
    assert when("后天家里有事来不了", NOW) is None
    heard = when("后天家里有事来不了", NOW, refused=True)
    assert heard is not None
    assert heard.start == datetime(2026, 11, 27, tzinfo=SHANGHAI)
