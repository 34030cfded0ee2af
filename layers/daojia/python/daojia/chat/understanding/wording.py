"""How messages of each intent are worded: a linear model of what a message shows. Pure.

A message shows short runs of its characters, the same with what the slots have found and classes of words put as
letters, and its signs. `customer.weights` and `provider.weights` hold a weight for each of these and each intent,
learned from our corpora by tests/unit/chat/understanding/train.py.

The weights of one sign are one whole number with a lane of 16 bits for each intent, so that adding up a message is
adding integers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import exp
from operator import add
from typing import Final

from daojia.chat.understanding.concepts import CLASSES, classed
from daojia.chat.understanding.script import compiled

SIGN: Final = "="
"""Begins what is no run of characters: a slot that was found, a class of words somewhere in the message."""
ZERO: Final = 79
"""The character code that stands for a weight of nothing. A lane must hold the sum of all of a message's."""
LONGEST: Final = 300
"""Characters of a message that are weighed: what was not said by then is not the message's point."""
_PEOPLE: Final = (
    r"(?:师傅|阿姨|技师|师父|师付|小哥哥?|小姐姐|大姐|大哥|保洁员|理发师|老师|姑娘|小伙子?"
    r"|那?个?(?:人|男的|女的)(?!工))"
)
_CLASSED: Final = CLASSES | frozenset("TSPNYDQAW")
_SIGNS: Final = r"[\s,.!~:;、。…'\"()\[\]]+"
_NUMBERS: Final = r"\d+"


def shown(said: str, lettered: str, signs: Iterable[str]) -> set[str]:
    """What a plain text shows: its runs, the runs with its slots and classes of words as letters, and the signs.
    `lettered` is the same text with its slots as letters."""
    whole = _plain(said)
    word = _plain(classed(compiled(_PEOPLE).sub("W", lettered)))
    pairs = list(map(add, whole, whole[1:]))
    twos = list(map(add, word, word[1:]))
    threes = list(map(add, twos, word[2:]))
    skeleton = [SIGN + char for char in word if char in _CLASSED]
    return {
        *whole[1:-1],
        *pairs,
        *map(add, pairs, whole[2:]),
        *twos,
        *threes,
        *map(add, threes, word[3:]),
        *signs,
        *skeleton,
        *map(add, skeleton, skeleton[1:]),
        *map(add, skeleton, skeleton[2:]),
        *map(add, skeleton, skeleton[3:]),
    }


def _plain(text: str) -> str:
    """The text with numbers and signs made alike, between the marks of its beginning and end."""
    return f"^{compiled(_SIGNS).sub(' ', compiled(_NUMBERS).sub('0', text[:LONGEST])).strip()}$"


def lettered(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """The text with slots put as one capital letter each, by their places."""
    pieces: list[str] = []
    place = 0
    for start, end, letter in sorted(spans):
        if start >= place:
            pieces += (text[place:start], letter)
            place = end
    return "".join([*pieces, text[place:]])


def likelihoods(found: set[str], role: str) -> dict[str, float]:
    """How likely each intent is for what a message shows; they sum to one."""
    return weighed(found, _model(role))


def weighed(found: set[str], model: "Model") -> dict[str, float]:
    """The likelihoods a model gives to what a message shows."""
    told = list(filter(None, map(model.weights.get, found)))
    unit = model.step / (len(found) or 1) ** 0.5
    lanes = memoryview(sum(told).to_bytes(2 * len(model.labels), "little")).cast("H").tolist()
    highest = max(lanes)
    parts = [exp(unit * (lane - highest)) for lane in lanes]
    whole = sum(parts)
    return {label: part / whole for label, part in zip(model.labels, parts, strict=True)}


@dataclass(frozen=True, slots=True)
class Model:
    labels: tuple[str, ...]
    step: float
    weights: dict[str, int]


@cache
def _model(role: str) -> Model:
    """The weights of a role's messages. Read when first needed: customers' are 10 ms."""
    from pathlib import Path  # noqa: PLC0415  4 ms that the import of this package can do without

    return parse(Path(__file__).with_name(f"{role}.weights").read_text(encoding="utf-8"))


def parse(text: str) -> Model:
    """A model as it is written: the labels, the step, then a line for each thing shown: a character for the weight of
    each label, and what is shown."""
    head, step, *lines = text.split("\n")
    labels = tuple(head.split(" "))
    size = len(labels)
    weights = {line[size:]: int.from_bytes(line[:size].encode("utf-16-le"), "little") for line in lines}
    return Model(labels, float(step), weights)
