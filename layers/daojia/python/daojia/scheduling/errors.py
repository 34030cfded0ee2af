"""What can be wrong with a wish concerning somebody's time."""

from daojia.kernel.errors import ChangedMeanwhileError, ConflictError, RuleError


class CrossesMidnightError(RuleError):
    """A visit lies within one Shanghai day."""

    code = "CROSSES_MIDNIGHT"


class SlotTakenError(ConflictError):
    """Another order already holds part of this interval, travel and buffer included."""

    code = "SLOT_TAKEN"


class DailyCapError(ConflictError):
    """The provider has as many jobs that day as they may have."""

    code = "DAILY_CAP"


class DayChangedError(ChangedMeanwhileError):
    """Somebody reserved or released time of this day between reading and writing: look again."""

    code = "DAY_CHANGED"
