"""The dialogue with a provider: their commands first; words of booking go to the customer's dialogue. Pure."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from daojia.chat import acts, customer, hearing, income, jobs, requests
from daojia.chat.hearing import Word
from daojia.chat.message import Kind, Message
from daojia.chat.model import Asked, Pending, PendingKind
from daojia.chat.situation import Situation, Step, lines
from daojia.chat.speech import one_of, tell
from daojia.chat.understanding import shorthand
from daojia.chat.views import PayLink
from daojia.kernel.ids import OrderId
from daojia.kernel.times import local, spoken
from daojia.ordering.model import Order, State
from daojia.providers.model import Provider

LISTED: Final = 9
DUE: Final = timedelta(hours=2)
"""A job this close to its start is the one meant by 出发 without a number."""
_VISITING: Final = {State.ACCEPTED, State.EN_ROUTE}
_WITH_NUMBER: Final = re.compile(
    r"^(?P<verb>抢单?|接单?|不接单?|拒单?|拒绝|出发|开始(?:服务)?|到达|到了|完成|做完|来不了|去不了|不能去|退单|同意|不同意)"
    r"(?:订单|单号|单子|了|取消)?[\s:：#，,]*(?P<numbers>\d{4,7}(?:[\s:：#，,]+\d{4,7})?)$"
)
_BACKWARDS: Final = re.compile(
    r"^(?P<numbers>\d{4,7})[\s:：#，,]*(?P<verb>抢|我接|接|不接|出发|开始|完成|来不了|去不了|同意|不同意)了?$"
)
_CANNOT_COME: Final = re.compile(r"来不了|去不了|不能去|去不成|来不成|退单|做不了了|不能来")
_VERBS: Final = {
    "抢": "grab", "抢单": "grab", "接": "grab", "接单": "grab", "我接": "grab",
    "不接": "decline", "不接单": "decline", "拒": "decline", "拒单": "decline", "拒绝": "decline",
    "出发": "depart", "开始": "begin", "开始服务": "begin", "到达": "begin", "到了": "begin",
    "完成": "finish", "做完": "finish",
    "来不了": "withdraw", "去不了": "withdraw", "不能去": "withdraw", "退单": "withdraw",
    "同意": "agree", "不同意": "disagree",
}  # fmt: skip
_HUMAN: Final = re.compile(r"人工|客服|真人")
_INTENT_VERBS: Final = {
    "grab": "grab", "decline": "decline", "depart": "depart", "start": "begin", "finish": "finish"
}  # fmt: skip
_INTENT_WORDS: Final = {
    "grab": Word.OFFERS, "depart": Word.DEPART, "start": Word.BEGIN, "finish": Word.FINISH, "income": Word.INCOME,
    "withdraw": Word.INCOME, "rest": Word.REST, "resume": Word.WORK, "schedule": Word.JOBS, "help": Word.HELP,
}  # fmt: skip
_ANSWERS: Final = {"同意": True, "同意取消": True, "不同意": False, "不同意取消": False}
_BOOKING: Final = {
    Asked.SERVICE, Asked.OPTION, Asked.DAY, Asked.TIME, Asked.PLACE, Asked.DETAIL, Asked.CONTACT, Asked.NOTES,
    Asked.CONFIRMATION
}  # fmt: skip


def respond(sit: Situation, message: Message, pay_link: PayLink) -> Step:
    """Answer a provider's message."""
    provider = sit.provider
    assert provider is not None
    if message.kind is Kind.FOLLOW:
        return Step(sit.conversation.at_rest(), tell("welcome.provider", name=provider.shown_name))
    if message.kind is not Kind.TEXT or not message.text:
        return customer.respond(sit, message, pay_link)
    return _text(sit, provider, message, pay_link)


def _text(sit: Situation, provider: Provider, message: Message, pay_link: PayLink) -> Step:
    text = hearing.bare(message.text)
    chosen = hearing.number(text)
    if chosen is not None and 1 <= chosen <= len(sit.conversation.choices):
        step = _choose(sit, sit.conversation.choices[chosen - 1])
        return step or customer.respond(sit, message, pay_link)
    if (step := _numbered(sit, text)) is not None:
        return step
    if text in _ANSWERS and sit.conversation.asked is not Asked.ACT:
        return _answer(sit, None, agree=_ANSWERS[text])
    pending = sit.conversation.pending
    if pending is not None and pending.kind is PendingKind.WITHDRAW and _is_yes(text):
        return _withdraw_now(sit, pending)
    word = hearing.word(text)
    if word is not None and (step := _command(sit, provider, word)) is not None:
        return step
    if _CANNOT_COME.search(text):
        return _withdraw(sit, None)
    if sit.conversation.asked in _BOOKING or sit.conversation.asked in (Asked.ACT, Asked.COMPLAINT):
        return customer.respond(sit, message, pay_link)
    if word is not None:
        return customer.respond(sit, message, pay_link)
    return _sentence(sit, provider, message, pay_link)


def _is_yes(text: str) -> bool:
    return hearing.word(text) is Word.CONFIRM or hearing.answer(text) == "yes"


