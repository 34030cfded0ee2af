"""Weights of wording, learned from the corpora of wishes: python -m tests.unit.chat.understanding.train [--check].

A multinomial logistic regression, by stochastic gradient descent with a decay of weights and random forgetting of
signs; the same corpora give the same weights. `--check` learns from all voices but one, measures on that one, and
prints what it got right per intent and how far its confidence can be trusted.
"""

import random
import struct
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path
from typing import Final

from daojia.chat.understanding import wording
from daojia.chat.understanding.understand import evidence
from tests.unit.chat.understanding.corpus import NOW, WishCase, wish_cases

EPOCHS: Final = 24
RATE: Final = 1.5
DECAY: Final = 0.02
"""By which part weights shrink after each epoch."""
FORGET: Final = 0.2
"""Share of what a message shows that is passed over, so that no weight relies on another."""
DISTRUST: Final = 0.6
"""Share of times the signs of messages outside the voices are passed over: they were written on these messages."""
STRONG: Final = 2
"""How much faster signs are learned than runs, of which a message shows twenty times as many."""
RARE: Final = 2
"""A run seen in fewer messages is left out."""
LARGEST: Final = 46
SURE: Final = 0.8
_HALF: Final = 1 << 62
_ONE: Final = 1 << 32


class Lanes:
    """Numbers side by side in one large integer, 64 bits each: sums of vectors are sums of integers."""

    def __init__(self, count: int) -> None:
        self._format = struct.Struct(f"<{count}Q")
        self._bias = sum(_HALF << 64 * place for place in range(count))

    def packed(self, values: Sequence[float]) -> int:
        whole = self._format.pack(*(int(value * _ONE) + _HALF for value in values))
        return int.from_bytes(whole, "little") - self._bias

    def unpacked(self, packed: int) -> list[float]:
        whole = (packed + self._bias).to_bytes(self._format.size, "little")
        return [(lane - _HALF) / _ONE for lane in self._format.unpack(whole)]


def signs_of(case: WishCase) -> list[str]:
    """What a message shows."""
    return sorted(evidence(case.text, NOW, case.role))  # pyright: ignore[reportArgumentType]


def learned(cases: Sequence[tuple[list[str], str, bool]]) -> str:
    """The weights file for messages: what each shows, its intent, and whether its signs are to be trusted."""
    labels = sorted({intent for _, intent, _ in cases})
    seen = Counter(each for found, _, _ in cases for each in found)
    known = {each: place for place, each in enumerate(sorted(each for each, count in seen.items() if count >= RARE))}
    data: list[tuple[list[int], list[int], float, int, bool]] = []
    for found, intent, trusted in cases:
        runs = [known[each] for each in found if each in known and not each.startswith(wording.SIGN)]
        signs = [known[each] for each in found if each in known and each.startswith(wording.SIGN)]
        data.append((runs, signs, len(found) ** -0.5, labels.index(intent), trusted))
    lanes = Lanes(len(labels))
    weights = [0] * len(known)
    kept = [0] * len(known)
    dice = random.Random(1)
    averaged = 0
    for epoch in range(EPOCHS):
        dice.shuffle(data)
        rate = RATE * 4 / (4 + epoch)
        for runs, signs, norm, right, trusted in data:
            some = [each for each in runs if dice.random() >= FORGET]
            told = [each for each in signs if dice.random() >= FORGET] if trusted or dice.random() >= DISTRUST else []
            scores = lanes.unpacked(sum([weights[each] for each in some]) + sum([weights[each] for each in told]))
            highest = max(scores)
            unit = norm / (1 - FORGET)
            parts = [exp((score - highest) * unit) for score in scores]
            whole = sum(parts)
            slope = [-rate * part / whole for part in parts]
            slope[right] += rate
            if slope[right] < 0.02 * rate:
                continue
            step = lanes.packed(slope)
            for each in some:
                weights[each] += step
            step *= STRONG
            for each in told:
                weights[each] += step
        if epoch >= EPOCHS // 2:
            averaged += 1
            kept = [old + new for old, new in zip(kept, weights, strict=True)]
        weights = [lanes.packed([value * (1 - DECAY) for value in lanes.unpacked(weight)]) for weight in weights]
    final = {each: [value / averaged for value in lanes.unpacked(kept[place])] for each, place in known.items()}
    step = max(abs(value) for row in final.values() for value in row) / LARGEST
    lines = [" ".join(labels), f"{step:.6f}"]
    for each, row in final.items():
        codes = [round(value / step) for value in row]
        if any(codes) and "\n" not in each:
            lines.append("".join(chr(wording.ZERO + code) for code in codes) + each)
    return "\n".join(lines)


@dataclass(frozen=True)
class Checked:
    """How messages that were not learned from are understood: label meant, label heard, how sure."""

    heard: list[tuple[str, str, float]]

    @property
    def right(self) -> float:
        return _share([meant == got for meant, got, _ in self.heard])

    @property
    def right_when_sure(self) -> float:
        """Of those with a confidence of 0.8 and more."""
        return _share([meant == got for meant, got, sure in self.heard if sure >= SURE])

    @property
    def right_when_unsure(self) -> float:
        return _share([meant == got for meant, got, sure in self.heard if sure < SURE])

    @property
    def sure(self) -> float:
        return _share([sure >= SURE for _, _, sure in self.heard])

    def by_intent(self) -> dict[str, float]:
        intents = sorted({meant for meant, _, _ in self.heard})
        return {each: _share([meant == got for meant, got, _ in self.heard if meant == each]) for each in intents}


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 1.0


def checked(voice: str) -> Checked:
    """Learn from all messages of a voice's role but its own, and hear those."""
    data = _data()
    role = next(case.role for case, _ in data if case.source == voice)
    learned_from = [
        (found, case.intent, case.trusted) for case, found in data if case.role == role and case.source != voice
    ]
    model = wording.parse(learned(learned_from))
    heard: list[tuple[str, str, float]] = []
    for case, found in data:
        if case.source == voice:
            likely = wording.weighed(set(found), model)
            best = max(likely, key=likely.__getitem__)
            heard.append((case.intent, best, likely[best]))
    return Checked(heard)


@cache
def _data() -> list[tuple[WishCase, list[str]]]:
    return [(case, signs_of(case)) for case in wish_cases()]


def report() -> str:
    """Voice by voice, what is right of messages that were not learned from."""
    everything: list[tuple[str, str, float]] = []
    lines: list[str] = []
    for voice in sorted({case.source for case in wish_cases() if case.trusted}):
        one = checked(voice)
        lines.append(f"{voice:24} {len(one.heard):4} messages {one.right:7.1%}")
        everything += one.heard
    whole = Checked(everything)
    lines.append(f"{'all voices':24} {len(everything):4} messages {whole.right:7.1%}")
    lines.append(f"sure (0.8 and more): {whole.sure:.1%} of messages, {whole.right_when_sure:.1%} right")
    lines.append(f"unsure: {whole.right_when_unsure:.1%} right")
    lines += [f"  {intent:14} {right:7.1%}" for intent, right in whole.by_intent().items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes the weights beside the module that reads them."""
    for role in ("customer", "provider"):
        cases = [(signs_of(case), case.intent, case.trusted) for case in wish_cases() if case.role == role]
        Path(wording.__file__).with_name(f"{role}.weights").write_text(learned(cases), encoding="utf-8")


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.stdout.write(report())
    else:
        main()
