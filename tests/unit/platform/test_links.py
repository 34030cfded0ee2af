"""Links that let their holder do one thing until they end."""

from datetime import timedelta

import pytest

from daojia.platform.links import LinkExpiredError, LinkInvalidError, read_link, sign_link
from tests.unit.ordering.builders import NOW

SUBJECT = {"order_id": "o_01KBTESTTESTTESTTESTTESTTE", "provider_id": "a_provider"}
LATER = NOW + timedelta(hours=1)


def test_a_link_says_what_was_signed() -> None:
    assert read_link("grab", sign_link("grab", SUBJECT, LATER), NOW) == SUBJECT


def test_a_link_keeps_chinese_as_it_is() -> None:
    assert read_link("cursor", sign_link("cursor", {"of": "名单"}, LATER), NOW) == {"of": "名单"}


def test_a_link_is_no_link_for_another_purpose() -> None:
    with pytest.raises(LinkInvalidError):
        read_link("pay", sign_link("grab", SUBJECT, LATER), NOW)


def test_a_link_ends() -> None:
    token = sign_link("grab", SUBJECT, LATER)
    assert read_link("grab", token, LATER - timedelta(seconds=1)) == SUBJECT
    with pytest.raises(LinkExpiredError):
        read_link("grab", token, LATER)


def test_not_one_character_of_a_link_may_change() -> None:
    token = sign_link("grab", SUBJECT, LATER)
    for index, char in enumerate(token):
        changed = token[:index] + ("A" if char != "A" else "B") + token[index + 1 :]
        with pytest.raises(LinkInvalidError):
            read_link("grab", changed, NOW)


@pytest.mark.parametrize(
    "token", ["", ".", "a.b", "名单.签名", "x" * 5000, sign_link("grab", SUBJECT, LATER) + "=", "\ud800"]
)
def test_nonsense_is_no_link(token: str) -> None:
    with pytest.raises(LinkInvalidError):
        read_link("grab", token, NOW)


def test_a_link_fits_into_a_path_segment_and_a_text_message() -> None:
    token = sign_link("grab", SUBJECT, LATER)
    assert len(token) < 200
    assert all(char.isalnum() or char in "-_." for char in token)
