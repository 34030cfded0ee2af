"""Not sure what a person wants of an order: which of a few it is, asked before anything is done (B6). Pure."""

from typing import Final

from daojia.chat.situation import Situation, Step
from daojia.chat.speech import tell
from daojia.chat.understanding import Understanding

SURE: Final = 0.6
"""From which confidence an intent is acted on: of those below, a third are another."""
_ACTS: Final = frozenset({"cancel", "change", "complain"})
_ASKED: Final = (*sorted(_ACTS), "order_status", "hurry", "pay", "human")
"""What can be offered as the thing meant."""


def doubtful(sit: Situation, heard: Understanding) -> bool:
    """Whether a message may want something of an order, and may as well not. A change while booking corrects the wish
    in the making, which is shown again anyway."""
    if heard.intent == "change" and not sit.conversation.draft.empty:
        return False
    return heard.intent in _ACTS and heard.intent_confidence < SURE


def ask(sit: Situation, heard: Understanding) -> Step:
    """Which it is: a number each, the likeliest first and a person last. Nothing happens until one is chosen."""
    likely = [intent for intent in dict.fromkeys((heard.intent, *heard.also)) if intent in _ASKED and intent != "human"]
    meant = [*likely[:3], "human"]
    labels = [tell("menu.line", number=number, label=tell(f"doubt.{intent}")) for number, intent in enumerate(meant, 1)]
    conversation = sit.conversation.asking(sit.conversation.asked, *(f"meant:{intent}" for intent in meant))
    return Step(conversation, "\n".join((tell("doubt.which"), *labels)))
