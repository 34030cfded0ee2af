"""What the payment channel tells us, and payouts to providers. Pure."""

import base64
import hashlib
import re
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from daojia.kernel.ids import ProviderId
from daojia.kernel.money import Fen
from daojia.kernel.value import Value
from daojia.payments.errors import PayoutContradictedError

App = Literal["official", "miniprogram"]
"""Which of our two apps a person's openid belongs to."""

MIN_PAYOUT_FEN: Final[Fen] = 100
"""Less than this waits for the next cycle: a confirmation in WeChat for some fen annoys. WeChat's own least is 10."""
MAX_PAYOUT_FEN: Final[Fen] = 500_000
"""The most one transfer carries; the rest follows with the next run. WeChat grants limits merchant by merchant, and a
new one may pay one person 5000 yuan a day."""
NAME_REQUIRED_FROM_FEN: Final[Fen] = 200_000
"""From 2000 yuan WeChat compares the receiver's real name."""
TURNS_MAX: Final = 20
"""Payouts to one provider within one cycle: a brake on a transfer that fails again and again."""


class JsapiParams(Value):
    """What the pay sheet needs. `model_dump(by_alias=True)` names the fields as WeChat does (appId, timeStamp, ...)."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    app_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: str = "RSA"
    pay_sign: str

    def for_wechat(self) -> dict[str, str]:
        """The argument of `getBrandWCPayRequest` and `wx.requestPayment`."""
        return self.model_dump(by_alias=True)


class PaymentFact(Value):
    """How an order's payment stands at the channel. `transaction_id` and `paid_at` mean something only when paid."""

    out_trade_no: str
    transaction_id: str
    amount_fen: Fen
    paid_at: datetime
    paid: bool


class RefundState(StrEnum):
    """Whether money sent back has arrived."""

    REQUESTED = "REQUESTED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class RefundFact(Value):
    """How a refund stands at the channel."""

    out_trade_no: str
    refund_no: str
    state: RefundState


class TransferState(StrEnum):
    """The channel's words for a merchant transfer, its spelling included."""

    ACCEPTED = "ACCEPTED"
    PROCESSING = "PROCESSING"
    WAIT_USER_CONFIRM = "WAIT_USER_CONFIRM"
    TRANSFERING = "TRANSFERING"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    CANCELING = "CANCELING"
    CANCELLED = "CANCELLED"


class TransferFact(Value):
    """How a transfer stands at the channel. `package_info` is given only in answer to asking for the transfer."""

    bill_no: str
    state: TransferState
    amount_fen: Fen | None = None
    transfer_bill_no: str | None = None
    package_info: str | None = None
    fail_reason: str | None = None


class PayoutState(StrEnum):
    """Where a payout stands."""

    STARTED = "STARTED"
    """Set aside in the ledger; the channel may or may not have been asked."""
    IN_PROGRESS = "IN_PROGRESS"
    AWAITING_CONFIRMATION = "AWAITING_CONFIRMATION"
    """The provider has 24 hours to take it in WeChat."""
    PAID_OUT = "PAID_OUT"
    RETURNED = "RETURNED"
    """Refused, lapsed or cancelled: the money is payable again."""


ENDED: Final = frozenset({PayoutState.PAID_OUT, PayoutState.RETURNED})
_MEANING: Final = {
    TransferState.WAIT_USER_CONFIRM: PayoutState.AWAITING_CONFIRMATION,
    TransferState.SUCCESS: PayoutState.PAID_OUT,
    TransferState.FAIL: PayoutState.RETURNED,
    TransferState.CANCELLED: PayoutState.RETURNED,
}
_CYCLE: Final = re.compile(r"[0-9]{8}")


class Payout(Value):
    """One transfer to a provider. `app` and `openid` say to whom, kept because asking again must ask the same."""

    bill_no: str
    provider_id: ProviderId
    cycle: str
    amount_fen: Fen
    app: App
    openid: str
    state: PayoutState = PayoutState.STARTED
    version: int = 1
    channel_state: TransferState | None = None
    transfer_bill_no: str | None = None
    package_info: str | None = None
    """What `wx.requestMerchantTransfer` needs to let the provider confirm."""
    fail_reason: str | None = None
    started_at: datetime
    updated_at: datetime

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def reported(self, fact: TransferFact, now: datetime) -> Self:
        """The payout after the channel's word; the same object if that says nothing new.

        PayoutContradictedError when the word cannot be true of this payout: another amount, or another end.
        """
        state = _MEANING.get(fact.state, PayoutState.IN_PROGRESS)
        other_amount = fact.amount_fen is not None and fact.amount_fen != self.amount_fen
        if other_amount or (self.ended and state in ENDED and state is not self.state):
            raise PayoutContradictedError(bill_no=self.bill_no, state=fact.state.value, amount_fen=fact.amount_fen)
        if self.ended:
            return self
        known = {
            "state": state,
            "channel_state": fact.state,
            "transfer_bill_no": fact.transfer_bill_no or self.transfer_bill_no,
            "package_info": fact.package_info or self.package_info,
            "fail_reason": fact.fail_reason or self.fail_reason,
        }
        if all(getattr(self, name) == value for name, value in known.items()):
            return self
        return self.model_copy(update={**known, "version": self.version + 1, "updated_at": now})


def bill_no_of(provider_id: ProviderId, cycle: str, turn: int) -> str:
    """The number of a provider's `turn`-th payout in a cycle (yyyymmdd): letters and digits, 31 of at most 32.

    ValueError for a cycle that is no date.
    """
    if not _CYCLE.fullmatch(cycle) or not 1 <= turn <= TURNS_MAX:
        raise ValueError(f"cycle {cycle!r}, turn {turn}")
    who = base64.b32encode(hashlib.sha256(provider_id.encode()).digest())[:20].decode()
    return f"P{cycle}{turn:02d}{who}"
