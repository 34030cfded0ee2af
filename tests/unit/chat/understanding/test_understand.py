"""What a message wants and the facts in it, over the corpora."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from daojia.chat.understanding import Understanding, understand
from daojia.chat.understanding.lexicon import Lexicon
from tests.unit.chat.understanding import train
from tests.unit.chat.understanding.corpus import NOW, WishCase, wish_cases

pytestmark = pytest.mark.feature("C19")


def test_messages_are_understood_as_meant() -> None:
    """At least 99 in 100 of all corpora, intent and every slot listed."""
    cases = wish_cases()
    wrong = [f"{case.source}: {case.text} → {heard.intent} {heard.slots}" for case, heard in _heard(cases)]
    assert len(wrong) <= len(cases) / 100, "\n".join(wrong)


def _heard(cases: list[WishCase]) -> Iterator[tuple[WishCase, Understanding]]:
    """The messages that are not understood as meant, and as what they are."""
    for case in cases:
        heard = understand(case.text, NOW, case.role)  # pyright: ignore[reportArgumentType]
        slots = {name: str(heard.slots.get(name)) for name in case.slots}
        if heard.intent != case.intent or slots != case.slots:
            yield case, heard


@pytest.mark.parametrize("voice", ["voice_neighbours", "voice_evening"])
def test_a_voice_that_was_not_learned_from_is_understood_and_doubt_is_told(voice: str) -> None:
    """Weights learned without this voice: what strangers may expect, and what a confidence of 0.8 promises."""
    checked = train.checked(voice)
    assert checked.right >= 0.9
    assert checked.right_when_sure >= 0.97


def test_a_time_alone_is_an_answer_whatever_else_it_may_be() -> None:
    assert understand("明天下午三点吧", NOW, "customer").intent == "book"


def test_typing_by_ear_and_in_pinyin_is_understood() -> None:
    for text, service in (("饱洁阿姨", "日常保洁"), ("kong tiao wei xiu le", "空调维修"), ("洗邮烟机", "油烟机清洗")):
        heard = understand(text, NOW, "customer")
        assert heard.slots["service"] == service
        assert heard.confidence["service"] < 1
    assert understand("duoshao qian", NOW, "customer").intent == "ask_price"


def test_every_slot_has_a_confidence_and_a_span_inside_the_message() -> None:
    text = "约李阿姨明天下午2点到武昌区八一路299号做日常保洁3小时，家里有狗，要便宜点，预算200块"
    heard = understand(text, NOW, "customer")
    assert {"service", "minutes", "wish", "provider", "amount_yuan"} <= set(heard.slots)
    assert {"address_text", "when", "notes"} <= set(heard.slots)
    assert set(heard.confidence) == set(heard.spans) == set(heard.slots)
    for start, end in heard.spans.values():
        assert 0 <= start < end <= len(text)
    assert all(0 < sure <= 1 for sure in heard.confidence.values())


def test_the_names_of_the_live_catalogue_are_known_when_passed() -> None:
    assert "service" not in understand("想养护一下木地板", NOW, "customer").slots
    services = (("木地板养护", "地板打蜡"), ("养护一下木地板", "地板打蜡"))
    assert understand("想养护一下木地板", NOW, "customer", services).slots["service"] == "地板打蜡"
    assert understand("擦玻璃", NOW, "customer", services).slots["service"] == "擦玻璃"


def test_a_lexicon_of_ones_own_replaces_the_built_in_names() -> None:
    lexicon = Lexicon({"遛狗": "上门遛狗"})
    assert understand("明天遛狗", NOW, "customer", lexicon=lexicon).slots["service"] == "上门遛狗"
    assert "service" not in understand("擦玻璃", NOW, "customer", lexicon=lexicon).slots


def test_the_same_services_are_compiled_once() -> None:
    assert Lexicon.of([("打蜡", "地板打蜡")]) is Lexicon.of((("打蜡", "地板打蜡"),))


def test_a_name_with_one_wrong_character_is_less_sure() -> None:
    heard = understand("空凋维修", NOW, "customer")
    assert heard.slots["service"] == "空调维修"
    assert heard.confidence["service"] < understand("空调维修", NOW, "customer").confidence["service"]


def test_a_second_wish_in_the_same_message_is_kept() -> None:
    heard = understand("想约明天擦玻璃，多少钱？", NOW, "customer")
    assert heard.intent == "ask_price"
    assert "book" in heard.also


def test_a_leave_says_when() -> None:
    heard = understand("请假 明天下午", NOW, "provider")
    assert heard.slots["when"].start - NOW == timedelta(days=1, hours=3)


def test_a_cancellation_says_which_visit() -> None:
    for text in ("取消明天下午三点的保洁", "明天下午三点不用来了"):
        assert understand(text, NOW, "customer").slots["when"].start - NOW == timedelta(days=1, hours=5)
