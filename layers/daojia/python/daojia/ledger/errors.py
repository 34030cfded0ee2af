"""What the ledger refuses."""

from daojia.kernel.errors import ChangedMeanwhileError, ConflictError


class AlreadyPostedError(ChangedMeanwhileError):
    """This event is in the books already: whoever decided it again must look again."""

    code = "ALREADY_POSTED"


class OverdrawnError(ConflictError):
    """An account would fall below zero: money would be spent that is not there."""

    code = "OVERDRAWN"
