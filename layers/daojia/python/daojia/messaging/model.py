"""A message to one person, as it waits in the queue. Pure.

It says what happened to which order and to whom that matters; the words, and everything personal in them, are put
together only when it is sent, from the order as it is then (B12, B13).
"""

from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from daojia.kernel.ids import AccountId, OrderId
from daojia.kernel.value import Value

ADMINISTRATORS: Final = AccountId("administrators")
"""The recipient of notices: they are logged and counted, and the order stands in the administrators' list."""


class Kind(StrEnum):
    """What a message tells. The texts of each are in `texts/push.toml` under its value."""

    # To the customer.
    PAID = "paid"
    LAPSED = "lapsed"
    LATE_PAYMENT = "late_payment"
    NAMED_UNAVAILABLE = "named_unavailable"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    DEPARTED = "departed"
    CODE_RENEWED = "code_renewed"
    REMINDER = "reminder"
    STARTED = "started"
    FINISHED = "finished"
    CANCELLATION_DECLINED = "cancellation_declined"
    CANCELLED = "cancelled"
    NOBODY_FOUND = "nobody_found"
    REFUNDED = "refunded"
    # To a provider.
    OFFER = "offer"
    JOB = "job"
    TAKEN = "taken"
    JOB_REMINDER = "job_reminder"
    CANCELLATION_PROPOSED = "cancellation_proposed"
    JOB_CANCELLED = "job_cancelled"
    JOB_CANCELLED_WITH_FEE = "job_cancelled_with_fee"
    EARNED = "earned"
    RELEASED = "released"
    PAYOUT = "payout"
    # To administrators.
    NOTICE = "notice"


class Message(Value):
    """One thing to tell one person. `message_id` is the same whenever the same thing is to be told again."""

    message_id: str
    kind: Kind
    recipient: AccountId
    order_id: OrderId | None = None
    facts: dict[str, Any] = Field(default_factory=dict[str, Any])
    """What the order itself will not say later: amounts (`amount_fen`), instants (`until`), ids. Nothing personal."""
