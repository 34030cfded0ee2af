"""The dialogue with a customer: situation × message → what to answer and at most one act. Pure.

A message is taken, in this order, as a number from the list on the screen, as a command word (they work from anywhere),
as the answer to what was asked, and as a sentence to be understood.
"""

from datetime import date
from typing import Final

from daojia.catalogue.model import Family
from daojia.catalogue.pricing import Chosen, Wanted
from daojia.chat import booking, doubt, filling, hearing, places, questions, requests
from daojia.chat.hearing import Word
from daojia.chat.message import Kind, Message
from daojia.chat.model import Asked, Draft
from daojia.chat.situation import Situation, Step, lines
from daojia.chat.speech import one_of, tell
from daojia.chat.understanding import Understanding
from daojia.chat.views import PayLink
from daojia.kernel.errors import DaojiaError
from daojia.kernel.ids import OrderId, ServiceId
from daojia.kernel.times import local, parse_iso

_FREE_WORDS: Final = {Asked.PLACE, Asked.DETAIL, Asked.CONTACT, Asked.NOTES, Asked.COMPLAINT}
"""Questions whose answer may be any words."""


def respond(sit: Situation, message: Message, pay_link: PayLink) -> Step:
    """Answer a customer's message."""
    match message.kind:
        case Kind.FOLLOW:
            return welcome(sit)
        case Kind.LOCATION:
            return _location(sit, message)
        case Kind.TEXT if message.text:
            return _text(sit, message.text, pay_link)
        case Kind.IMAGE:
            return _acknowledged(sit, "image")
        case Kind.MUTE_VOICE:
            return _acknowledged(sit, "voice")
        case _:
            return _acknowledged(sit, "other")


def welcome(sit: Situation) -> Step:
    """The greeting with a numbered menu."""
    fresh = sit.within(sit.conversation.at_rest())
    return booking.ask_service(fresh, Draft(), greeting=tell("welcome.customer"))


def _acknowledged(sit: Situation, what: str) -> Step:
    return Step(sit.conversation, lines(one_of(what, sit.conversation.turns), questions.reminder(sit)))


def _text(sit: Situation, text: str, pay_link: PayLink) -> Step:
    chosen = hearing.number(text)
    if chosen is not None and not hearing.is_date(text, sit.conversation.asked):
        if 1 <= chosen <= len(sit.conversation.choices):
            return choose(sit, sit.conversation.choices[chosen - 1], pay_link)
        if sit.conversation.choices:
            return Step(sit.conversation, tell("menu.choose_number", last=len(sit.conversation.choices)))
    if (step := _agreed(sit, text, pay_link)) is not None:
        return step
    word = hearing.word(text)
    if word is not None and (step := command(sit, word, text, pay_link)) is not None:
        return step
    if (step := _of_order(sit, text, pay_link) or _refused(sit, text)) is not None:
        return step
    heard = sit.understood(text)
    if sit.conversation.asked in _FREE_WORDS and (step := _answered(sit, text, heard)) is not None:
        return step
    return _sentence(sit, text, heard, pay_link)


def choose(sit: Situation, token: str, pay_link: PayLink) -> Step:  # noqa: C901  a case per kind of choice
    """A number was tapped: `token` is what it stands for."""
    verb, _, argument = token.partition(":")
    draft = sit.conversation.draft
    match verb:
        case "family":
            return booking.ask_which_of(sit, draft, Family(argument))
        case "service":
            wanted = draft.wanted if draft.service_id == argument else Wanted()
            return booking.advance(sit, draft.model_copy(update={"service_id": ServiceId(argument), "wanted": wanted}))
        case "option":
            option_id, _, choice_id = argument.partition(":")
            chosen = Chosen(option_id=option_id, choice_id=choice_id)
            return booking.advance(sit, draft.model_copy(update={"wanted": draft.wanted.choosing(chosen)}))
        case "day":
            return booking.advance(sit, draft.model_copy(update={"day": date.fromisoformat(argument)}))
        case "time":
            start = local(parse_iso(argument))
            changes = {"day": start.date(), "clock": start.time(), "part": None}
            return booking.advance(sit, draft.model_copy(update=changes))
        case "address":
            return _place(sit, lambda: places.saved(sit, argument))
        case "order":
            return requests.page(sit, sit.order(OrderId(argument)), pay_link)
        case "cancel":
            return requests.propose_cancel(sit, sit.order(OrderId(argument)))
        case "visit":
            return requests.ask_visit(sit, sit.order(OrderId(argument)))
        case "meant":
            step = _request(sit, tell(f"doubt.{argument}"), Understanding(argument), pay_link)
            return step or Step(sit.conversation, questions.reminder(sit))
        case _:
            return Step(sit.conversation.at_rest(), tell("heard.dropped"))


