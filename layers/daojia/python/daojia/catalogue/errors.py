"""What can be wrong with a wish concerning the catalogue or the area served."""

from daojia.kernel.errors import NotFoundError, RuleError


class ServiceNotFoundError(NotFoundError):
    """There is no such service, or it is no longer sold."""

    code = "SERVICE_NOT_FOUND"


class OutsideAreaError(RuleError):
    """The place lies outside every area served. Details name the `nearest` one and how far it is, roughly."""

    code = "OUTSIDE_AREA"


class NothingServedError(RuleError):
    """No area is switched on at all."""

    code = "NOTHING_SERVED"
