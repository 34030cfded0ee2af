"""Booking: what is known of a wish, what is still missing, what to ask next, and the proposal. Pure.

Facts may come in any order and several at once; whatever comes, the draft is brought up to date and the one thing that
is missing next is asked for. The last step is the proposal; only 确认 on exactly that one places it.
"""

from collections.abc import Sequence
from datetime import date, datetime

from daojia.accounts.model import Account, Address, Place
from daojia.catalogue.errors import OutsideAreaError
from daojia.catalogue.model import Choosing, Family, Service
from daojia.catalogue.pricing import Wanted, missing, priced
from daojia.chat import acts, choosing, views
from daojia.chat import times as timetable
from daojia.chat.model import Asked, Conversation, Draft
from daojia.chat.situation import Situation, Step, lines
from daojia.chat.speech import lines_of, one_of, tell
from daojia.kernel.errors import DaojiaError
from daojia.kernel.ids import ulid
from daojia.kernel.times import local, spoken, spoken_day
from daojia.ordering.errors import NobodyFreeError, TooFarAheadError
from daojia.ordering.placing import HORIZON, PlaceOrder

ADDRESSES_MAX = 20
ADDRESSES_OFFERED = 6


def advance(sit: Situation, draft: Draft, *lead: str) -> Step:
    """The next question, or the proposal. `lead` is said before it."""
    service = service_of(sit, draft)
    if service is None:
        return ask_service(sit, draft.model_copy(update={"service_id": None, "wanted": Wanted()}), *lead)
    if problem := choosing.too_much(service, draft.wanted):
        return advance(sit, draft.model_copy(update={"wanted": Wanted()}), *lead, problem)
    if (option := missing(service, draft.wanted)) is not None:
        return ask_option(sit, draft, option, *lead)
    visit = timed(service, draft)
    if draft.day is None:
        return ask_day(sit, draft, visit, *lead)
    if draft.clock is None:
        return ask_time(sit, draft, visit, draft.day, *lead)
    if (blocked := _time_trouble(sit, draft, visit, lead)) is not None:
        return blocked
    if draft.place is None:
        return ask_place(sit, draft, *lead)
    if not draft.place.detail:
        text = one_of("ask.detail", _turn(sit), area=draft.place.area)
        return _asked(sit, draft, Asked.DETAIL, (), *lead, text)
    return _with_whom(sit, draft, service, *lead)


def _with_whom(sit: Situation, draft: Draft, service: Service, *lead: str) -> Step:
    """The last questions: whom to call, what to know beforehand."""
    assert draft.place is not None
    if not (draft.place.contact and draft.place.phone):
        return _asked(sit, draft, Asked.CONTACT, (), *lead, _contact_question(sit, draft))
    if not draft.notes_asked:
        question = lines_of(one_of("ask.notes", _turn(sit)), service.notes_hint)
        return _asked(sit, draft, Asked.NOTES, (), *lead, question)
    return propose(sit, draft, service, *lead)


def service_of(sit: Situation, draft: Draft) -> Service | None:
    """The draft's service, if it is still sold."""
    return next((each for each in sit.book.active if each.service_id == draft.service_id), None)


def ask_service(sit: Situation, draft: Draft, *lead: str, greeting: str = "") -> Step:
    """The families, numbered, with the two other things one may want."""
    families = [family for family in Family if sit.book.of_family(family)]
    if not families:
        return Step(sit.conversation, lines(greeting, tell("menu.nothing")))
    labels = [views.family_name(family) for family in families]
    question = greeting or one_of("ask.service", _turn(sit))
    shown = "\n".join((question, views.numbered(labels)))
    return _asked(sit, draft, Asked.SERVICE, tuple(f"family:{family.value}" for family in families), *lead, shown)


def ask_which_of(sit: Situation, draft: Draft, family: Family) -> Step:
    """The services of one family, numbered."""
    services = sorted(sit.book.of_family(family), key=lambda service: service.quote().total_fen)
    if not services:
        return ask_service(sit, draft, tell("menu.empty"))
    choices = tuple(f"service:{service.service_id}" for service in services)
    return _asked(sit, draft, Asked.SERVICE, choices, views.services_of(family, services))