def _agreed(sit: Situation, text: str, pay_link: PayLink) -> Step | None:
    """A yes where an act was shown, or a list of one; it means exactly that one."""
    conversation = sit.conversation
    if hearing.word(text) is not Word.CONFIRM and hearing.answer(text) != "yes":
        return None
    if conversation.asked is Asked.CONFIRMATION and conversation.proposal is not None:
        return booking.confirm(sit)
    if conversation.asked is Asked.ACT and conversation.pending is not None:
        return requests.confirm_pending(sit, conversation.pending)
    if conversation.asked is Asked.PLACE and len(conversation.choices) == 1:
        return choose(sit, conversation.choices[0], pay_link)
    return None


def _of_order(sit: Situation, text: str, pay_link: PayLink) -> Step | None:
    """A command word with an order number: 取消 8321, 确认 8321, 付款 8321."""
    found = hearing.word_with_number(text)
    if found is None:
        return None
    word, number = found
    match word:
        case Word.CANCEL:
            return requests.cancel(sit, number)
        case Word.CONFIRM:
            return requests.confirm_visit(sit, number)
        case Word.ORDERS | Word.PAY | Word.OWN_BOOKINGS:
            return requests.numbered(sit, number, pay_link)
        case _:
            return None


def _refused(sit: Situation, text: str) -> Step | None:
    """A no, or any small answer that is not one to the question."""
    conversation, answer = sit.conversation, hearing.answer(text)
    if answer is None or (answer == "skip" and conversation.asked is Asked.NOTES):
        return None
    if conversation.asked is Asked.ACT:
        return Step(conversation.asking(Asked.NOTHING), tell("heard.never_mind"))
    if conversation.asked is Asked.NOTES:
        return None
    if conversation.draft.empty:
        return Step(conversation, tell("heard.nothing_dropped"))
    if answer == "no" and hearing.gives_up(text):
        return Step(conversation.at_rest(), tell("heard.dropped"))
    if answer == "no" and conversation.asked is Asked.CONFIRMATION:
        return Step(conversation, tell("heard.what_to_change"))
    if answer == "no" and conversation.asked is Asked.TIME:
        other_day = conversation.draft.model_copy(update={"day": None, "clock": None, "part": None})
        return booking.advance(sit, other_day)
    return Step(conversation, questions.reminder(sit) or tell("heard.nothing_dropped"))


def command(sit: Situation, word: Word, text: str, pay_link: PayLink) -> Step | None:  # noqa: C901  a case per word
    """A command word, from anywhere. None for those that are a provider's alone."""
    conversation = sit.conversation
    match word:
        case Word.HELP:
            return Step(conversation, lines(tell("help.customer"), questions.reminder(sit)))
        case Word.MENU:
            draft = conversation.draft.model_copy(update={"service_id": None, "wanted": Wanted()})
            return booking.ask_service(sit, draft, *questions.left_offer(sit))
        case Word.BOOK:
            return booking.ask_service(sit.within(conversation.at_rest()), Draft(), *questions.left_offer(sit))
        case Word.CONTINUE:
            return _continue(sit)
        case Word.ORDERS | Word.OWN_BOOKINGS:
            return requests.orders(sit, pay_link)
        case Word.CANCEL:
            return requests.cancel(sit)
        case Word.PAY:
            return requests.pay(sit, pay_link)
        case Word.CONFIRM:
            return _confirm_nothing_shown(sit)
        case Word.COMPLAIN:
            return requests.complain(sit, text)
        case Word.HUMAN:
            return requests.human(sit)
        case _:
            return None


def _confirm_nothing_shown(sit: Situation) -> Step:
    """确认 without a proposal on the screen: of a finished visit, or meant as: go on."""
    draft = sit.conversation.draft
    if draft.empty:
        return requests.confirm_visit(sit)
    if sit.conversation.asked is Asked.NOTES:
        draft = draft.model_copy(update={"notes_asked": True})
    return booking.advance(sit, draft)


def _continue(sit: Situation) -> Step:
    """继续: the draft of a conversation that was left, or the question that is open."""
    left = sit.conversation.left
    if left is not None:
        stale = left.start is not None and left.start < sit.now
        stale = stale or (left.day is not None and left.day < local(sit.now).date())
        draft = left.model_copy(update={"day": None, "clock": None, "part": None} if stale else {})
        conversation = sit.conversation.model_copy(update={"left": None})
        return booking.advance(sit.within(conversation), draft, tell("continue.taken_up"))
    if not sit.conversation.draft.empty:
        return booking.advance(sit, sit.conversation.draft)
    return Step(sit.conversation, tell("continue.none"))


def _location(sit: Situation, message: Message) -> Step:
    """A location: the place of the wish in the making, or the question whether somebody comes here."""
    if not sit.conversation.draft.empty:
        return _place(sit, lambda: places.located(sit, message))
    try:
        place = places.located(sit, message)
    except DaojiaError as error:
        return Step(sit.conversation, error.message)
    draft = Draft(place=place)
    return booking.ask_service(sit, draft, tell("answer.located", area=place.area))