def _choose(sit: Situation, token: str) -> Step | None:
    """A number was tapped; None for what a customer's list stands for."""
    verb, _, argument = token.partition(":")
    if verb == "grab":
        return Step(sit.conversation, "", act=acts.Grab(argument))
    found: dict[str, Callable[[Order], Step]] = {
        "job": lambda job: Step(sit.conversation, jobs.job_page(job, local(sit.now).date())),
        "depart": lambda job: Step(sit.conversation, "", act=acts.Depart(job)),
        "finish": lambda job: Step(sit.conversation, "", act=acts.Finish(job)),
        "withdraw": lambda job: _ask_withdraw(sit, job),
        "agree": lambda job: Step(sit.conversation, "", act=acts.Answer(job, agree=True)),
        "disagree": lambda job: Step(sit.conversation, "", act=acts.Answer(job, agree=False)),
    }
    if verb == "begin":
        order_id, _, code = argument.partition(":")
        return Step(sit.conversation, "", act=acts.Begin(sit.order(OrderId(order_id)), code))
    return found[verb](sit.order(OrderId(argument))) if verb in found else None


def _numbered(sit: Situation, text: str) -> Step | None:
    """A command with an order number, or 开始 with the arrival code."""
    match = _WITH_NUMBER.match(text) or _BACKWARDS.match(text)
    short = shorthand(text)
    if match is not None:
        verb, numbers = _VERBS[match["verb"]], hearing.order_numbers(match["numbers"])
    elif short is not None and short.kind in ("agree", "disagree"):
        verb, numbers = short.kind, [short.value]
    else:
        return None
    return _act(sit, verb, numbers)


def _act(sit: Situation, verb: str, numbers: Sequence[str]) -> Step:
    match verb:
        case "grab":
            return Step(sit.conversation, "", act=acts.Grab(numbers[0]))
        case "decline":
            return Step(sit.conversation, "", act=acts.Decline(numbers[0]))
        case "begin":
            return _begin(sit, numbers)
        case "depart":
            return _depart(sit, numbers[0])
        case "finish":
            return _finish(sit, numbers[0])
        case "withdraw":
            return _withdraw(sit, numbers[0])
        case _:
            return _answer(sit, numbers[0], agree=verb == "agree")


def _command(sit: Situation, provider: Provider, word: Word) -> Step | None:
    """A provider's command word; None for those that are everybody's."""
    match word:
        case Word.HELP:
            return Step(sit.conversation, tell("help.provider"))
        case Word.OFFERS:
            return _offers(sit, provider)
        case Word.JOBS | Word.ORDERS:
            return _jobs(sit)
        case Word.DEPART:
            return _depart(sit, None)
        case Word.BEGIN:
            return Step(sit.conversation, tell("jobs.need_code"))
        case Word.FINISH:
            return _finish(sit, None)
        case Word.INCOME:
            return Step(sit.conversation, income.summary(sit.income()))
        case Word.REST | Word.WORK:
            return _rest(sit, provider, resting=word is Word.REST)
        case _:
            return None


def _sentence(sit: Situation, provider: Provider, message: Message, pay_link: PayLink) -> Step:
    """A sentence: first as a provider would mean it, then as a customer's."""
    text = hearing.bare(message.text)
    numbers = hearing.order_numbers(text)
    if numbers == [text]:
        job = next((each for each in sit.jobs() if each.number == text), None)
        if job is not None:
            return Step(sit.conversation, jobs.job_page(job, local(sit.now).date()))
    intent = sit.understood(text, "provider").intent
    if numbers and intent in _INTENT_VERBS:
        return _act(sit, _INTENT_VERBS[intent], numbers)
    if intent == "help" and _HUMAN.search(text):
        return requests.human(sit)
    if intent in _INTENT_WORDS:
        return _command(sit, provider, _INTENT_WORDS[intent]) or _as_customer(sit, message, pay_link)
    if intent == "decline":
        return Step(sit.conversation, tell("offers.which_decline"))
    if intent == "leave":
        return Step(sit.conversation, tell("jobs.leave"))
    return _as_customer(sit, message, pay_link)


def _as_customer(sit: Situation, message: Message, pay_link: PayLink) -> Step:
    """A provider who wants a service for themselves, or somebody we did not understand."""
    if sit.understood(message.text).intent == "other" and not hearing.answer(message.text):
        return Step(sit.conversation, one_of("unknown_provider", sit.conversation.turns))
    return customer.respond(sit, message, pay_link)


# -- offers and jobs ----------------------------------------------------------------------------------------------


def _offers(sit: Situation, provider: Provider) -> Step:
    offers = sit.offers()[:LISTED]
    resting = tell("offers.resting") if provider.resting else ""
    if not offers:
        return Step(sit.conversation, resting or tell("offers.none"))
    conversation = sit.conversation.asking(Asked.NOTHING, *(f"grab:{offer.number}" for offer in offers))
    return Step(conversation, lines(jobs.offer_list(offers, local(sit.now).date()), resting))


