"""What customers ask about orders they have: list, look, pay, cancel, confirm, complain. Pure."""

from datetime import timedelta
from typing import Final

from daojia.chat import acts, views
from daojia.chat.model import Asked, Pending, PendingKind
from daojia.chat.situation import Situation, Step, lines
from daojia.chat.speech import tell
from daojia.chat.views import PayLink
from daojia.kernel.money import yuan
from daojia.kernel.times import local
from daojia.ordering.model import Order, State

LISTED: Final = 9
JUST_NOW: Final = timedelta(minutes=10)
_CANCELLABLE: Final = {State.PENDING_PAYMENT, State.PENDING_ACCEPTANCE, State.ACCEPTED, State.EN_ROUTE}
_OVER: Final = {State.COMPLETED, State.CANCELLED}


def orders(sit: Situation, pay_link: PayLink) -> Step:
    """我的订单: those under way first, then the latest ones that are over. A single one is shown at once."""
    found = by_urgency(sit.orders())[:LISTED]
    if not found:
        return Step(sit.conversation, tell("orders.none"))
    if len(found) == 1:
        return page(sit, found[0], pay_link)
    conversation = sit.conversation.asking(Asked.NOTHING, *(f"order:{order.order_id}" for order in found))
    more = tell("orders.more") if len(sit.orders()) > LISTED else ""
    return Step(conversation, lines(views.order_list(found, local(sit.now).date()), more))


def by_urgency(found: tuple[Order, ...]) -> list[Order]:
    """Orders under way by their start, then the others, latest first."""
    alive = sorted((order for order in found if order.state not in _OVER), key=lambda order: order.start)
    return alive + sorted((order for order in found if order.state in _OVER), key=lambda order: order.start)[::-1]


def page(sit: Situation, order: Order, pay_link: PayLink) -> Step:
    """One order; the numbers of the list it was chosen from stay valid."""
    return Step(sit.conversation, views.order_page(order, pay_link, local(sit.now).date()))


def numbered(sit: Situation, number: str, pay_link: PayLink) -> Step:
    """One of the customer's orders by its short number."""
    order = of_number(sit, number)
    if order is None:
        return Step(sit.conversation, tell("orders.not_found", number=number))
    return page(sit, order, pay_link)


def of_number(sit: Situation, number: str) -> Order | None:
    """The customer's order people call by this number; an alive one before an old one that had the same."""
    return next((order for order in by_urgency(sit.orders()) if order.number == number), None)


def pay(sit: Situation, pay_link: PayLink) -> Step:
    """付款: the link again, for every order that still waits for it."""
    waiting = [order for order in sit.orders() if order.state is State.PENDING_PAYMENT and sit.now < order.pay_by]
    if not waiting:
        return Step(sit.conversation, tell("pay.none"))
    return Step(sit.conversation, lines(*(views.payment(order, pay_link) for order in waiting[:4])))


def cancel(sit: Situation, number: str | None = None) -> Step:
    """取消: which one if several, what it means, and only after 确认 is it done. A wish in the making counts too."""
    conversation, today = sit.conversation, local(sit.now).date()
    in_making = not conversation.draft.empty
    found = [order for order in by_urgency(sit.orders()) if order.state in _CANCELLABLE]
    if number is not None:
        order = of_number(sit, number)
        if order is None:
            return Step(conversation, tell("orders.not_found", number=number))
        return propose_cancel(sit, order)
    if not found and in_making:
        return Step(conversation.at_rest(), tell("heard.dropped"))
    if not found:
        return Step(conversation, _nothing_to_cancel(sit))
    if len(found) == 1 and not in_making:
        return propose_cancel(sit, found[0])
    found = found[: LISTED - 1]
    labels = [views.brief("cancel.line", index, order, today) for index, order in enumerate(found, 1)]
    choices = [f"cancel:{order.order_id}" for order in found]
    if in_making:
        labels.append(tell("menu.line", number=len(labels) + 1, label=tell("cancel.this_draft")))
        choices.append("drop:")
    return Step(conversation.asking(conversation.asked, *choices), "\n".join((tell("cancel.which"), *labels)))


def _nothing_to_cancel(sit: Situation) -> str:
    running = next((order for order in sit.orders() if order.state is State.IN_SERVICE), None)
    return tell("cancel.too_late", number=running.number) if running else tell("cancel.none")