def ask_option(sit: Situation, draft: Draft, option: Choosing, *lead: str) -> Step:
    """The choices that a service needs, numbered, with what each adds to the price."""
    labels = [views.choice(each) for each in option.choices]
    choices = tuple(f"option:{option.option_id}:{each.choice_id}" for each in option.choices)
    shown = "\n".join((one_of("ask.option", _turn(sit), option=option.name), views.numbered(labels)))
    return _asked(sit, draft, Asked.OPTION, choices, *lead, shown)


def timed(service: Service, draft: Draft) -> Service:
    """The service as long as it takes the way it is wished, to look for free times."""
    return service.model_copy(update={"minutes": priced(service, draft.wanted).minutes})


def ask_day(sit: Situation, draft: Draft, service: Service, *lead: str, without: date | None = None) -> Step:
    offered = timetable.days(sit.now, service, without, draft.span)
    today = local(sit.now).date()
    question = one_of("ask.day", _turn(sit)) if without is None else ""
    shown = "\n".join(filter(None, (question, views.numbered(timetable.day_labels(offered, today)))))
    return _asked(sit, draft, Asked.DAY, timetable.day_choices(offered), *lead, shown)


def ask_time(sit: Situation, draft: Draft, service: Service, day: date, *lead: str) -> Step:
    """The free times of the day, or of the part of it that was wished; another day when there are none."""
    today = local(sit.now).date()
    if day > local(sit.now + HORIZON).date():
        too_far = TooFarAheadError(days=HORIZON.days).message
        return ask_day(sit, draft.model_copy(update={"day": None}), service, *lead, too_far)
    spoken = spoken_day(datetime.combine(day, datetime.min.time(), local(sit.now).tzinfo), today)
    every = timetable.possible(sit, service, draft, day)
    fitting = timetable.within(every, draft.part)
    if not every:
        without_day = draft.model_copy(update={"day": None, "clock": None})
        full = one_of("time.day_full", _turn(sit), day=spoken)
        return ask_day(sit, without_day, service, *lead, full, without=day)
    if fitting or draft.part is None:
        question = one_of("ask.time", _turn(sit), day=spoken)
    else:
        question = tell("time.part_full", day=spoken, part=timetable.part_name(draft.part))
    return offer_times(sit, draft, timetable.few(fitting or every), *lead, question)


def offer_times(sit: Situation, draft: Draft, starts: Sequence[datetime], *lead: str, with_day: bool = False) -> Step:
    """Times to choose from, under the last of `lead`."""
    *before, question = lead
    shown = "\n".join((question, views.numbered(timetable.labels(starts, local(sit.now).date(), with_day=with_day))))
    return _asked(sit, draft, Asked.TIME, timetable.time_choices(starts), *before, shown)


def _time_trouble(sit: Situation, draft: Draft, service: Service, lead: Sequence[str]) -> Step | None:
    """What to say if the wished start cannot be: too soon, too far, or nobody free. None if it can."""
    start, day = draft.start, draft.day
    assert start is not None
    assert day is not None
    timeless = draft.model_copy(update={"clock": None})
    try:
        timetable.bookable(service, start, sit.now)
    except DaojiaError as error:
        if timetable.wrong_day(error) or not timetable.possible(sit, service, timeless, day):
            return ask_day(sit, timeless.model_copy(update={"day": None}), service, *lead, error.message, without=day)
        return ask_time(sit, timeless.model_copy(update={"part": None}), service, day, *lead, error.message)
    point = timetable.likely_point(sit, draft)
    if point is None or draft.checked == checked_key(service, start, point):
        return None
    free = sit.starts(service, point, day)
    if start in free:
        return None
    if not free:
        return ask_time(sit, timeless, service, day, *lead)
    wished = spoken(start, local(sit.now).date())
    offered = timetable.nearest(free, start)
    return offer_times(sit, timeless, offered, *lead, one_of("time.taken", _turn(sit), wished=wished))


def checked_key(service: Service, start: datetime, point: object) -> str:
    """What a check of the calendars was made for; it need not be made again while the draft stays so."""
    return f"{service.service_id}|{service.minutes}|{start.isoformat()}|{point}"


def ask_place(sit: Situation, draft: Draft, *lead: str) -> Step:
    """Saved addresses, numbered; or a location, or words."""
    saved = sit.account.addresses[:ADDRESSES_OFFERED]
    if not saved:
        return _asked(sit, draft, Asked.PLACE, (), *lead, one_of("ask.place", _turn(sit)))
    shown = "\n".join(
        (one_of("ask.place_saved", _turn(sit)), views.numbered([views.saved_address(each) for each in saved]))
    )
    return _asked(sit, draft, Asked.PLACE, tuple(f"address:{each.address_id}" for each in saved), *lead, shown)