def _jobs(sit: Situation) -> Step:
    sit.need(jobs=True, orders=True)
    today = local(sit.now).date()
    found = sit.jobs()[:LISTED]
    own = [order for order in sit.orders() if order.state not in (State.COMPLETED, State.CANCELLED)]
    also = tell("jobs.own", count=len(own)) if own else ""
    if not found:
        return Step(sit.conversation, lines(tell("jobs.none"), also))
    if len(found) == 1:
        return Step(sit.conversation, lines(jobs.job_page(found[0], today), also))
    conversation = sit.conversation.asking(Asked.NOTHING, *(f"job:{job.order_id}" for job in found))
    return Step(conversation, lines(jobs.job_list(tell("jobs.title"), found, today), also))


def _depart(sit: Situation, number: str | None) -> Step:
    waiting = [job for job in sit.jobs() if job.state is State.ACCEPTED]
    due = [job for job in waiting if job.start - sit.now <= DUE]
    one = _pick(waiting, number) or (due[0] if number is None and len(due) == 1 else None)
    return Step(sit.conversation, "", act=acts.Depart(one)) if one else _which(sit, "depart", waiting, number)


def _begin(sit: Situation, numbers: Sequence[str]) -> Step:
    """开始 4406 is the arrival code of the job on the way, else of the one that is due. 开始 8321 4406 names it."""
    waiting = [job for job in sit.jobs() if job.state in _VISITING]
    named = next((job for number in numbers for job in waiting if job.number == number), None)
    codes = list(numbers)
    if len(numbers) > 1:
        if named is None:
            # Neither is a job of theirs: the first must not be tried as the code of another one.
            return _which(sit, "begin", waiting, numbers[0])
        codes.remove(named.number)
    elif named is not None:
        # 8321 alone may be the number of one job or the code of another.
        others = [job for job in waiting if job is not named]
        if others or named.arrival_code != numbers[0]:
            return Step(sit.conversation, tell("jobs.need_code"))
    on_the_way = [job for job in waiting if job.state is State.EN_ROUTE]
    due = [job for job in waiting if job.start - sit.now <= DUE]
    one = named or next((found[0] for found in (on_the_way, due, waiting) if len(found) == 1), None)
    if one is not None:
        return Step(sit.conversation, "", act=acts.Begin(one, codes[0]))
    return _which(sit, "begin", on_the_way or due or waiting, None, suffix=f":{codes[0]}")


def _finish(sit: Situation, number: str | None) -> Step:
    running = [job for job in sit.jobs() if job.state is State.IN_SERVICE]
    one = _pick(running, number)
    return Step(sit.conversation, "", act=acts.Finish(one)) if one else _which(sit, "finish", running, number)


def _answer(sit: Situation, number: str | None, *, agree: bool) -> Step:
    asked = [job for job in sit.jobs() if job.proposal is not None]
    one = _pick(asked, number)
    verb = "agree" if agree else "disagree"
    if one is None:
        return _which(sit, verb, asked, number, key="answer")
    return Step(sit.conversation, "", act=acts.Answer(one, agree))


def _withdraw(sit: Situation, number: str | None) -> Step:
    accepted = [job for job in sit.jobs() if job.state in _VISITING]
    one = _pick(accepted, number)
    return _ask_withdraw(sit, one) if one else _which(sit, "withdraw", accepted, number)


def _ask_withdraw(sit: Situation, job: Order) -> Step:
    """来不了 hurts the customer: shown first, done only on 确认."""
    text = tell(
        "jobs.withdraw_ask",
        number=job.number,
        service=job.service.name,
        time=spoken(job.start, local(sit.now).date()),
    )
    pending = Pending(kind=PendingKind.WITHDRAW, order_id=job.order_id, terms=str(job.dispatch_round))
    conversation = sit.conversation.asking(Asked.ACT).model_copy(update={"pending": pending})
    return Step(conversation, lines(text, tell("ask.act")))


def _withdraw_now(sit: Situation, pending: Pending) -> Step:
    job = sit.order(pending.order_id)
    return Step(sit.conversation.asking(Asked.NOTHING), "", act=acts.Withdraw(job))


def _pick(found: Sequence[Order], number: str | None) -> Order | None:
    """The one with this number, or the only one."""
    if number is not None:
        return next((job for job in found if job.number == number), None)
    return found[0] if len(found) == 1 else None


def _which(
    sit: Situation, verb: str, found: Sequence[Order], number: str | None, *, key: str | None = None, suffix: str = ""
) -> Step:
    """None fits, or several do: then they are listed (B6)."""
    if number is not None:
        return Step(sit.conversation, tell("jobs.not_found", number=number))
    if not found:
        return Step(sit.conversation, tell(f"jobs.none_{key or verb}"))
    found = found[:LISTED]
    conversation = sit.conversation.asking(Asked.NOTHING, *(f"{verb}:{job.order_id}{suffix}" for job in found))
    return Step(conversation, jobs.job_list(tell(f"jobs.which_{key or verb}"), found, local(sit.now).date()))


def _rest(sit: Situation, provider: Provider, *, resting: bool) -> Step:
    if provider.resting is resting:
        return Step(sit.conversation, tell("jobs.rest_already" if resting else "jobs.working_already"))
    return Step(sit.conversation, "", act=acts.Rest(provider, resting))
