"""Short answers: numbers, yes, no, 菜单, 返回, 跳过, 同意 8321."""

import pytest

from daojia.chat.understanding import Shorthand, shorthand
from tests.unit.chat.understanding.corpus import short_cases

pytestmark = pytest.mark.feature("C19")


@pytest.mark.parametrize(("text", "kind", "value"), short_cases())
def test_a_short_answer_is_read(text: str, kind: str, value: str) -> None:
    found = shorthand(text)
    assert found == (None if kind == "-" else Shorthand(kind, value))  # pyright: ignore[reportArgumentType]


def test_a_number_is_a_number() -> None:
    found = shorthand("选十二")
    assert found is not None
    assert found.number == 12
