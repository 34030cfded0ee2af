"""Facts of a wish found in a sentence, taken up into the draft. Pure."""

from typing import Any

from daojia.catalogue.model import AddOn, Service
from daojia.catalogue.pricing import Wanted
from daojia.chat import booking, choosing, hearing, places
from daojia.chat.model import Asked, Draft, WishedPlace
from daojia.chat.situation import Situation, Step
from daojia.chat.speech import listed, tell
from daojia.chat.understanding import Understanding
from daojia.kernel.errors import DaojiaError
from daojia.ordering.placing import NOTES_MAX

_BOOKING: frozenset[Asked] = frozenset(
    {
        Asked.SERVICE,
        Asked.OPTION,
        Asked.DAY,
        Asked.TIME,
        Asked.PLACE,
        Asked.DETAIL,
        Asked.CONTACT,
        Asked.NOTES,
        Asked.CONFIRMATION,
    }
)
_SHORT = 15


def slot(heard: Understanding, name: str) -> Any:
    """A slot that was said, or None."""
    return heard.slots.get(name)


def service_in(sit: Situation, heard: Understanding) -> Service | None:
    """The service a sentence names, if it is sold."""
    name = slot(heard, "service")
    return sit.book.named(name) if name else None


def order_number(text: str, heard: Understanding) -> str | None:
    """The order a sentence names."""
    said = slot(heard, "order_no")
    if said:
        return str(said)
    digits = hearing.order_numbers(text)
    return digits[0] if len(digits) == 1 and text.strip() == digits[0] else None


def says_something(sit: Situation, text: str, heard: Understanding) -> bool:
    """Whether a sentence holds a fact that belongs into a draft."""
    if slot(heard, "service") is not None or _says_how_much(sit, text, heard):
        return True
    in_booking = sit.conversation.asked in _BOOKING and not (
        sit.conversation.asked is Asked.SERVICE and sit.conversation.draft.empty
    )
    if hearing.time_of(text, sit.now, sit.conversation.draft.day) is not None:
        return in_booking or heard.intent in ("book", "change") or len(text) <= _SHORT
    if not (in_booking or heard.intent in ("book", "change")):
        return False
    return _says_where(sit, text, heard) or bool(hearing.contact_of(text).phone) or _says_notes(text)


def _says_how_much(sit: Situation, text: str, heard: Understanding) -> bool:
    """Whether a sentence changes quantity or options of the wish in the making."""
    draft = sit.conversation.draft
    service = booking.service_of(sit, draft)
    if service is None or not (service.unit or service.options):
        return False
    wanted, said = choosing.heard_in(service, draft.wanted, text, heard)
    return wanted != draft.wanted or bool(said)


def _says_where(sit: Situation, text: str, heard: Understanding) -> bool:
    try:
        return _place_in(sit, text, heard) is not None
    except DaojiaError:
        return True  # a place, if not one that can be: that is said when it is taken up


def _says_notes(text: str) -> bool:
    return text.startswith(("备注", "加备注", "备注改"))


def fill(sit: Situation, text: str, heard: Understanding, *lead: str) -> Step:
    """Take all facts of a sentence up and go on with what is missing."""
    before = sit.conversation.draft
    draft, said = taken_up(sit, text, heard)
    if not (lead or said) and _corrected(before, draft):
        said = [tell("heard.changed")]
    when = hearing.time_of(text, sit.now, before.day)
    if when is not None and when.others and draft.start is not None:
        starts = sorted({draft.start, *when.others})
        timeless = draft.model_copy(update={"clock": None})
        return booking.offer_times(sit, timeless, starts, *lead, *said, tell("time.which"), with_day=True)
    return booking.advance(sit, draft, *lead, *said)


def taken_up(sit: Situation, text: str, heard: Understanding) -> tuple[Draft, list[str]]:
    """The draft with all facts of a sentence, and what to say of them."""
    before = sit.conversation.draft
    draft, lead = _service(sit, before, text, heard)
    if (service := booking.service_of(sit, draft)) is not None:
        wanted, said = choosing.heard_in(service, draft.wanted, text, heard)
        draft, lead = draft.model_copy(update={"wanted": wanted}), [*lead, *said]
    time_heard = hearing.time_of(text, sit.now, draft.day)
    if time_heard is not None:
        draft = _time(draft, time_heard, day_open=sit.conversation.asked is Asked.DAY and before.day is None)
        if time_heard.rounded and time_heard.clock is not None:
            lead.append(tell("heard.rounded", time=f"{time_heard.clock:%H:%M}"))
    try:
        draft = _where(sit, draft, text, heard)
    except DaojiaError as error:
        lead.append(error.message)
    return _notes(draft, text, heard), lead


