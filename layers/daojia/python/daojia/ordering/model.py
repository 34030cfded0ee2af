"""The order: its states, its verbs, what it waits for next. Pure.

Each verb checks its guard and returns a `Decision`: the order as it is afterwards, one version later, and the event
that says so. Stores write both in one transaction under the condition that the version is still the one decided on.
"""

import hmac
import math
from datetime import datetime, timedelta
from typing import Any, Final

from daojia.accounts.model import Place
from daojia.catalogue.model import CancellationPolicy, Quote
from daojia.kernel.ids import AccountId, OrderId, ProviderId
from daojia.kernel.money import Fen, share
from daojia.kernel.sealed import Sealed
from daojia.kernel.times import iso
from daojia.kernel.value import Value
from daojia.ordering.errors import (
    AlreadyTakenError,
    CancellationRefusedError,
    NotYourOrderError,
    PaymentMismatchError,
    TooManyCodesError,
    WrongArrivalCodeError,
    WrongStateError,
)
from daojia.ordering.facts import (
    SYSTEM,
    TRANSITIONS,
    WAIT_MAX,
    Actor,
    Cancellation,
    Event,
    OrderedService,
    Payment,
    PaymentState,
    Proposal,
    Refund,
    RefundState,
    Role,
    State,
    Timing,
    Wait,
    WaitKind,
)
from daojia.scheduling.model import Interval

__all__ = [
    "SYSTEM",
    "TRANSITIONS",
    "WAIT_MAX",
    "WRONG_CODES_MAX",
    "Actor",
    "Cancellation",
    "Decision",
    "Event",
    "Order",
    "OrderedService",
    "Payment",
    "PaymentState",
    "Proposal",
    "Refund",
    "RefundState",
    "Role",
    "Snapshot",
    "State",
    "Timing",
    "Wait",
    "WaitKind",
    "seconds_until",
]

WRONG_CODES_MAX: Final = 5


