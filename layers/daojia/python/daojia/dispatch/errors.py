"""What can be wrong with taking an order."""

from daojia.kernel.errors import ConflictError, ForbiddenError
from daojia.kernel.texts import known, say


class NotOfferedError(ForbiddenError):
    """The order was not offered to this provider, or the offer is over."""

    code = "NOT_OFFERED"


class NotEligibleError(ConflictError):
    """The provider cannot take this order: `reason` is a code of the dispatch sheet."""

    code = "NOT_ELIGIBLE"

    @property
    def message(self) -> str:
        reason = f"errors.reasons.{self.details.get('reason')}"
        why = say(reason if known(reason) else "errors.reasons.other")
        return say(f"errors.{self.code}", **{**self.details, "why": why})
