"""What the channel remembers: orders, refunds, transfers, undelivered callbacks, and its switches.

Instants are epoch seconds: of business (paid, refunded, due) by the movable clock, of delivery by the real one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from infra.local.simulators.storage import Settings, Store


@dataclass
class Order:
    """A JSAPI order. `request` is the checked body of the first request."""

    KIND: ClassVar[str] = "order"
    request: dict[str, Any]
    created_at: float
    state: str = "NOTPAY"  # NOTPAY PAYERROR SUCCESS REFUND CLOSED
    transaction_id: str = ""
    paid_at: float = 0

    @property
    def key(self) -> str:
        return str(self.request["out_trade_no"])

    @property
    def group(self) -> str:
        return self.transaction_id

    @property
    def total_fen(self) -> int:
        return int(self.request["amount"]["total"])

    @property
    def expires_at(self) -> float | None:
        expiry = self.request["time_expire"]
        return datetime.fromisoformat(expiry).timestamp() if expiry else None


@dataclass
class Prepay:
    """A prepay_id: the ticket for one pay sheet, good for two hours."""

    KIND: ClassVar[str] = "prepay"
    prepay_id: str
    out_trade_no: str
    created_at: float

    @property
    def key(self) -> str:
        return self.prepay_id

    @property
    def group(self) -> str:
        return self.out_trade_no


@dataclass
class Refund:
    """A refund; money leaves the merchant when it is accepted, and comes back if it ends CLOSED."""

    KIND: ClassVar[str] = "refund"
    request: dict[str, Any]
    out_trade_no: str
    transaction_id: str
    refund_id: str
    created_at: float
    outcome: str = "SUCCESS"  # what it will become
    status: str = "PROCESSING"  # PROCESSING SUCCESS ABNORMAL CLOSED
    ended_at: float = 0

    @property
    def key(self) -> str:
        return str(self.request["out_refund_no"])

    @property
    def group(self) -> str:
        return self.out_trade_no

    @property
    def refund_fen(self) -> int:
        return int(self.request["amount"]["refund"])


@dataclass
class Transfer:
    """A merchant transfer that its receiver must confirm."""

    KIND: ClassVar[str] = "transfer"
    request: dict[str, Any]
    transfer_bill_no: str
    package_info: str
    created_at: float
    updated_at: float
    state: str = "WAIT_USER_CONFIRM"  # … TRANSFERING SUCCESS FAIL CANCELING CANCELLED
    fail_reason: str = ""

    @property
    def key(self) -> str:
        return str(self.request["out_bill_no"])

    @property
    def group(self) -> str:
        return str(self.request["openid"])

    @property
    def amount_fen(self) -> int:
        return int(self.request["transfer_amount"])


@dataclass
class Callback:
    """A notice to the merchant; `group` is `waiting` until it was accepted or given up."""

    KIND: ClassVar[str] = "callback"
    id: str
    event_type: str
    summary: str
    original_type: str
    resource: dict[str, Any]
    url: str
    create_time: str
    next_at: float  # real time
    state: str = "waiting"  # waiting accepted given_up
    attempts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.id

    @property
    def group(self) -> str:
        return self.state


@dataclass
class Job:
    """Something the channel will do by itself at `at` (business time): settle a refund, lapse a transfer."""

    KIND: ClassVar[str] = "job"
    name: str
    action: str
    subject: str
    at: float

    @property
    def key(self) -> str:
        return self.name

    @property
    def group(self) -> str:
        return ""


DEFAULT_SETTINGS: dict[str, Any] = {
    "refund_delay_ms": 300,  # from accepted to its end
    "refund_outcome": "SUCCESS",  # or ABNORMAL, CLOSED: what refunds accepted from now on become
    "transfer_delay_ms": 100,  # from the receiver's confirmation (or a cancellation) to the end
    "transfer_lapse_seconds": 86_400,  # a transfer not confirmed by then fails
    "check_balance": False,  # refuse refunds and transfers beyond the merchant's balance with NOT_ENOUGH
    "opening_balance_fen": 0,
    "fee_basis_points": 0,  # the channel's own fee, as it appears in the bills
}


CHOICES = {"refund_outcome": ("SUCCESS", "ABNORMAL", "CLOSED")}


def settings_of(store: Store) -> Settings:
    """The channel's switches."""
    return Settings(store, DEFAULT_SETTINGS, CHOICES)
