"""What an order is made of: its states, who acts, its durations, payment, refunds, waits, events. Pure values."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from daojia.catalogue.model import Family
from daojia.catalogue.pricing import Wanted
from daojia.kernel.ids import OrderId, ServiceId
from daojia.kernel.money import Fen
from daojia.kernel.value import Value
from daojia.payments.model import RefundState


class State(StrEnum):
    """Where an order is on its way."""

    PENDING_PAYMENT = "PENDING_PAYMENT"
    PENDING_ACCEPTANCE = "PENDING_ACCEPTANCE"
    ACCEPTED = "ACCEPTED"
    EN_ROUTE = "EN_ROUTE"
    IN_SERVICE = "IN_SERVICE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    State.PENDING_PAYMENT: frozenset({State.PENDING_ACCEPTANCE, State.CANCELLED}),
    State.PENDING_ACCEPTANCE: frozenset({State.ACCEPTED, State.CANCELLED}),
    # Back to PENDING_ACCEPTANCE: the provider withdrew, someone else is sought.
    State.ACCEPTED: frozenset({State.EN_ROUTE, State.IN_SERVICE, State.PENDING_ACCEPTANCE, State.CANCELLED}),
    State.EN_ROUTE: frozenset({State.IN_SERVICE, State.PENDING_ACCEPTANCE, State.CANCELLED}),
    State.IN_SERVICE: frozenset({State.COMPLETED}),
    State.COMPLETED: frozenset(),
    State.CANCELLED: frozenset(),
}


class Role(StrEnum):
    """Who did something."""

    CUSTOMER = "customer"
    PROVIDER = "provider"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Actor(Value):
    """The person or part of the system behind an event."""

    role: Role
    id: str = ""


SYSTEM: Final = Actor(role=Role.SYSTEM)


class Timing(Value):
    """The durations an order lives by, in seconds; template parameters, copied into the order when it is placed."""

    payment_window: int
    offer_wave: int
    offer_waves: int
    escalation_window: int
    reminder_lead: int
    overdue_grace: int
    auto_confirm: int
    settlement_delay: int


class OrderedService(Value):
    """What of the service the order needs to remember."""

    service_id: ServiceId
    name: str
    family: Family
    version: int = 1
    """Of the catalogue's entry, as it was agreed to."""
    includes: tuple[ServiceId, ...] = ()
    """The services of a package."""
    wanted: Wanted = Wanted()
    shown: tuple[str, ...] = ()
    """Quantity and options as people read them."""

    @property
    def skills(self) -> frozenset[ServiceId]:
        """What somebody must be able to do to take the order."""
        return frozenset(self.includes) or frozenset({self.service_id})

    @property
    def text(self) -> str:
        """空调清洗 2 台."""
        return " ".join((self.name, *self.shown))


class PaymentState(StrEnum):
    UNPAID = "UNPAID"
    PAID = "PAID"


class Payment(Value):
    """The order's payment: what was asked for and what the channel reported."""

    channel: str = "wechat_pay"
    out_trade_no: str
    state: PaymentState = PaymentState.UNPAID
    transaction_id: str | None = None
    paid_at: datetime | None = None


class Refund(Value):
    """Money on its way back to the customer. FAILED ones are raised to an administrator."""

    refund_no: str
    amount_fen: Fen
    reason: str
    state: RefundState = RefundState.REQUESTED
    requested_at: datetime
    settled_at: datetime | None = None


class Cancellation(Value):
    """How an order ended before its time."""

    by: Actor
    reason: str
    at: datetime


class Proposal(Value):
    """The customer wishes to cancel after acceptance; the provider or an administrator answers."""

    reason: str
    refund_fen: Fen
    at: datetime


class WaitKind(StrEnum):
    """What the workflow of an order waits for, named as its states are."""

    PAYMENT = "PAYMENT"
    DISPATCH = "DISPATCH"
    REMINDER = "REMINDER"
    VISIT = "VISIT"
    OVERDUE = "OVERDUE"
    FINISH = "FINISH"
    CONFIRMATION = "CONFIRMATION"
    SETTLEMENT_DELAY = "SETTLEMENT_DELAY"
    REFUND = "REFUND"
    CLOSED = "CLOSED"


WAIT_MAX: Final = {WaitKind.REFUND: timedelta(minutes=10)}
"""How long a wait without a deadline lasts before the workflow looks again; a day unless said otherwise."""


class Wait(Value):
    """What comes next for the order, and when the workflow must act if nothing happens before. `until` None: never."""

    kind: WaitKind
    until: datetime | None = None


class Event(Value):
    """Something that happened to an order, in the past tense. `data` holds no personal data."""

    order_id: OrderId
    version: int
    name: str
    at: datetime
    by: Actor
    data: dict[str, Any] = Field(default_factory=dict[str, Any])

    @property
    def event_id(self) -> str:
        return f"{self.order_id}#{self.version}"
