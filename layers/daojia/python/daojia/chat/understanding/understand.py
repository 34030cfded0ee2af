"""What a message wants and the facts in it, each with where it was said and how sure. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from daojia.chat.understanding import intents, slots, wording
from daojia.chat.understanding.concepts import plainly, respelled
from daojia.chat.understanding.intents import Role
from daojia.chat.understanding.lexicon import Lexicon
from daojia.chat.understanding.script import bare, compiled
from daojia.chat.understanding.slots import Slot
from daojia.chat.understanding.when import when
from daojia.kernel.times import local

_TOO_LONG: Final = 600
"""Characters looked at; the rest is not read."""
_POLITE: Final = r"[\s,.!?~:可以行好吧吗呢啊呀哦嗯的了就那在要来想我们都有空方便左右这个到时候看准时最或者是]*"
"""What may stand around a time that is the whole message."""
_ASKED: Final = r"[吗么?]"
_LETTERS: Final = {
    "when": "T",
    "service": "S",
    "provider": "P",
    "order_no": "N",
    "amount_yuan": "Y",
    "minutes": "D",
    "quantity": "Q",
    "address_text": "A",
}
"""How the wording writes slots. A service told by two words apart stays as it was said."""
_TWO_WORDS: Final = (0.85, 0.7)
_ALSO: Final = 0.2
"""How likely a further intent must be to be told."""
_GUESSED: Final = 0.5
_WORD: Final = 4
"""A message of so few characters must be likelier than that to be a wish."""
_MANNERS: Final = frozenset({"greet", "thanks"})
_ASKS: Final = frozenset({"ask_price", "ask_time", "nearby"})
_SIZES: Final = (1, 4, 7, 12, 20, 40)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a slot was said (start, end in the message) and how sure it is, 0 to 1."""

    confidence: float
    span: tuple[int, int]


def _no_slots() -> dict[str, Any]:
    return {}


