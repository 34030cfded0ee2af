"""What a message wants and the facts in it, each with where it was said and how sure. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from daojia.chat.understanding import intents, slots, wording
from daojia.chat.understanding.intents import Role
from daojia.chat.understanding.lexicon import Lexicon
from daojia.chat.understanding.script import compiled, fold
from daojia.chat.understanding.slots import Slot
from daojia.chat.understanding.when import When, when
from daojia.kernel.times import local

_TOO_LONG: Final = 600
"""Characters looked at; the rest is not read."""
_POLITE: Final = r"[\s,.!?~:可以行好吧吗呢啊呀哦嗯的了就那在要来想我们都有空方便左右这个到时候看准时最或者是]*"
"""What may stand around a time that is the whole message."""
_LEADS: Final = {"other": 1.0, "book": 0.4}
_LEAD_OVER_SERVICE: Final = 0.5
"""By how much the wording must speak for another intent than rules found, or found none."""
_NEGATED: Final = r"[没不]|无法"
_ASKED: Final = r"几|什么|哪|吗"
_THIS_JOB: Final = r"[这那该]个?(?:单|活|一单)"
_AWAY: Final = r"假(?!期)|病|不舒服|发烧|感冒|住院"


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
    message = fold(text[:_TOO_LONG])
    words = lexicon if lexicon is not None else Lexicon.of(services)
    found = _customer_slots(message, text, now, words) if role == "customer" else _provider_slots(message, text, now)
    names = intents.wanted(message, role)
    intent, sure, also = (
        _customer(message, names, found) if role == "customer" else _provider(message, names, found, now)
    )
    if intent in _LEADS and not (names and intent == "other"):
        guessed = _worded(message, role, intent, sure, found)
        if guessed != intent:
            intent, sure, also = guessed, 0.6, (intent,) if intent == "book" else ()
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


def _worded(message: str, role: Role, held: str, sure: float, found: dict[str, Slot]) -> str:
    """The intent a message is worded like, where rules are silent: answers to questions (a place, a time) stay so."""
    if len(message) < 4 or (held == "book" and sure == 0.5):
        return held
    if held == "other" and ("address_text" in found or "notes" in found):
        return held
    guessed, lead = wording.likeliest(message, role, held)
    least = _LEAD_OVER_SERVICE if held == "book" and "service" in found else _LEADS[held]
    return guessed if lead > least else held


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


def _customer(message: str, names: list[str], found: dict[str, Slot]) -> tuple[str, float, tuple[str, ...]]:
    service, time = found.get("service"), found.get("when")
    asks = intents.asks_for_visit(message)
    if (
        not (service or time)
        and names[:1] not in (["complain"], ["cancel"], ["change"])
        and intents.asks_about_place(message)
    ):
        return "nearby", 0.8, tuple(name for name in names if name != "nearby")
    polite = _politely(message, names, found)
    if polite is not None:
        return polite
    strong = [name for name in names if name not in {"thanks", "greet", "pay"}]
    if strong:
        first = strong[0]
        return (
            first,
            0.9 if len(strong) == 1 else 0.75,
            tuple(name for name in [*strong[1:], *(["book"] if service and asks else [])] if name != first),
        )
    if "thanks" in names and (intents.praises(message) or not (service or time or asks)):
        return "thanks", 0.9, ()
    if "pay" in names and not service:
        return "pay", 0.9, ()
    if service or asks or (found.get("provider") and not names):
        return "book", 0.9 if service else 0.7, tuple(name for name in names if name in {"thanks", "greet"})
    if names:
        return names[0], 0.9, tuple(names[1:])
    if time is not None and compiled(_POLITE).fullmatch(message[: time.start] + message[time.end :]):
        return "book", 0.5, ()
    return "other", 0.5, ()


def _politely(message: str, names: list[str], found: dict[str, Slot]) -> tuple[str, float, tuple[str, ...]] | None:
    """What questions of manners come to: 明天能来吗 with a service books, 有人吗 greets, 能用券吗我要付了 pays."""
    service, time = found.get("service"), found.get("when")
    if names[:1] == ["ask_time"] and service and (intents.asks_to_come if time else intents.asks_to_book)(message):
        return "book", 0.85, tuple(names)
    strong = {name for name in names if name not in {"thanks", "greet", "pay"}}
    if "greet" in names and not (service or time) and strong <= {"ask_time"}:
        return "greet", 0.9, ()
    if "pay" in names and strong <= {"ask_price"} and intents.pays(message):
        return "pay", 0.9, tuple(strong)
    return None


def _provider(
    message: str, names: list[str], found: dict[str, Slot], now: datetime
) -> tuple[str, float, tuple[str, ...]]:
    if "order_no" in found:
        names = names or (["decline"] if compiled(_NEGATED).search(message) else [])
        # 开工 4406: four digits with a word of beginning are the arrival code.
        if "resume" in names and not {"grab", "decline"} & set(names):
            names = ["start", *(name for name in names if name != "start")]
        if names[:1] == ["rest"] and "finish" in names:
            names = ["finish", *(name for name in names if name != "finish")]
    else:
        names = _without_order(message, names, found, now)
    if not names:
        return "other", 0.5, ()
    return names[0], 0.9 if len(names) == 1 else 0.75, tuple(names[1:])


def _without_order(message: str, names: list[str], found: dict[str, Slot], now: datetime) -> list[str]:
    """不接单了 is a rest, 明天来不了 is leave: only with an order are they about one job."""
    time: When | None = found["when"].value if "when" in found else None
    first = ""
    if "leave" in names:
        later = time is not None and local(time.start).date() > local(now).date()
        if later or compiled(_AWAY).search(message) or "rest" not in names:
            first = "leave"
    if "rest" in names and not first and time is not None and local(time.start).date() > local(now).date():
        first = "leave"
    if not first and "rest" in names and ("decline" in names or "leave" in names):
        first = "rest"
    if {"decline", "leave"} <= set(names) and compiled(_THIS_JOB).search(message):
        first = "decline"
    if "schedule" in names and names[0] in {"start", "finish"} and compiled(_ASKED).search(message):
        first = "schedule"
    return [first, *(name for name in names if name != first)] if first and names[0] != "help" else names
