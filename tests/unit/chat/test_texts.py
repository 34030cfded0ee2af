"""The catalogue of the chat: every sentence the code says is there, and nothing is there that nobody says."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from daojia import chat
from daojia.catalogue.model import Family
from daojia.ordering.model import RefundState, State

ROOM = Path(chat.__file__).parent
CATALOGUE = tomllib.loads((ROOM.parent / "texts" / "chat.toml").read_text(encoding="utf-8"))
CODE = "\n".join(path.read_text(encoding="utf-8") for path in ROOM.glob("*.py"))


def sentences(table: dict[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, entry in table.items():
        name = f"{path}.{key}".strip(".")
        if isinstance(entry, dict):
            found |= sentences(entry, name)
        else:
            found[name] = "\n".join(entry) if isinstance(entry, list) else entry
    return found


def said() -> set[str]:
    """The keys in the code, those of variants with `.1`, and those built from an enumeration."""
    found = set(re.findall(r'(?:tell|brief)\(\s*"([a-z_.]+)"', CODE))
    found |= {f"{key}.1" for key in re.findall(r'one_of\(\s*"([a-z_.]+)"', CODE)}
    return found


@pytest.mark.parametrize("key", sorted(said()))
def test_every_sentence_the_code_says_is_in_the_catalogue(key: str) -> None:
    assert key in sentences(CATALOGUE)


def test_every_entry_is_said_somewhere() -> None:
    quoted = set(re.findall(r'"([a-z_.]+)"', CODE))
    built = tuple(set(re.findall(r'f"([a-z_]+\.[a-z_]*)\{', CODE)))
    unsaid = [
        key
        for key in sentences(CATALOGUE)
        if re.sub(r"\.\d$", "", key) not in quoted and not key.startswith(built) and f"chat.{key}" not in quoted
    ]
    assert not unsaid, " ".join(unsaid)


def test_every_state_family_and_refund_has_its_word() -> None:
    assert set(CATALOGUE["states"]) == {state.value for state in State}
    assert set(CATALOGUE["refund_states"]) == {state.value for state in RefundState}
    assert set(CATALOGUE["families"]) == {family.value for family in Family}


def test_sentences_said_again_and_again_have_three_variants() -> None:
    keys = sentences(CATALOGUE)
    for key in keys:
        if key.endswith(".1"):
            assert {f"{key[:-2]}.{number}" for number in (2, 3)} <= set(keys), key


def test_variants_take_the_same_values() -> None:
    keys = sentences(CATALOGUE)
    for key, text in keys.items():
        if key.endswith(".1"):
            for number in (2, 3):
                assert fields(keys[f"{key[:-2]}.{number}"]) == fields(text), key


def fields(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_no_sentence_is_too_long_for_a_wechat_text() -> None:
    assert max(len(text.encode()) for text in sentences(CATALOGUE).values()) < 1024
