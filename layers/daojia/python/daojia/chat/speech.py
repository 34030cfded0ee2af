"""How the bot puts things: variants in turn, short durations, never the same words three times running. Pure."""

import hashlib
from collections.abc import Iterable
from itertools import count
from typing import Final

from daojia.chat.model import REMEMBERED_REPLIES, Conversation
from daojia.kernel.texts import known, say

_PREFIX: Final = "chat."


def tell(key: str, **values: object) -> str:
    """A sentence of the chat's own catalogue."""
    return say(_PREFIX + key, **values)


def one_of(key: str, turn: int, **values: object) -> str:
    """The variant of a sentence that is due at this turn."""
    variants = next(number for number in count(1) if not known(f"{_PREFIX}{key}.{number}")) - 1
    return tell(f"{key}.{turn % variants + 1}", **values)


def unrepeated(text: str, conversation: Conversation) -> tuple[str, tuple[str, ...]]:
    """The text, with another lead-in when the last two replies were exactly this; and what to remember of it."""
    said = conversation.said
    if text and len(said) == REMEMBERED_REPLIES and all(each == _digest(text) for each in said):
        text = lines_of(one_of("again", conversation.turns), text)
    return text, (*said, _digest(text))[-REMEMBERED_REPLIES:]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def duration(minutes: int) -> str:
    """2 小时, 1 小时 30 分钟, 45 分钟."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return tell("words.minutes", minutes=rest)
    return tell("words.hours_minutes", hours=hours, minutes=rest) if rest else tell("words.hours", hours=hours)


def listed(items: Iterable[str]) -> str:
    """甲、乙、丙."""
    return tell("words.separator").join(items)


def lines_of(*parts: str) -> str:
    """A line each; empty ones are left out."""
    return "\n".join(part for part in parts if part)