def _no_evidence() -> dict[str, Evidence]:
    return {}


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message: its first intent, the others it may have, and its slots.

    Slots, where said: service (catalogue name), minutes (int), quantity (int), wish (words joined by 、), provider,
    order_no, code (4 digits, to begin a job), amount_yuan (int or float), address_text, when (When), notes.
    """

    intent: str
    slots: dict[str, Any] = field(default_factory=_no_slots)
    evidence: dict[str, Evidence] = field(default_factory=_no_evidence)
    intent_confidence: float = 1.0
    also: tuple[str, ...] = ()
    """Further wishes in the same message: a price asked while booking."""

    @property
    def confidence(self) -> dict[str, float]:
        """How sure each slot is."""
        return {name: found.confidence for name, found in self.evidence.items()}

    @property
    def spans(self) -> dict[str, tuple[int, int]]:
        """Where each slot was said."""
        return {name: found.span for name, found in self.evidence.items()}


def understand(
    text: str,
    now: datetime,
    role: Role,
    services: Sequence[tuple[str, str]] = (),
    *,
    lexicon: Lexicon | None = None,
) -> Understanding:
    """What a message of a customer or provider means at `now` (aware). `services` are further (synonym, catalogue name)
    pairs; a `lexicon` replaces all built-in names."""
    words = lexicon if lexicon is not None else Lexicon.of(services)
    read = _read(text, now, role, words)
    message, found = read.message, read.found
    intent, sure, also = "book", 0.5, ()
    if not read.answers:
        likely = wording.likelihoods(_shown(read), role)
        intent, *others = sorted(likely, key=likely.__getitem__, reverse=True)
        sure = likely[intent]
        if sure < _GUESSED and len(message) <= _WORD and not found and intent not in _MANNERS:
            # 皮沙发: a word that answers some question, not a wish.
            intent, others = "other", []
        also = tuple(name for name in others if likely[name] >= _ALSO and name != "other")
        if "service" in found and intent in _ASKS and "book" not in also and intents.asks_for_visit(message):
            also = (*also, "book")
    if intent == "cancel" and "when" not in found:
        # 明天不用来了: the time is spoken against, and says which visit.
        _add_when(found, text, now, refused=True)
    if role == "provider" and intent == "start" and (code := slots.code(message)) is not None:
        if found.get("order_no") is not None and found["order_no"].start == code.start:
            del found["order_no"]
        found["code"] = code
    return Understanding(
        intent,
        {name: slot.value for name, slot in found.items()},
        {name: Evidence(slot.confidence, (slot.start, slot.end)) for name, slot in found.items()},
        sure,
        also,
    )


def evidence(text: str, now: datetime, role: Role) -> set[str]:
    """What a message shows of its intent: what the weights are learned from."""
    return _shown(_read(text, now, role, Lexicon.default()))


@dataclass(frozen=True, slots=True)
class _Read:
    """A message with its slots."""

    message: str
    said: str
    """The message as it is spelled."""
    found: dict[str, Slot]
    role: Role
    now: datetime

    @property
    def answers(self) -> bool:
        """Whether it is a time and nothing else: an answer rather than a wish."""
        time = self.found.get("when")
        if self.role != "customer" or time is None or "service" in self.found:
            return False
        rest = self.message[: time.start] + self.message[time.end :]
        return compiled(_POLITE).fullmatch(rest) is not None and compiled(_ASKED).search(rest) is None


def _read(text: str, now: datetime, role: Role, words: Lexicon) -> _Read:
    message = bare(text[:_TOO_LONG])
    found = _customer_slots(message, text, now, words) if role == "customer" else _provider_slots(message, text, now)
    return _Read(message, respelled(message), found, role, now)


def _shown(read: _Read) -> set[str]:
    spans = [
        (slot.start, slot.end, _LETTERS[name])
        for name, slot in read.found.items()
        if name in _LETTERS and not (name == "service" and slot.confidence in _TWO_WORDS)
    ]
    size = len(read.message)
    plain = plainly(read.said)
    signs = [
        *(f"={sign}" for sign in intents.signs(plain, read.role)),
        *(f"=slot {name}" for name in read.found),
        f"=size {max((each for each in _SIZES if each <= size), default=0)}",
    ]
    if intents.asks_for_visit(plain):
        signs.append("=asks for a visit")
    if "?" in read.message:
        signs.append("=asks")
    if "when" in read.found and local(read.found["when"].value.start).date() > local(read.now).date():
        signs.append("=on a later day")
    # Pinyin is longer than what it says: then the slots stand elsewhere.
    lettered = wording.lettered(read.said, spans) if len(read.said) == len(read.message) else read.said
    return wording.shown(plain, plainly(lettered), signs)


def _customer_slots(message: str, text: str, now: datetime, lexicon: Lexicon) -> dict[str, Slot]:
    found: dict[str, Slot] = {}
    named = lexicon.find(message)
    if named is not None:
        found["service"] = Slot(named.service, named.start, named.end, named.confidence)
    _add_when(found, text, now)
    _add(found, "minutes", slots.minutes(message))
    _add(found, "quantity", slots.quantity(message))
    _add(found, "amount_yuan", slots.amount(message))
    _add(found, "provider", slots.provider(message))
    _add(found, "wish", slots.wish(message))
    taken = [
        (slot.start, slot.end) for name, slot in found.items() if name in {"service", "when", "amount_yuan", "minutes"}
    ]
    _add(found, "address_text", slots.address(message, taken))
    if "address_text" in found:
        taken.append((found["address_text"].start, found["address_text"].end))
    _add(found, "notes", slots.notes(message, taken))
    number = slots.order_number(message)
    inside = found.get("address_text") or found.get("notes")
    if number is not None and not (inside and inside.start <= number.start < inside.end):
        found["order_no"] = number
    return found


def _provider_slots(message: str, text: str, now: datetime) -> dict[str, Slot]:
    found: dict[str, Slot] = {}
    _add_when(found, text, now, refused=True)
    _add(found, "amount_yuan", slots.amount(message))
    number = slots.order_number(message)
    spent = found.get("amount_yuan")
    if number is not None and not (spent and spent.start <= number.start < spent.end):
        found["order_no"] = number
    return found


def _add(found: dict[str, Slot], name: str, slot: Slot | None) -> None:
    if slot is not None:
        found[name] = slot


def _add_when(found: dict[str, Slot], text: str, now: datetime, *, refused: bool = False) -> None:
    time = when(text, now, refused=refused)
    if time is not None:
        found["when"] = Slot(time, *time.span, 0.7 if time.alternatives else 0.95)
