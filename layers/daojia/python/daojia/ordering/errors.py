"""What can be wrong with a wish concerning an order."""

from daojia.kernel.errors import ChangedMeanwhileError, ConflictError, ForbiddenError, NotFoundError, RuleError


class OrderNotFoundError(NotFoundError):
    """No such order, or it is somebody else's."""

    code = "ORDER_NOT_FOUND"


class NotYourOrderError(ForbiddenError):
    """The order belongs to somebody else."""

    code = "NOT_YOUR_ORDER"


class WrongStateError(ConflictError):
    """The order's state does not allow this verb."""

    code = "WRONG_STATE"


class OrderChangedError(ChangedMeanwhileError):
    """Somebody changed the order between reading and writing: look again."""

    code = "ORDER_CHANGED"


class NumberTakenError(ChangedMeanwhileError):
    """Another open order has this short number; the caller draws another."""

    code = "NUMBER_TAKEN"


class AlreadyTakenError(ConflictError):
    """Another provider was faster."""

    code = "ALREADY_TAKEN"


class WrongArrivalCodeError(RuleError):
    """The code given at the door is not the customer's."""

    code = "WRONG_ARRIVAL_CODE"


class TooManyCodesError(RuleError):
    """Too many wrong arrival codes: only an administrator may start this visit now."""

    code = "TOO_MANY_CODES"


class CancellationRefusedError(RuleError):
    """The work has begun: a complaint is the way, not a cancellation."""

    code = "TOO_LATE_TO_CANCEL"


class PaymentMismatchError(ConflictError):
    """The channel reports a payment that is not the one this order asked for."""

    code = "PAYMENT_MISMATCH"


class NobodyFreeError(ConflictError):
    """No verified provider nearby is free for this interval."""

    code = "NOBODY_FREE"


class TooSoonError(RuleError):
    """The wished start lies in the past or nobody could be there in time."""

    code = "TOO_SOON"


class TooFarAheadError(RuleError):
    """The wished start lies beyond the booking horizon."""

    code = "TOO_FAR_AHEAD"
