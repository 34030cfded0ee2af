"""Which messages an event gives rise to, and whether a message is still true when its turn comes. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from daojia.kernel.ids import AccountId
from daojia.kernel.money import Fen
from daojia.kernel.times import iso
from daojia.messaging.model import ADMINISTRATORS, Kind, Message
from daojia.ordering.model import Event, Order, Role, State

_TELL_CUSTOMER: Final = {
    "OrderPaid": Kind.PAID,
    "OrderLapsed": Kind.LAPSED,
    "LatePaymentReceived": Kind.LATE_PAYMENT,
    "NamedProviderUnavailable": Kind.NAMED_UNAVAILABLE,
    "ProviderWithdrew": Kind.WITHDRAWN,
    "ProviderDeparted": Kind.DEPARTED,
    "ArrivalCodeRenewed": Kind.CODE_RENEWED,
    "VisitStarted": Kind.STARTED,
    "VisitFinished": Kind.FINISHED,
    "CancellationDeclined": Kind.CANCELLATION_DECLINED,
    "RefundSucceeded": Kind.REFUNDED,
}
_TELL_PROVIDER: Final = {
    "CancellationProposed": Kind.CANCELLATION_PROPOSED,
    "OrderConfirmed": Kind.EARNED,
    "IncomeReleased": Kind.RELEASED,
}
_RAISE: Final = {"OrderEscalated", "VisitOverdue", "RefundFailed", "WorkflowStopped"}
_VISITING: Final = {State.ACCEPTED, State.EN_ROUTE}


def messages_for(event: Event, order: Order) -> list[Message]:  # noqa: C901 - a table in the form of a chain
    """Everybody who should hear of an event. `order` may already be further on than the event."""
    name, data = event.name, event.data
    told: list[Message] = []

    def tell(kind: Kind, recipient: str | None, **facts: Any) -> None:
        if recipient:
            told.append(
                Message(
                    message_id=f"{event.event_id}#{recipient}#{kind}",
                    kind=kind,
                    recipient=AccountId(recipient),
                    order_id=order.order_id,
                    facts=facts,
                )
            )

    if name in _TELL_CUSTOMER:
        tell(_TELL_CUSTOMER[name], order.customer_id, **_amount(data))
    elif name in _TELL_PROVIDER:
        tell(_TELL_PROVIDER[name], order.provider_id, **_amount(data))
    elif name in _RAISE:
        tell(Kind.NOTICE, ADMINISTRATORS, event=name)
    elif name == "OffersSent":
        for provider_id in data["provider_ids"]:
            tell(Kind.OFFER, provider_id, until=data["until"])
    elif name == "OrderAccepted":
        tell(Kind.ACCEPTED, order.customer_id, provider_id=data["provider_id"])
        tell(Kind.JOB, data["provider_id"])
        for provider_id in data["losers"]:
            if provider_id not in order.excluded:
                tell(Kind.TAKEN, provider_id, provider_id=data["provider_id"])
    elif name == "VisitReminded":
        tell(Kind.REMINDER, order.customer_id, start=iso(order.start), provider_id=order.provider_id)
        tell(Kind.JOB_REMINDER, order.provider_id, start=iso(order.start))
    elif name == "OrderCancelled":
        _tell_of_end(event, order, tell)
    return told


def _tell_of_end(event: Event, order: Order, tell: Callable[..., None]) -> None:
    """Whoever cancelled was answered on the spot; the other side hears of it."""
    data = event.data
    if data["reason"] == "NOBODY_FOUND":
        tell(Kind.NOBODY_FOUND, order.customer_id, **_amount(data))
    elif event.by.role is not Role.CUSTOMER:
        tell(Kind.CANCELLED, order.customer_id, **_amount(data))
    if State(data["was"]) in _VISITING and (event.by.role is not Role.PROVIDER or order.earned_fen):
        kind = Kind.JOB_CANCELLED_WITH_FEE if order.earned_fen else Kind.JOB_CANCELLED
        tell(kind, data["provider_id"], amount_fen=order.earned_fen)


def _amount(data: dict[str, Any]) -> dict[str, Any]:
    """The event's amount of money, whatever the event calls it."""
    found = [data[key] for key in ("amount_fen", "earned_fen", "refund_fen") if key in data]
    return {"amount_fen": found[0]} if found else {}


def payout_message(provider_id: AccountId, bill_no: str, amount_fen: Fen) -> Message:
    """A payout waits for the provider's confirmation in WeChat."""
    facts = {"bill_no": bill_no, "amount_fen": amount_fen}
    return Message(message_id=f"{bill_no}#{provider_id}#payout", kind=Kind.PAYOUT, recipient=provider_id, facts=facts)


def still_true(message: Message, order: Order, now: datetime) -> bool:  # noqa: C901, PLR0912 - one case per kind
    """Whether the message may still be sent: what it says must hold for the order as it is at this moment (B12)."""
    facts, state = message.facts, order.state
    match message.kind:
        case Kind.PAID | Kind.NAMED_UNAVAILABLE | Kind.WITHDRAWN:
            return state is State.PENDING_ACCEPTANCE
        case Kind.OFFER:
            wanted = message.recipient in order.offered and message.recipient not in order.excluded
            return state is State.PENDING_ACCEPTANCE and wanted and now < order.start
        case Kind.ACCEPTED:
            return state in _VISITING and order.provider_id == facts["provider_id"]
        case Kind.JOB:
            return state in _VISITING and order.provider_id == message.recipient
        case Kind.TAKEN:
            return order.accepted_at is not None and order.provider_id != message.recipient
        case Kind.CODE_RENEWED:
            return state in _VISITING
        case Kind.DEPARTED:
            return state is State.EN_ROUTE
        case Kind.REMINDER | Kind.JOB_REMINDER:
            same = facts["start"] == iso(order.start)
            who = facts.get("provider_id", message.recipient)
            return state in _VISITING and same and order.provider_id == who and now < order.start
        case Kind.STARTED:
            return state is State.IN_SERVICE
        case Kind.FINISHED:
            return state is State.COMPLETED and order.confirmed_at is None
        case Kind.CANCELLATION_PROPOSED:
            return order.proposal is not None and order.provider_id == message.recipient
        case Kind.CANCELLATION_DECLINED:
            return order.proposal is None and state in _VISITING
        case _:
            return True  # what is over cannot become untrue