def _corrected(before: Draft, after: Draft) -> bool:
    """Whether something that had been said is different now."""
    return any(
        getattr(before, name) not in (None, "", Wanted()) and getattr(before, name) != getattr(after, name)
        for name in ("service_id", "wanted", "day", "clock", "place", "notes")
    )


def _main_service(sit: Situation, draft: Draft, text: str, heard: Understanding) -> Service | None:
    """The service a sentence is about. One that names but an add-on of the service it names as well (深度保洁带擦玻璃),
    or of the one in the making (再加擦5扇玻璃), is about that."""
    service = service_in(sit, heard)
    hosts = [booking.service_of(sit, draft), *(sit.book.named(name) for name in sit.services_in(text))]
    for host in hosts:
        if service is None or host is None or host == service:
            continue
        words = {word for each in host.options if isinstance(each, AddOn) for word in (each.name, *each.words)}
        if service.name in words and choosing.adds(text):
            return host
    return service


def _service(sit: Situation, draft: Draft, text: str, heard: Understanding) -> tuple[Draft, list[str]]:
    service, name = _main_service(sit, draft, text, heard), slot(heard, "service")
    if service is None and name:
        return draft, [tell("heard.not_sold", service=name)]
    if service is None or service.service_id == draft.service_id:
        return draft, []
    lead = [tell("heard.service", service=service.name)]
    added = {word for option in service.options if isinstance(option, AddOn) for word in (option.name, *option.words)}
    others = [each for each in sit.services_in(text) if each != service.name and each not in added]
    if others and draft.service_id is None:
        lead.append(tell("heard.one_at_a_time", service=service.name, others=listed(others)))
    return draft.model_copy(update={"service_id": service.service_id, "wanted": Wanted()}), lead


def _time(draft: Draft, heard: hearing.TimeHeard, *, day_open: bool) -> Draft:
    """Only what was said changes: 改成后天 keeps three o'clock, 改到下午 keeps the day. Where the day was asked for and
    not said, it stays open."""
    changes: dict[str, Any] = {"day": heard.day, "span": heard.span}
    if day_open and not heard.named:
        changes = {}
    if heard.clock is not None:
        changes |= {"clock": heard.clock, "part": None}
    elif heard.part is not None:
        changes |= {"clock": None, "part": heard.part}
    return draft.model_copy(update=changes)


def _place_in(sit: Situation, text: str, heard: Understanding) -> WishedPlace | None:
    words = places.address_in(text, heard)
    if not words:
        return places.named(sit, text) if places.says_usual(text) else None
    return places.written(sit, words) or places.named(sit, words)


def _where(sit: Situation, draft: Draft, text: str, heard: Understanding) -> Draft:
    """A new place, or somebody else to call. A new place keeps who is to be called."""
    place, contact, known = _place_in(sit, text, heard), hearing.contact_of(text), draft.place
    if place is None and known is not None and contact.phone:
        place = places.with_contact(known, contact)
    elif place is not None:
        place = places.with_contact(place, contact)
        if known is not None and not (place.contact or place.phone):
            place = place.model_copy(update={"contact": known.contact, "phone": known.phone})
    return draft if place is None else draft.model_copy(update={"place": place})


def _notes(draft: Draft, text: str, heard: Understanding) -> Draft:
    """Clauses meant for the provider, and wishes: 家里有猫, 女师傅."""
    if _says_notes(text):
        said = text.partition("备注")[2].lstrip("改成为是：: ")
        return draft.model_copy(update={"notes": said[:NOTES_MAX], "notes_asked": True})
    said = slot(heard, "notes")
    found = [str(said or ""), str(slot(heard, "wish") or "")]
    new = "，".join(each for each in found if each and each not in draft.notes)
    return noted(draft, new, asked=bool(said)) if new else draft


def noted(draft: Draft, words: str, *, asked: bool = True) -> Draft:
    """The draft with words added to its notes; `asked`: no need to ask for notes any more."""
    notes = "，".join(filter(None, (draft.notes, words)))[:NOTES_MAX]
    return draft.model_copy(update={"notes": notes, "notes_asked": draft.notes_asked or asked})
