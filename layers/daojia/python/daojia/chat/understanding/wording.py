"""How messages of each intent are worded: weights of short runs of characters, for what no rule knows. Pure."""

from functools import cache
from typing import Final

from daojia.chat.understanding.script import compiled
from daojia.chat.understanding.weights import WEIGHTS

_LONGEST: Final = 3
_SIGNS: Final = r"[\s,.!?~:;、。]+"
_NUMBERS: Final = r"\d+"
_WORDS: Final = r"[一-龥]"


def runs(text: str) -> set[str]:
    """The runs of one to three characters in a folded text, numbers and signs made alike."""
    bare = compiled(_SIGNS).sub(" ", compiled(_NUMBERS).sub("0", text)).strip()
    marked = f"^{bare}$"
    return {marked[start : start + size] for size in range(1, _LONGEST + 1) for start in range(len(marked) - size + 1)}


def likeliest(text: str, role: str, held: str) -> tuple[str, float]:
    """The intent a folded text is worded like, and by how much it leads over the one `held` so far."""
    if compiled(_WORDS).search(text) is None:
        return held, 0.0
    labels, weights = _table(role)
    scores = [0] * len(labels)
    found = runs(text)
    for run in found:
        for label, weight in weights.get(run, ()):
            scores[label] += weight
    best = max(range(len(labels)), key=scores.__getitem__)
    lead = scores[best] - scores[labels.index(held)] if held in labels else scores[best]
    return labels[best], lead / len(found) ** 0.5 / 100


@cache
def _table(role: str) -> tuple[list[str], dict[str, list[tuple[int, int]]]]:
    """Labels, and for each run the weights of those it speaks for or against. Read when first needed."""
    labels, *rows = WEIGHTS[role].split("\n")
    table: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        run, *pairs = row.split("|")
        table[run] = [(ord(pair[0]) - 97, int(pair[1:])) for pair in pairs]
    return labels.split(" "), table
