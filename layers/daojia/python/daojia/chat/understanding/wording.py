"""How messages of each intent are worded: a linear model of what a message shows. Pure.

A message shows short runs of its characters, of its sounds (so that typos by ear and pinyin count alike), of its words
with what the slots have found put as letters, and the signs of `intents`. `wording.weights` holds a weight for each of
these and each intent, learned from our corpora by tests/unit/chat/understanding/train.py.

The weights of one sign are one whole number with a lane of 16 bits for each intent, so that adding up a message is
adding integers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import exp
from operator import add
from pathlib import Path
from typing import Final

from daojia.chat.understanding.concepts import CLASSES, classed
from daojia.chat.understanding.script import compiled

KINDS: Final = ("characters", "words", "signs")
ZERO: Final = 79
"""The character code that stands for a weight of nothing; a lane must hold the sum of all of a message's."""
LONGEST: Final = 300
"""Characters of a message that are weighed: what was not said by then is not the message's point."""
_PEOPLE: Final = (
    r"(?:师傅|阿姨|技师|师父|师付|小哥哥?|小姐姐|大姐|大哥|保洁员|理发师|老师|姑娘|小伙子?"
    r"|那?个?(?:人|男的|女的)(?!工))"
)
_CLASSED: Final = CLASSES | frozenset("TSPNYDQAW")
_SIGNS: Final = r"[\s,.!~:;、。…'\"()\[\]]+"
_NUMBERS: Final = r"\d+"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message shows, by kind."""

    characters: set[str]
    words: set[str]
    signs: set[str]


def shown(said: str, lettered: str, signs: Iterable[str]) -> Shown:
    """What a plain text shows. `lettered` is the same with its slots as letters."""
    whole = _plain(said)
    word = _plain(classed(compiled(_PEOPLE).sub("W", lettered)))
    skeleton = [char for char in word if char in _CLASSED]
    pairs = list(map(add, whole, whole[1:]))
    twos = list(map(add, word, word[1:]))
    threes = list(map(add, twos, word[2:]))
    # Runs without a letter are in `characters` already.
    free = frozenset(whole)
    return Shown(
        {*whole[1:-1], *pairs, *map(add, pairs, whole[2:])},
        {*twos, *threes, *map(add, threes, word[3:])} if not free.issuperset(word) else set(),
        {*signs, *skeleton, *map(add, skeleton, skeleton[1:])},
    )


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


def likelihoods(found: Shown, role: str) -> dict[str, float]:
    """How likely each intent is for what a message shows; they sum to one."""
    return weighed(found, _model(role))


def weighed(found: Shown, model: "Model") -> dict[str, float]:
    """The likelihoods a model gives to what a message shows."""
    told: list[int] = []
    size = 0
    for kind in KINDS:
        signs: set[str] = getattr(found, kind)
        size += len(signs)
        told += [weight for weight in map(model.tables[kind].get, signs) if weight]
    total = sum(told)
    none = ZERO * len(told)
    unit = model.step / (size or 1) ** 0.5
    lanes = memoryview(total.to_bytes(2 * len(model.labels), "little")).cast("H").tolist()
    scores = [unit * (lane - none) for lane in lanes]
    highest = max(scores)
    parts = [exp(score - highest) for score in scores]
    whole = sum(parts)
    return {label: part / whole for label, part in zip(model.labels, parts, strict=True)}


@dataclass(frozen=True, slots=True)
class Model:
    labels: tuple[str, ...]
    step: float
    tables: dict[str, dict[str, int]]


@cache
def _model(role: str) -> Model:
    """The weights of a role's messages. Read when first needed: customers' are 10 ms."""
    return parse(Path(__file__).with_name(f"{role}.weights").read_text(encoding="utf-8"))


def parse(text: str) -> Model:
    """A model as it is written: a line of labels, the step, then a line for each sign: kind, a character for each
    label's weight, and the sign."""
    head, step, *lines = text.split("\n")
    labels = tuple(head.split(" "))
    tables: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    by_letter = {kind[0] if kind != "signs" else "x": tables[kind] for kind in KINDS}
    last = len(labels) + 1
    for line in lines:
        by_letter[line[0]][line[last:]] = int.from_bytes(line[1:last].encode("utf-16-le"), "little")
    return Model(labels, float(step), tables)
