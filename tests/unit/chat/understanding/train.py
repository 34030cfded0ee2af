"""Weights of wording, learned from the corpora of wishes: python -m tests.unit.chat.understanding.train.

An averaged perceptron with a margin; the same corpora give the same weights.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from daojia.chat.understanding import wording
from daojia.chat.understanding.script import fold
from tests.unit.chat.understanding.corpus import WishCase, wish_cases

ROUNDS: Final = 12
LEAST: Final = 6
"""Hundredths below which a weight is left out."""
WIDTH: Final = 110


def learned(cases: Sequence[WishCase]) -> str:
    """Labels, then one run a line with its weights in hundredths by label (a letter)."""
    labels = sorted({case.intent for case in cases})
    data = [(sorted(wording.runs(fold(case.text))), case.intent) for case in cases]
    weights = {label: defaultdict[str, float](float) for label in labels}
    summed = {label: defaultdict[str, float](float) for label in labels}
    order = random.Random(1)
    step = 1
    for _ in range(ROUNDS):
        order.shuffle(data)
        for found, right in data:
            scores = {
                label: sum(weights[label].get(run, 0.0) for run in found) / len(found) ** 0.5 + (label != right)
                for label in labels
            }
            wrong = max(labels, key=scores.__getitem__)
            if wrong != right:
                for run in found:
                    weights[right][run] += 1
                    summed[right][run] += step
                    weights[wrong][run] -= 1
                    summed[wrong][run] -= step
            step += 1
    rows: dict[str, list[str]] = defaultdict(list)
    for place, label in enumerate(labels):
        for run, weight in weights[label].items():
            value = round(100 * (weight - summed[label][run] / step))
            if abs(value) >= LEAST and "|" not in run:
                rows[run].append(f"{chr(97 + place)}{value}")
    return "\n".join([" ".join(labels), *("|".join([run, *rows[run]]) for run in sorted(rows))])


def module(texts: dict[str, str]) -> str:
    """The source of the module of weights."""
    lines = ['"""Weights of wording, made by tests/unit/chat/understanding/train.py; not edited by hand."""', ""]
    lines += ["from typing import Final", "", "WEIGHTS: Final = {"]
    for role, text in texts.items():
        lines.append(f'    "{role}": (')
        whole = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\x00")
        for start in range(0, len(whole), WIDTH // 2):
            piece = whole[start : start + WIDTH // 2].replace("\x00", "\\n")
            lines.append(f'        "{piece}"')
        lines.append("    ),")
    return "\n".join([*lines, "}", ""])


def main() -> None:
    """Writes the weights beside the module that reads them."""
    cases = wish_cases()
    texts = {role: learned([case for case in cases if case.role == role]) for role in ("customer", "provider")}
    Path(wording.__file__).with_name("weights.py").write_text(module(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
