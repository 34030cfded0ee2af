"""Questions in the middle are answered without losing the thread: what was asked stays asked. Pure."""

import re
from typing import Final

from daojia.catalogue.model import Service
from daojia.catalogue.pricing import Wanted, missing, priced
from daojia.chat import booking, choosing, filling, hearing, views
from daojia.chat.model import Asked, Draft
from daojia.chat.situation import Situation, Step, lines
from daojia.chat.speech import duration, lines_of, listed, tell
from daojia.chat.understanding import Understanding

_HOW_LONG: Final = re.compile(r"多久|多长时间|几个?小时|多少时间|几个?钟头|多少分钟|要花.{0,3}时间|时长|耗时")
_NO_QUESTIONS: Final = {"complain", "human", "hurry", "order_status", "invoice", "receipt", "pay"}
"""Messages about an order: whatever else they ask, that comes first."""
_REMINDED: Final = {
    Asked.SERVICE: "service",
    Asked.OPTION: "option",
    Asked.DAY: "day",
    Asked.TIME: "time",
    Asked.PLACE: "place",
    Asked.DETAIL: "detail",
    Asked.CONTACT: "contact",
    Asked.NOTES: "notes",
    Asked.CONFIRMATION: "confirmation",
    Asked.ACT: "act",
}


def is_question(text: str, heard: Understanding) -> bool:
    """Whether a message asks something this module answers."""
    asked = heard.intent in ("ask_price", "ask_time", "nearby")
    return asked or hearing.asks_tools(text) or hearing.asks_steps(text) or hearing.asks_policy(text)


def answer(sit: Situation, text: str, heard: Understanding) -> Step | None:
    """Price, duration, tools, steps, refund, area; several at once. None if it is no such question."""
    if heard.intent in _NO_QUESTIONS:
        return None
    service = filling.service_in(sit, heard) or booking.service_of(sit, sit.conversation.draft)
    if heard.intent == "nearby":
        return _told(sit, None, tell("answer.nearby", areas=_areas(sit)))
    wanted = _wanted(sit, service, text, heard)
    if answers := _answers(service, wanted, text, heard):
        return _with_facts(sit, service, text, heard, "\n".join(answers))
    if heard.intent == "ask_time" and service is not None:
        return filling.fill(sit, text, heard)
    return None


def _wanted(sit: Situation, service: Service | None, text: str, heard: Understanding) -> Wanted:
    """How much of it is asked about: what the message says, else what was said before about the same service."""
    if service is None:
        return Wanted()
    before = sit.conversation.draft
    known = before.wanted if before.service_id == service.service_id else Wanted()
    wanted, _ = choosing.heard_in(service, known, text, heard)
    return Wanted() if choosing.too_much(service, wanted) else wanted


def _answers(service: Service | None, wanted: Wanted, text: str, heard: Understanding) -> list[str]:
    """An answer to each question in the message."""
    found: list[str] = []
    if hearing.asks_tools(text):
        found.append(_tools(service))
    if hearing.asks_policy(text):
        policy = service and tell("answer.policy", service=service.name, tiers=views.tiers(service.policy))
        found.append(policy or tell("answer.policy_which"))
    if "ask_price" in (heard.intent, *heard.also):
        found.append(
            lines_of(views.price(service, wanted), views.options(service)) if service else tell("answer.price_which")
        )
    if _HOW_LONG.search(text):
        length = service and (service if missing(service, wanted) else priced(service, wanted)).minutes
        minutes = service and tell("answer.duration", service=service.name, duration=duration(length or 0))
        found.append(minutes or tell("answer.duration_which"))
    if hearing.asks_steps(text) and service is not None and not found:
        found.append(tell("answer.steps", service=service.name, steps=listed(service.steps)))
    return found


def _tools(service: Service | None) -> str:
    if service is None:
        return tell("answer.tools_which")
    brought = listed((*service.tools, *service.products))
    return tell("answer.tools", tools=brought) if brought else tell("answer.tools_none", service=service.name)


def _told(sit: Situation, service: Service | None, text: str, wanted: Wanted | None = None) -> Step:
    """The answer; the thread stays. A service asked about with nothing in the making is what a wish will be about."""
    conversation = sit.conversation
    if service is not None and conversation.draft.empty:
        conversation = conversation.with_draft(Draft(service_id=service.service_id, wanted=wanted or Wanted()))
        return Step(conversation.asking(Asked.DAY), lines(text, tell("reminder.book")))
    return Step(conversation, lines(text, reminder(sit)))


def _with_facts(sit: Situation, service: Service | None, text: str, heard: Understanding, answered: str) -> Step:
    """The answer to a question that says when or where as well: 明天下午保洁多少钱 also begins a wish."""
    if service is None or not (heard.slots.get("when") or heard.slots.get("address_text")):
        return _told(sit, service, answered, _wanted(sit, service, text, heard))
    return filling.fill(sit, text, heard, answered)


def reminder(sit: Situation) -> str:
    """The open question in few words; empty when there is none."""
    conversation = sit.conversation
    if conversation.asked not in _REMINDED or (conversation.asked is Asked.SERVICE and conversation.draft.empty):
        return ""
    return tell(f"reminder.{_REMINDED[conversation.asked]}")


def left_offer(sit: Situation) -> tuple[str, ...]:
    """The offer to take up what was left a day or more ago."""
    left = sit.conversation.left
    service = booking.service_of(sit, left) if left is not None else None
    return (tell("continue.offer", service=service.name),) if service is not None else ()


def place_unclear(sit: Situation) -> str:
    """An address nobody could find, with an example that can be found and what is served."""
    area = next((each for each in sit.book.served if each.streets), None)
    example = f"{area.district}{area.streets[0].name} 8 号 3 栋 1203" if area else ""
    return lines(tell("place.unclear", example=example), tell("place.served", areas=_areas(sit)))


def _areas(sit: Situation) -> str:
    return views.areas(sit.book)
