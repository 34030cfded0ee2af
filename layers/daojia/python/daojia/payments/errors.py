"""What can go wrong with money at the channel."""

from daojia.kernel.errors import ConflictError, DaojiaError, InvalidInputError, NotFoundError, UnauthorizedError


class PaymentRefusedError(DaojiaError):
    """The channel refused for good: asking the same again is pointless. `reason` is the channel's code."""

    code = "PAYMENT_REFUSED"
    http_status = 502

    def __init__(self, *, call: str, status: int, reason: str, explanation: str = "") -> None:
        self.reason = reason
        super().__init__(call=call, status=status, reason=reason, explanation=explanation)


class NoticeUnbelievableError(UnauthorizedError):
    """A notice is not signed by the channel, or not now: forged, stale, a probe, or signed with another key."""

    code = "NOTICE_UNBELIEVABLE"


class NoticeUnreadableError(InvalidInputError):
    """A notice is signed but says nothing we know."""

    code = "NOTICE_UNREADABLE"


class PayoutNotFoundError(NotFoundError):
    """No payout has this number."""

    code = "PAYOUT_NOT_FOUND"


class PayoutContradictedError(ConflictError):
    """The channel says of a payout what cannot be true: a human must look."""

    code = "PAYOUT_CONTRADICTED"
