"""Sentences for people come from catalogues."""

import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daojia.kernel import texts
from daojia.kernel.texts import known, say

FOLDER = Path(texts.__file__).resolve().parent.parent / "texts"
CATALOGUES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def entries(name: str) -> Iterator[tuple[str, str]]:
    """All sentences of a catalogue with their keys."""

    def walk(prefix: str, table: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for key, entry in table.items():
            if isinstance(entry, dict):
                yield from walk(f"{prefix}.{key}", entry)
            elif isinstance(entry, list) and all(isinstance(line, str) for line in entry):
                yield f"{prefix}.{key}", "\n".join(entry)
            elif isinstance(entry, str):
                yield f"{prefix}.{key}", entry

    yield from walk(name, tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def test_a_sentence_is_filled_with_what_it_mentions() -> None:
    assert say("errors.words.kilometres", count=3) == "3 公里"


def test_a_missing_value_and_an_unknown_key_are_mistakes() -> None:
    with pytest.raises(KeyError):
        say("errors.words.kilometres")
    with pytest.raises(KeyError):
        say("errors.words.leagues")
    with pytest.raises(KeyError):
        say("errors.words")


def test_one_can_ask_whether_there_is_a_sentence() -> None:
    assert known("errors.NOT_FOUND")
    assert not known("errors.NO_SUCH_CODE")
    assert not known("nobody.reads.this")
    assert not known("errors.NOT_FOUND.deeper")


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_catalogue_is_well_formed_and_every_entry_can_be_filled(catalogue: str) -> None:
    for key, text in entries(catalogue):
        fields = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
        assert all(field.isidentifier() for field in fields), key
        assert text.strip(), key