def propose_cancel(sit: Situation, order: Order, *lead: str) -> Step:
    """Show what cancelling means now and ask for 确认 on exactly that (B6)."""
    conversation = sit.conversation
    if order.state is State.IN_SERVICE:
        return Step(conversation, tell("cancel.too_late", number=order.number))
    if order.state in _OVER:
        return Step(conversation, tell("cancel.over", number=order.number, state=views.state_of(order)))
    if order.proposal is not None:
        refund = yuan(order.proposal.refund_fen)
        return Step(conversation, tell("cancel.proposed", number=order.number, refund=refund))
    shown = views.cancellation(order, order.refund_if_cancelled(sit.now), local(sit.now).date())
    pending = Pending(kind=PendingKind.CANCEL, order_id=order.order_id, terms=_terms(sit, order))
    conversation = conversation.asking(Asked.ACT).model_copy(update={"pending": pending})
    return Step(conversation, lines(*lead, shown, tell("ask.act")))


def _terms(sit: Situation, order: Order) -> str:
    """What was shown: a later acceptance or a lower refund asks again."""
    accepted = order.state in (State.ACCEPTED, State.EN_ROUTE)
    return f"{'accepted' if accepted else order.state.value}|{order.refund_if_cancelled(sit.now)}"


def confirm_pending(sit: Situation, pending: Pending) -> Step:
    """确认 on a customer's pending act: done if it still is what was shown."""
    order = sit.order(pending.order_id)
    rest = sit.conversation.asking(Asked.NOTHING)
    if pending.kind is PendingKind.CONFIRM_VISIT:
        return Step(rest, "", act=acts.ConfirmVisit(order))
    if order.state not in _CANCELLABLE or order.proposal is not None:
        return propose_cancel(sit.within(rest), order)
    if pending.terms != _terms(sit, order):
        return propose_cancel(sit, order, tell("cancel.changed"))
    return Step(rest, "", act=acts.Cancel(order))


def confirm_visit(sit: Situation, number: str | None = None) -> Step:
    """确认 with nothing proposed: the customer is content with a finished visit. One is done at once, since the message
    that asked for 确认 was about it; of several the customer chooses. Just after placing another order none is meant.
    """
    finished = [order for order in sit.orders() if order.state is State.COMPLETED and order.confirmed_at is None]
    if number is not None:
        finished = [order for order in finished if order.number == number]
    placed_at = sit.conversation.placed_at
    if number is None and placed_at is not None and sit.now - placed_at < JUST_NOW:
        latest = max(sit.orders(), key=lambda order: order.placed_at, default=None)
        if latest is not None and latest not in finished:
            return Step(sit.conversation, tell("placed.again", number=latest.number))
    if not finished:
        return Step(sit.conversation, tell("visit.none"))
    if len(finished) == 1:
        return Step(sit.conversation, "", act=acts.ConfirmVisit(finished[0]))
    today = local(sit.now).date()
    labels = [views.brief("orders.line", index, order, today) for index, order in enumerate(finished, 1)]
    choices = (f"visit:{order.order_id}" for order in finished)
    return Step(sit.conversation.asking(Asked.NOTHING, *choices), "\n".join((tell("visit.which"), *labels)))


def ask_visit(sit: Situation, order: Order) -> Step:
    """One of several finished visits was chosen: confirmed once more, since it moves money."""
    pending = Pending(kind=PendingKind.CONFIRM_VISIT, order_id=order.order_id, terms=order.state.value)
    conversation = sit.conversation.asking(Asked.ACT).model_copy(update={"pending": pending})
    text = tell("visit.ask", number=order.number, service=order.service.name)
    return Step(conversation, lines(text, tell("ask.act")))


def hurry(sit: Situation) -> Step:
    """催单: how things stand, truthfully."""
    alive = [order for order in by_urgency(sit.orders()) if order.state not in _OVER]
    if not alive:
        return Step(sit.conversation, tell("orders.none"))
    return Step(sit.conversation, "\n".join(views.hurried(order, local(sit.now).date()) for order in alive[:4]))


def complain(sit: Situation, text: str) -> Step:
    """投诉: recorded and passed on; the next words are taken as its details."""
    conversation = sit.conversation.asking(Asked.COMPLAINT).complaining(text, sit.now)
    return Step(conversation, tell("complaint.received"), notice={"event": "CustomerComplained"})


def complaint_detail(sit: Situation, text: str) -> Step:
    conversation = sit.conversation.asking(Asked.NOTHING).complaining(text, sit.now)
    return Step(conversation, tell("complaint.detail"), notice={"event": "ComplaintDetailed"})


def human(sit: Situation, event: str = "HumanWanted", key: str = "complaint.human") -> Step:
    """人工: administrators are told; the thread stays as it is."""
    return Step(sit.conversation, tell(key), notice={"event": event})
