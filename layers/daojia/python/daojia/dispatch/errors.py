"""What can be wrong with taking an order."""

from daojia.kernel.errors import ConflictError, ForbiddenError


class NotOfferedError(ForbiddenError):
    """The order was not offered to this provider, or the offer is over."""

    code = "NOT_OFFERED"


class NotEligibleError(ConflictError):
    """The provider cannot take this order: `reason` is a code of the dispatch sheet."""

    code = "NOT_ELIGIBLE"