class Order(Value):
    """One order. Amounts in fen; instants aware."""

    order_id: OrderId
    number: str
    version: int
    state: State
    customer_id: AccountId
    service: OrderedService
    start: datetime
    minutes: int
    place: Place
    notes: str
    quote: Quote
    policy: CancellationPolicy
    commission_basis_points: int
    timing: Timing
    arrival_code: Sealed
    wrong_codes: int = 0
    placed_at: datetime
    pay_by: datetime
    payment: Payment
    refunds: tuple[Refund, ...] = ()
    named_provider_id: ProviderId | None = None
    """The provider the customer asked for."""
    provider_id: ProviderId | None = None
    """Who is coming; also a named provider whose time is held (then `reserved_mask` is set before acceptance)."""
    provider_name: str | None = None
    reserved_mask: int | None = None
    """The quarters taken of the provider's day; kept so that a release undoes exactly what was reserved."""
    wave: int = 0
    dispatch_round: int = 0
    """Counts searches: 1 for the first, one more after each withdrawal."""
    offered: tuple[ProviderId, ...] = ()
    excluded: tuple[ProviderId, ...] = ()
    """Declined or withdrew: not asked again for this order."""
    offer_until: datetime | None = None
    escalated_at: datetime | None = None
    accepted_at: datetime | None = None
    departed_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    confirmed_at: datetime | None = None
    earned_fen: Fen = 0
    """The provider's income from this order, fixed when it is confirmed (or when a cancellation fee falls due)."""
    commission_fen: Fen = 0
    """The platform's part, fixed at the same moment."""
    released_at: datetime | None = None
    reminded_at: datetime | None = None
    overdue_at: datetime | None = None
    cancellation: Cancellation | None = None
    proposal: Proposal | None = None
    trouble: str | None = None
    """The error that stopped its workflow; the next change clears it."""

    # -- what it is -------------------------------------------------------------------------------------------------

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.minutes)

    @property
    def total_fen(self) -> Fen:
        return self.quote.total_fen

    @property
    def paid(self) -> bool:
        return self.payment.state is PaymentState.PAID

    @property
    def refunded_fen(self) -> Fen:
        """Refunds succeeded or under way."""
        return sum(refund.amount_fen for refund in self.refunds if refund.state is not RefundState.FAILED)

    def refund_if_cancelled(self, now: datetime) -> Fen:
        """What comes back if the customer's visit is called off at `now`: all of it before acceptance, and when the
        provider is overdue; after acceptance what the policy gives; nothing where there is nothing to call off."""
        match self.state:
            case State.PENDING_ACCEPTANCE:
                return self.total_fen
            case State.ACCEPTED | State.EN_ROUTE if self.overdue_at is not None:
                return self.total_fen
            case State.ACCEPTED | State.EN_ROUTE:
                return self.policy.refund_fen(self.total_fen, self.start, now)
            case _:
                return 0

    def split(self, refunded_fen: Fen) -> dict[str, Fen]:
        """What provider and platform earn when `refunded_fen` of the price went back: nothing is lost to rounding."""
        kept_fen = self.total_fen - refunded_fen
        commission_fen = share(kept_fen, self.commission_basis_points)
        return {"earned_fen": kept_fen - commission_fen, "commission_fen": commission_fen}

    @property
    def open(self) -> bool:
        """Whether anything may still happen to it by itself."""
        return self.next_wait().kind is not WaitKind.CLOSED

    def next_wait(self) -> Wait:
        """What the order waits for now."""
        if any(refund.state is RefundState.REQUESTED for refund in self.refunds):
            return Wait(kind=WaitKind.REFUND)
        match self.state:
            case State.PENDING_PAYMENT:
                return Wait(kind=WaitKind.PAYMENT, until=self.pay_by)
            case State.PENDING_ACCEPTANCE:
                return Wait(kind=WaitKind.DISPATCH)
            case State.ACCEPTED | State.EN_ROUTE:
                if self.reminded_at is None:
                    return Wait(kind=WaitKind.REMINDER, until=self.start - timedelta(seconds=self.timing.reminder_lead))
                if self.overdue_at is None:
                    return Wait(kind=WaitKind.OVERDUE, until=self.start + timedelta(seconds=self.timing.overdue_grace))
                return Wait(kind=WaitKind.VISIT)
            case State.IN_SERVICE:
                return Wait(kind=WaitKind.FINISH)
            case State.COMPLETED if self.confirmed_at is None and self.finished_at is not None:
                return Wait(
                    kind=WaitKind.CONFIRMATION, until=self.finished_at + timedelta(seconds=self.timing.auto_confirm)
                )
            case State.COMPLETED | State.CANCELLED if self.released_at is None and self.confirmed_at is not None:
                return Wait(
                    kind=WaitKind.SETTLEMENT_DELAY,
                    until=self.confirmed_at + timedelta(seconds=self.timing.settlement_delay),
                )
            case _:
                return Wait(kind=WaitKind.CLOSED)

    def require(self, *states: State) -> None:
        """WrongStateError unless the order is in one of `states`."""
        if self.state not in states:
            raise WrongStateError(number=self.number, state=self.state.value)

    def require_provider(self, provider_id: ProviderId) -> None:
        """NotYourOrderError unless `provider_id` is the one coming."""
        if self.provider_id != provider_id or self.accepted_at is None:
            raise NotYourOrderError(number=self.number)

    # -- the verbs, in the order of a life --------------------------------------------------------------------------

    def _decide(self, name: str, now: datetime, by: Actor, data: dict[str, Any], **changes: Any) -> "Decision":
        target: State = changes.get("state", self.state)
        if target is not self.state and target not in TRANSITIONS[self.state]:
            raise WrongStateError(number=self.number, state=self.state.value)
        after = self.model_copy(update={"trouble": None, **changes, "version": self.version + 1})
        event = Event(order_id=self.order_id, version=after.version, name=name, at=now, by=by, data=data)
        return Decision(before=self, after=after, event=event)

    def pay(self, transaction_id: str, amount_fen: Fen, paid_at: datetime, now: datetime) -> "Decision":
        """The channel reports the payment. On a cancelled order the money is sent back at once (B7)."""
        if amount_fen != self.total_fen or (self.paid and self.payment.transaction_id != transaction_id):
            raise PaymentMismatchError(number=self.number, amount_fen=amount_fen)
        payment = self.payment.model_copy(
            update={"state": PaymentState.PAID, "transaction_id": transaction_id, "paid_at": paid_at}
        )
        data = {"transaction_id": transaction_id, "amount_fen": amount_fen}
        if self.state is State.CANCELLED:
            refund = self._refund_of(amount_fen, "LATE_PAYMENT", now)
            return self._decide("LatePaymentReceived", now, SYSTEM, data, payment=payment, refunds=(refund,))
        self.require(State.PENDING_PAYMENT)
        return self._decide(
            "OrderPaid", now, SYSTEM, data, state=State.PENDING_ACCEPTANCE, payment=payment, dispatch_round=1
        )

    def lapse(self, now: datetime) -> "Decision":
        """Nobody paid in time."""
        self.require(State.PENDING_PAYMENT)
        return self._cancelled("UNPAID", SYSTEM, 0, now, name="OrderLapsed")

    def offer(self, wave: int, provider_ids: tuple[ProviderId, ...], until: datetime, now: datetime) -> "Decision":
        """A further wave of providers may grab the order until acceptance."""
        self.require(State.PENDING_ACCEPTANCE)
        data = {"wave": wave, "provider_ids": list(provider_ids), "until": iso(until)}
        return self._decide(
            "OffersSent",
            now,
            SYSTEM,
            data,
            wave=wave,
            offered=(*self.offered, *provider_ids),
            offer_until=until,
        )

    def give_up_named(self, now: datetime, *, declined: bool) -> "Decision":
        """The named provider did not take it: their time is free again, the search goes on among all."""
        self.require(State.PENDING_ACCEPTANCE)
        assert self.named_provider_id is not None
        return self._decide(
            "NamedProviderUnavailable",
            now,
            SYSTEM,
            {"provider_id": self.named_provider_id, "declined": declined},
            named_provider_id=None,
            provider_id=None,
            provider_name=None,
            reserved_mask=None,
            excluded=(*self.excluded, self.named_provider_id),
            wave=0,
        )

    def decline(self, provider_id: ProviderId, now: datetime) -> "Decision":
        """An offered provider does not want it."""
        self.require(State.PENDING_ACCEPTANCE)
        by = Actor(role=Role.PROVIDER, id=provider_id)
        if provider_id == self.named_provider_id:
            return self.give_up_named(now, declined=True)
        return self._decide("OfferDeclined", now, by, {}, excluded=(*self.excluded, provider_id))

    def escalate(self, until: datetime, now: datetime) -> "Decision":
        """No one took it: an administrator has until `until` to find someone."""
        self.require(State.PENDING_ACCEPTANCE)
        return self._decide("OrderEscalated", now, SYSTEM, {"until": iso(until)}, escalated_at=now, offer_until=until)

    def accept(self, provider_id: ProviderId, provider_name: str, mask: int, now: datetime, by: Actor) -> "Decision":
        """A provider grabbed it, or an administrator assigned it."""
        if self.state is not State.PENDING_ACCEPTANCE and self.accepted_at is not None:
            if self.provider_id == provider_id:
                raise WrongStateError(number=self.number, state=self.state.value)
            raise AlreadyTakenError(number=self.number)
        self.require(State.PENDING_ACCEPTANCE)
        losers = [other for other in self.offered if other != provider_id]
        return self._decide(
            "OrderAccepted",
            now,
            by,
            {"provider_id": provider_id, "losers": losers},
            state=State.ACCEPTED,
            provider_id=provider_id,
            provider_name=provider_name,
            reserved_mask=mask,
            accepted_at=now,
        )

    def withdraw(self, provider_id: ProviderId, reason: str, now: datetime) -> "Decision":
        """The provider cannot come (ill, broken down): their time is free again and someone else is sought."""
        self.require(State.ACCEPTED, State.EN_ROUTE)
        self.require_provider(provider_id)
        return self._decide(
            "ProviderWithdrew",
            now,
            Actor(role=Role.PROVIDER, id=provider_id),
            {"provider_id": provider_id, "reason": reason},
            state=State.PENDING_ACCEPTANCE,
            provider_id=None,
            provider_name=None,
            named_provider_id=None,
            reserved_mask=None,
            accepted_at=None,
            departed_at=None,
            reminded_at=None,
            overdue_at=None,
            proposal=None,
            escalated_at=None,
            wave=0,
            offered=(),
            excluded=(*self.excluded, provider_id),
            dispatch_round=self.dispatch_round + 1,
        )

    def depart(self, provider_id: ProviderId, now: datetime) -> "Decision":
        """The provider is on the way."""
        self.require_provider(provider_id)
        self.require(State.ACCEPTED)
        by = Actor(role=Role.PROVIDER, id=provider_id)
        return self._decide("ProviderDeparted", now, by, {}, state=State.EN_ROUTE, departed_at=now)

    def begin(self, provider_id: ProviderId, code: str, now: datetime) -> "Decision":
        """The provider is at the door and has the customer's code. A wrong one is counted (see `miscode`)."""
        self.require_provider(provider_id)
        self.require(State.ACCEPTED, State.EN_ROUTE)
        if self.wrong_codes >= WRONG_CODES_MAX:
            raise TooManyCodesError(number=self.number)
        if not hmac.compare_digest(code.encode(), self.arrival_code.encode()):
            raise WrongArrivalCodeError(number=self.number, left=WRONG_CODES_MAX - 1 - self.wrong_codes)
        by = Actor(role=Role.PROVIDER, id=provider_id)
        return self._decide("VisitStarted", now, by, {}, state=State.IN_SERVICE, started_at=now, proposal=None)

    def miscode(self, provider_id: ProviderId, now: datetime) -> "Decision":
        """A wrong arrival code was given; after five only an administrator can help."""
        by = Actor(role=Role.PROVIDER, id=provider_id)
        return self._decide("ArrivalCodeRefused", now, by, {}, wrong_codes=self.wrong_codes + 1)

    def renew_code(self, code: str, by: Actor, now: datetime) -> "Decision":
        """An administrator gives the customer a new arrival code: the door may be tried again."""
        self.require(State.ACCEPTED, State.EN_ROUTE)
        return self._decide("ArrivalCodeRenewed", now, by, {}, arrival_code=code, wrong_codes=0)

    def finish(self, provider_id: ProviderId, now: datetime) -> "Decision":
        """The work is done; the customer confirms or the time to object passes."""
        self.require_provider(provider_id)
        self.require(State.IN_SERVICE)
        by = Actor(role=Role.PROVIDER, id=provider_id)
        return self._decide("VisitFinished", now, by, {}, state=State.COMPLETED, finished_at=now)

    def confirm(self, by: Actor, now: datetime) -> "Decision":
        """The customer is content, or the time to object has passed: the income is earned."""
        self.require(State.COMPLETED)
        if self.confirmed_at is not None:
            raise WrongStateError(number=self.number, state=self.state.value)
        split = self.split(self.refunded_fen)
        return self._decide("OrderConfirmed", now, by, dict(split), confirmed_at=now, **split)

    def release_income(self, now: datetime) -> "Decision":
        """The settlement delay is over: the income may be paid out."""
        self.require(State.COMPLETED, State.CANCELLED)
        if self.confirmed_at is None or self.released_at is not None:
            raise WrongStateError(number=self.number, state=self.state.value)
        return self._decide("IncomeReleased", now, SYSTEM, {"earned_fen": self.earned_fen}, released_at=now)

    def remind(self, now: datetime) -> "Decision":
        """The visit is near: customer and provider are told."""
        self.require(State.ACCEPTED, State.EN_ROUTE)
        return self._decide("VisitReminded", now, SYSTEM, {}, reminded_at=now)

    def raise_overdue(self, now: datetime) -> "Decision":
        """The visit should have begun and has not: an administrator is told."""
        self.require(State.ACCEPTED, State.EN_ROUTE)
        return self._decide("VisitOverdue", now, SYSTEM, {}, overdue_at=now)

    def report_trouble(self, error: str, now: datetime) -> "Decision":
        """The workflow could not go on by itself; people see it in the timeline."""
        return self._decide("WorkflowStopped", now, SYSTEM, {"error": error}, trouble=error)

    # -- ending early -----------------------------------------------------------------------------------------------

    def cancel(self, by: Actor, reason: str, now: datetime) -> "Decision":
        """Before acceptance: freely, with everything back. An administrator may also cancel later, likewise in full."""
        free = {State.PENDING_PAYMENT, State.PENDING_ACCEPTANCE}
        if by.role in (Role.ADMINISTRATOR, Role.SYSTEM):
            free |= {State.ACCEPTED, State.EN_ROUTE}
        if self.state in (State.IN_SERVICE, State.COMPLETED):
            raise CancellationRefusedError(number=self.number)
        self.require(*free)
        return self._cancelled(reason, by, self.total_fen if self.paid else 0, now)

    def nobody_found(self, now: datetime) -> "Decision":
        """Nobody came forward in time: everything back, with an apology."""
        self.require(State.PENDING_ACCEPTANCE)
        return self._cancelled("NOBODY_FOUND", SYSTEM, self.total_fen, now)

    def propose_cancellation(self, reason: str, now: datetime) -> "Decision":
        """After acceptance the customer may only propose; the refund is what it is at this moment."""
        if self.state in (State.IN_SERVICE, State.COMPLETED):
            raise CancellationRefusedError(number=self.number)
        self.require(State.ACCEPTED, State.EN_ROUTE)
        refund_fen = self.refund_if_cancelled(now)
        by = Actor(role=Role.CUSTOMER, id=self.customer_id)
        proposal = Proposal(reason=reason, refund_fen=refund_fen, at=now)
        return self._decide("CancellationProposed", now, by, {"refund_fen": refund_fen}, proposal=proposal)

    def answer_cancellation(self, by: Actor, agree: bool, now: datetime) -> "Decision":
        """The provider or an administrator answers the proposal."""
        self.require(State.ACCEPTED, State.EN_ROUTE)
        if self.proposal is None:
            raise WrongStateError(number=self.number, state=self.state.value)
        if not agree:
            return self._decide("CancellationDeclined", now, by, {}, proposal=None)
        return self._cancelled(self.proposal.reason, by, self.proposal.refund_fen, now)

    def _cancelled(
        self, reason: str, by: Actor, refund_fen: Fen, now: datetime, *, name: str = "OrderCancelled"
    ) -> "Decision":
        refunds = (*self.refunds, self._refund_of(refund_fen, reason, now)) if refund_fen else self.refunds
        fee_due = self.paid and refund_fen < self.total_fen
        fee = {"confirmed_at": now, **self.split(refund_fen)} if fee_due else {}
        return self._decide(
            name,
            now,
            by,
            {"reason": reason, "refund_fen": refund_fen, "was": self.state.value, "provider_id": self.provider_id},
            state=State.CANCELLED,
            refunds=refunds,
            reserved_mask=None,
            proposal=None,
            cancellation=Cancellation(by=by, reason=reason, at=now),
            **fee,
        )

    def _refund_of(self, amount_fen: Fen, reason: str, now: datetime) -> Refund:
        refund_no = f"{self.payment.out_trade_no}R{len(self.refunds) + 1:02d}"
        return Refund(refund_no=refund_no, amount_fen=amount_fen, reason=reason, requested_at=now)

    def settle_refund(self, refund_no: str, *, succeeded: bool, now: datetime) -> "Decision":
        """The channel reports the refund's end. ValueError for a refund this order does not have."""
        known = {refund.refund_no: refund for refund in self.refunds}
        if refund_no not in known:
            raise ValueError(f"order {self.order_id} has no refund {refund_no}")
        state = RefundState.SUCCEEDED if succeeded else RefundState.FAILED
        known[refund_no] = known[refund_no].model_copy(update={"state": state, "settled_at": now})
        data = {"refund_no": refund_no, "amount_fen": known[refund_no].amount_fen}
        name = "RefundSucceeded" if succeeded else "RefundFailed"
        return self._decide(name, now, SYSTEM, data, refunds=tuple(known.values()))


class Snapshot(Value):
    """What a workflow knows of an order: enough to choose the next step, nothing personal."""

    order_id: OrderId
    number: str
    version: int
    state: State
    wait: WaitKind
    seconds: int
    """How long the workflow waits before it acts by itself; at least 1."""

    @classmethod
    def of(cls, order: Order, now: datetime) -> "Snapshot":
        wait = order.next_wait()
        until = wait.until or now + WAIT_MAX.get(wait.kind, timedelta(days=1))
        return cls(
            order_id=order.order_id,
            number=order.number,
            version=order.version,
            state=order.state,
            wait=wait.kind,
            seconds=seconds_until(until, now),
        )


def seconds_until(until: datetime, now: datetime) -> int:
    """Whole seconds from now until an instant, rounded up, at least 1: what a workflow's timeout wants."""
    return max(1, math.ceil((until - now).total_seconds()))


class Decision(Value):
    """What a verb decided: the order before and after, and the event between."""

    before: Order
    after: Order
    event: Event

    @property
    def frees_provider(self) -> bool:
        """Whether the provider's time must be given back."""
        return self.before.reserved_mask is not None and self.after.reserved_mask is None
