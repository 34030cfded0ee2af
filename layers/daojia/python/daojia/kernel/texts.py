"""Sentences for people, kept in TOML catalogues under `daojia/texts/`, one file per audience.

`say("chat.welcome", name="小李")` looks up table entry `welcome` in `chat.toml` and fills `{name}`. A list in the
catalogue is joined with line breaks, so that long messages read well in the file.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent.parent / "texts"


@cache
def _catalogue(name: str) -> dict[str, Any]:
    with (_FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _template(key: str) -> str:
    name, *path = key.split(".")
    entry: Any = _catalogue(name)
    for part in path:
        entry = entry[part]
    if isinstance(entry, list):
        return "\n".join(str(line) for line in entry)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if not isinstance(entry, str):
        raise KeyError(key)
    return entry


def say(key: str, /, **values: Any) -> str:
    """The sentence under `key` (`file.table.entry`), filled with `values`. KeyError for an unknown key or value."""
    return _template(key).format(**values)


def known(key: str) -> bool:
    """Whether the catalogues hold a sentence under `key`."""
    try:
        _template(key)
    except (KeyError, TypeError, FileNotFoundError):
        return False
    return True
