"""Facts of a wish found in a sentence, taken up into the draft. Pure."""

from typing import Any

from daojia.catalogue.model import Service
from daojia.chat import booking, hearing, places
from daojia.chat.model import Asked, Draft, WishedPlace
from daojia.chat.situation import Situation, Step
from daojia.chat.speech import tell
from daojia.chat.understanding import Understanding
from daojia.kernel.errors import DaojiaError
from daojia.ordering.placing import NOTES_MAX

_BOOKING: frozenset[Asked] = frozenset(
    {Asked.SERVICE, Asked.DAY, Asked.TIME, Asked.PLACE, Asked.DETAIL, Asked.CONTACT, Asked.NOTES, Asked.CONFIRMATION}
)
_SHORT = 15


def slot(heard: Understanding, name: str) -> Any:
    """A slot that was said, or None."""
    return heard.slots.get(name)


def service_in(sit: Situation, heard: Understanding) -> Service | None:
    """The service a sentence names, if it is sold."""
    name = slot(heard, "service")
    return sit.book.named(str(name)) if name else None


def order_number(text: str, heard: Understanding) -> str | None:
    """The order a sentence names."""
    said = slot(heard, "order_no")
    if said:
        return str(said)
    digits = hearing.order_numbers(text)
    return digits[0] if len(digits) == 1 and text.strip() == digits[0] else None


def says_something(sit: Situation, text: str, heard: Understanding) -> bool:
    """Whether a sentence holds a fact that belongs into a draft."""
    if service_in(sit, heard) is not None:
        return True
    in_booking = sit.conversation.asked in _BOOKING and not (
        sit.conversation.asked is Asked.SERVICE and sit.conversation.draft.empty
    )
    if hearing.time_of(text, sit.now, sit.conversation.draft.day) is not None:
        return in_booking or heard.intent in ("book", "change") or len(text) <= _SHORT
    if not (in_booking or heard.intent in ("book", "change")):
        return False
    return _place_in(sit, heard) is not None or bool(hearing.contact_of(text).phone) or _says_notes(text)


def _says_notes(text: str) -> bool:
    return text.startswith(("备注", "加备注", "备注改"))


def fill(sit: Situation, text: str, heard: Understanding) -> Step:
    """Take all facts of a sentence up and go on with what is missing."""
    before = sit.conversation.draft
    draft, lead = _service(sit, before, heard)
    time_heard = hearing.time_of(text, sit.now, draft.day)
    if time_heard is not None:
        draft = _time(draft, time_heard)
        if time_heard.rounded and time_heard.clock is not None:
            lead.append(tell("heard.rounded", time=f"{time_heard.clock:%H:%M}"))
    try:
        draft = _where(sit, draft, text, heard)
    except DaojiaError as error:
        lead.append(error.message)
    draft = _notes(draft, text, heard)
    if before.service_id is not None and draft != before and not lead:
        lead.append(tell("heard.changed"))
    return booking.advance(sit, draft, *lead)


def _service(sit: Situation, draft: Draft, heard: Understanding) -> tuple[Draft, list[str]]:
    service = service_in(sit, heard)
    if service is None or service.service_id == draft.service_id:
        return draft, []
    lead = [tell("heard.service", service=service.name)]
    quantity = slot(heard, "quantity")
    if isinstance(quantity, int) and quantity > 1:
        lead.append(tell("heard.quantity"))
    return draft.model_copy(update={"service_id": service.service_id}), lead


def _time(draft: Draft, heard: hearing.TimeHeard) -> Draft:
    """Only what was said changes: 改成后天 keeps three o'clock, 改到下午 keeps the day."""
    changes: dict[str, Any] = {"day": heard.day, "span": heard.span}
    if heard.clock is not None:
        changes |= {"clock": heard.clock, "part": None}
    elif heard.part is not None:
        changes |= {"clock": None, "part": heard.part}
    return draft.model_copy(update=changes)


def _place_in(sit: Situation, heard: Understanding) -> WishedPlace | None:
    words = slot(heard, "address_text")
    return places.written(sit, str(words)) if words else None


def _where(sit: Situation, draft: Draft, text: str, heard: Understanding) -> Draft:
    place = places.named(sit, text) if slot(heard, "address_text") else None
    place = place or _place_in(sit, heard)
    contact = hearing.contact_of(text)
    if place is None and draft.place is not None and contact.phone:
        place = places.with_contact(draft.place, contact)
    elif place is not None and contact.phone:
        place = places.with_contact(place, contact)
    return draft if place is None else draft.model_copy(update={"place": place})


def _notes(draft: Draft, text: str, heard: Understanding) -> Draft:
    """Clauses meant for the provider, and wishes: 家里有猫, 女师傅."""
    if _says_notes(text):
        said = text.partition("备注")[2].lstrip("改成为是：: ")
        return draft.model_copy(update={"notes": said[:NOTES_MAX], "notes_asked": True})
    wish = slot(heard, "wish")
    wishes = [str(each) for each in wish] if isinstance(wish, list | tuple) else [str(wish)] if wish else []
    found = [hearing.notes_in(text), *(each for each in wishes if each not in draft.notes)]
    new = "，".join(dict.fromkeys(each for each in found if each and each not in draft.notes))
    if not new:
        return draft
    notes = "，".join(filter(None, (draft.notes, new)))[:NOTES_MAX]
    return draft.model_copy(update={"notes": notes})