def _contact_question(sit: Situation, draft: Draft) -> str:
    place = draft.place
    assert place is not None
    if place.phone:
        return tell("place.need_name")
    if place.contact:
        return tell("place.need_phone", contact=place.contact)
    return one_of("ask.contact", _turn(sit))


def propose(sit: Situation, draft: Draft, service: Service, *lead: str) -> Step:
    """Show everything and ask for 确认; the conversation keeps the fingerprint of what was shown."""
    start, place = draft.start, draft.place and draft.place.place()
    assert start is not None
    assert place is not None
    shown = views.card(draft, service, place, start, local(sit.now).date())
    title = () if lead and lead[-1] == tell("card.changed_title") else (tell("card.title"),)
    text = lines(*lead, "\n".join((*title, shown)), tell("ask.confirm"))
    draft = draft.model_copy(update={"notes_asked": True})
    conversation = _checked(sit, draft).asking(Asked.CONFIRMATION)
    proposal = views.fingerprint(service, draft.wanted, start, place, draft.notes)
    return Step(conversation.model_copy(update={"proposal": proposal}), text)


def confirm(sit: Situation) -> Step:
    """确认: place exactly what was shown. If price, policy or service changed meanwhile it is shown again (B6)."""
    draft = sit.conversation.draft
    service = service_of(sit, draft)
    start, place = draft.start, draft.place and draft.place.place()
    if service is None or start is None or place is None:
        return advance(sit, draft, tell("heard.retired") if service is None else "")
    if missing(service, draft.wanted) is not None or choosing.too_much(service, draft.wanted):
        return advance(sit, draft, tell("card.changed_title"))
    if views.fingerprint(service, draft.wanted, start, place, draft.notes) != sit.conversation.proposal:
        return propose(sit, draft, service, tell("card.changed_title"))
    command = PlaceOrder(
        service_id=service.service_id, start=start, place=place, notes=draft.notes, wanted=draft.wanted
    )
    conversation = sit.conversation.at_rest().model_copy(update={"placed_at": sit.now})
    return Step(conversation, "", act=acts.Place(command), account=remembering(sit, place))


def not_placed(sit: Situation, error: DaojiaError) -> Step:
    """The confirmed wish was refused, nothing was ordered. Whatever stands in the way is asked for again; when somebody
    was faster, the nearest free times are offered."""
    draft = sit.conversation.draft.model_copy(update={"checked": ""})
    if isinstance(error, OutsideAreaError):
        return ask_place(sit, draft.model_copy(update={"place": None}), error.message)
    step = advance(sit, draft, tell("time.just_taken") if isinstance(error, NobodyFreeError) else "")
    if step.conversation.asked is Asked.CONFIRMATION:
        return Step(sit.conversation, error.message)
    return step


def remembering(sit: Situation, place: Place) -> Account | None:
    """The account with this place in its address book and the phone known, or None if nothing is new."""
    account = sit.account
    known = [each for each in account.addresses if each.place == place]
    if known and account.addresses[0] == known[0] and account.phone:
        return None
    entry = known[0] if known else Address(address_id=f"d_{ulid(sit.now)}", place=place)
    others = tuple(each for each in account.addresses if each != entry)
    return account.model_copy(
        update={"addresses": (entry, *others)[:ADDRESSES_MAX], "phone": account.phone or place.phone}
    )


def _checked(sit: Situation, draft: Draft) -> Conversation:
    """The conversation with this draft, remembering for what the calendars were found free."""
    service = service_of(sit, draft)
    point = timetable.likely_point(sit, draft)
    decided = service is not None and missing(service, draft.wanted) is None
    if service is not None and decided and draft.start is not None and point is not None:
        draft = draft.model_copy(update={"checked": checked_key(timed(service, draft), draft.start, point)})
    return sit.conversation.with_draft(draft)


def _asked(sit: Situation, draft: Draft, asked: Asked, choices: tuple[str, ...], *parts: str) -> Step:
    conversation = (
        _checked(sit, draft)
        if asked not in (Asked.SERVICE, Asked.DAY, Asked.TIME)
        else (sit.conversation.with_draft(draft))
    )
    return Step(conversation.asking(asked, *choices), lines(*parts))


def _turn(sit: Situation) -> int:
    return sit.conversation.turns