def _place(sit: Situation, find: places.Finder, *lead: str) -> Step:
    """Take a place up, or say why not and ask again."""
    draft = sit.conversation.draft
    try:
        place = find()
    except DaojiaError as error:
        return booking.ask_place(sit, draft, error.message)
    if place is None:
        return booking.ask_place(sit, draft)
    return booking.advance(sit, draft.model_copy(update={"place": place}), *lead)


def _answered(sit: Situation, text: str, heard: Understanding) -> Step | None:
    """Words in answer to a question that takes any. None if they are something else: a question, a correction."""
    conversation, draft = sit.conversation, sit.conversation.draft
    if conversation.asked is Asked.COMPLAINT:
        return requests.complaint_detail(sit, text)
    # A bare name of a street sounds like 附近 to the model; where a place was asked for, it is the answer.
    named = conversation.asked is Asked.PLACE and heard.intent == "nearby" and not hearing.is_asked(text)
    if not (named and sit.book.find_place(text)) and (questions.is_question(text, heard) or hearing.changes(text)):
        return None
    match conversation.asked:
        case Asked.PLACE:
            return _place_in_words(sit, text, heard)
        case Asked.DETAIL if draft.place is not None:
            return booking.advance(sit, draft.model_copy(update={"place": places.with_detail(draft.place, text)}))
        case Asked.CONTACT if draft.place is not None:
            contact = hearing.contact_of(text, asked=True)
            if contact.contact or contact.phone:
                place = places.with_contact(draft.place, contact)
                return booking.advance(sit, draft.model_copy(update={"place": place}))
            return Step(conversation, tell("place.bad_phone")) if contact.bad_phone else None
        case Asked.NOTES:
            return booking.advance(sit, filling.noted(draft, "" if hearing.answer(text) is not None else text))
        case _:
            return None


def _place_in_words(sit: Situation, text: str, heard: Understanding) -> Step | None:
    try:
        place = places.named(sit, text) or places.written(sit, text)
    except DaojiaError as error:
        return booking.ask_place(sit, sit.conversation.draft, error.message)
    if place is not None:
        return _place(sit, lambda: place)
    if hearing.asks(text) and not places.has_door(text):
        return None  # 能不能便宜点 is no address, whatever was asked
    if not places.looks_like_one(text, heard) and filling.says_something(sit, text, heard):
        return None
    return Step(sit.conversation, questions.place_unclear(sit))


def _sentence(sit: Situation, text: str, heard: Understanding, pay_link: PayLink) -> Step:
    """A sentence: a question, a request about orders, or facts of a wish."""
    if hearing.asks_menu(text) and heard.slots.get("service") is None:
        return booking.ask_service(sit, sit.conversation.draft)
    if (answered := questions.answer(sit, text, heard)) is not None:
        return answered
    if (step := _doubted(sit, heard) or _request(sit, text, heard, pay_link)) is not None:
        return step
    if filling.says_something(sit, text, heard):
        return filling.fill(sit, text, heard)
    match heard.intent if heard.intent_confidence >= doubt.SURE else "other":
        case "greet":
            if sit.conversation.draft.empty:
                return booking.ask_service(
                    sit, Draft(), *questions.left_offer(sit), greeting=one_of("greet", _turn(sit))
                )
            return Step(sit.conversation, lines(one_of("greet", _turn(sit)), questions.reminder(sit)))
        case "thanks":
            return Step(sit.conversation, lines(one_of("thanks", _turn(sit)), questions.reminder(sit)))
        case "book":
            return booking.advance(sit, sit.conversation.draft, *questions.left_offer(sit))
        case _:
            hint = questions.reminder(sit)
            if sit.conversation.asked in (Asked.DAY, Asked.TIME):
                return Step(sit.conversation, tell("time.unclear"))
            return Step(sit.conversation, lines(one_of("unknown", _turn(sit)), hint))


def _doubted(sit: Situation, heard: Understanding) -> Step | None:
    return doubt.ask(sit, heard) if doubt.doubtful(sit, heard) else None


def _request(sit: Situation, text: str, heard: Understanding, pay_link: PayLink) -> Step | None:
    """What concerns orders already placed."""
    number = filling.order_number(text, heard)
    match heard.intent:
        case "order_status":
            return requests.numbered(sit, number, pay_link) if number else requests.orders(sit, pay_link)
        case "cancel":
            return requests.cancel(sit, number)
        case "pay":
            return requests.pay(sit, pay_link)
        case "complain":
            return requests.complain(sit, text)
        case "human":
            return requests.human(sit)
        case "hurry":
            return requests.hurry(sit)
        case "receipt" | "invoice":
            return requests.human(sit, "InvoiceWanted", "answer.paper")
        case "change" if sit.conversation.draft.empty:
            return Step(sit.conversation, tell("answer.change_order"))
        case _:
            if number is not None and text.strip() == number:
                return requests.numbered(sit, number, pay_link)
            return None


def _turn(sit: Situation) -> int:
    return sit.conversation.turns
