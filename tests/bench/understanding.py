"""How well and how fast messages are understood: accuracy per class, microseconds a message, import milliseconds.

Run by `make bench`.
"""

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from daojia.chat.understanding import shorthand, understand, when
from tests.bench.held_out import judge_times, judge_wishes
from tests.unit.chat.understanding.corpus import NOW, short_cases, time_cases, wish_cases

Measured = dict[str, Any]
WORST = 10
"""So many confusions are shown, the most frequent first."""
LIMITS = {
    "when_percent": 99.0,
    "wishes_percent": 99.0,
    "held_out_when_percent": 97.0,
    "held_out_intents_percent": 97.0,
    "held_out_slots_percent": 97.0,
    "microseconds_per_message": 100.0,
    "import_ms": 50.0,
}


def accuracy() -> dict[str, float]:
    """Per class, the share of messages whose whole reading is right, in percent."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for case in time_cases():
        heard = when(case.text, case.now)
        got = (heard.start, heard.end, heard.grain) if heard else (None, None, "-")
        right = got == (case.start, case.end, case.grain)
        hits[f"when.{case.kind}"].append(right)
        hits["when"].append(right)
    for wish in wish_cases():
        understood = understand(wish.text, NOW, wish.role)  # pyright: ignore[reportArgumentType]
        slots = {name: str(understood.slots.get(name)) for name in wish.slots}
        right = understood.intent == wish.intent and slots == wish.slots
        hits[f"{wish.role}.{wish.intent}"].append(right)
        hits["wishes"].append(right)
    for text, kind, value in short_cases():
        short = shorthand(text)
        hits["shorthand"].append((short.kind, short.value) == (kind, value) if short else kind == "-")
    return {name: round(100 * sum(right) / len(right), 1) for name, right in sorted(hits.items())}


def per_message(read: Callable[[str], object], texts: list[str], rounds: int = 20) -> float:
    """Processor microseconds a message, the best of several rounds: what else the machine does only adds."""
    best = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        for text in texts:
            read(text)
        best = min(best, time.process_time() - begin)
    return best / len(texts) * 1e6


def import_ms(rounds: int = 7) -> float:
    """Processor milliseconds to import the package in a fresh interpreter with all it needs; the best of several."""
    program = (
        "import time; t = time.process_time(); import daojia.chat.understanding; print((time.process_time() - t) * 1e3)"
    )
    return min(_answer(program) for _ in range(rounds))


def _answer(program: str) -> float:
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)


def first_message_ms() -> float:
    """Processor milliseconds for the first message of a fresh interpreter, which compiles what is only needed then."""
    program = (
        "import time; from datetime import datetime, timezone; from daojia.chat.understanding import understand;"
        "t = time.process_time(); understand('约明天下午三点擦玻璃', datetime.now(timezone.utc), 'customer');"
        "print((time.process_time() - t) * 1e3)"
    )
    return min(_answer(program) for _ in range(3))


def measure() -> Measured:
    """All figures of understanding, those outside their limit first told by `ok`."""
    right = accuracy()
    strangers, wishes = judge_times(), judge_wishes()
    classes = right | strangers.classes() | wishes.classes()
    texts = [case.text for case in wish_cases()]
    times = [case.text for case in time_cases()]
    figures = {
        "when_messages": len(times),
        "wishes_messages": len(texts),
        "when_percent": right["when"],
        "wishes_percent": right["wishes"],
        "shorthand_percent": right["shorthand"],
        "held_out_when_messages": len(strangers.right["held_out.when"]),
        "held_out_wishes_messages": len(wishes.right["held_out.intents"]),
        "held_out_when_percent": classes["held_out.when"],
        "held_out_intents_percent": classes["held_out.intents"],
        "held_out_slots_percent": classes["held_out.slots"],
        "microseconds_per_message": round(per_message(lambda text: understand(text, NOW, "customer"), texts), 1),
        "when_microseconds": round(per_message(lambda text: when(text, NOW), times), 1),
        "shorthand_microseconds": round(per_message(shorthand, texts), 1),
        "import_ms": round(import_ms(), 1),
        "first_message_ms": round(first_message_ms(), 1),
    }
    ok = all(
        figures[name] >= limit if name.endswith("percent") else figures[name] <= limit for name, limit in LIMITS.items()
    )
    return {
        "ok": ok,
        "figures": figures,
        "limits": LIMITS,
        "classes": classes,
        "confused": (strangers.confused + wishes.confused).most_common(WORST),
        "misses": [*strangers.misses, *wishes.misses],
    }
