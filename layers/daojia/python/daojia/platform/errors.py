"""What can be wrong with a request itself, and how a refusal reads."""

from typing import Any

from daojia.kernel.errors import ConflictError, DaojiaError, InvalidInputError, NotFoundError, UnauthorizedError
from daojia.kernel.texts import say


class IdempotencyKeyMissingError(InvalidInputError):
    """A request that creates or moves something says which one it is, so that a repetition is recognised."""

    code = "IDEMPOTENCY_KEY_MISSING"


class UnknownRouteError(NotFoundError):
    """The API has no such method and path."""

    code = "UNKNOWN_ROUTE"


class WrongPasswordError(UnauthorizedError):
    """User name or password are not right; which of the two is not said."""

    code = "WRONG_PASSWORD"


class WeChatCodeRefusedError(UnauthorizedError):
    """WeChat does not accept the log-in code: used before, older than five minutes, or made up."""

    code = "WECHAT_CODE_REFUSED"


class NoWeChatIdentityError(ConflictError):
    """The account is not known to WeChat in the app it wants to pay in."""

    code = "NO_WECHAT_IDENTITY"


def refusal(error: DaojiaError) -> dict[str, Any]:
    """How a refusal reads in JSON. A code whose sentence is missing or wants other details gets the general one."""
    try:
        message = error.message
    except KeyError:
        message = say("errors.CONFLICT")
    return {"error": {"code": error.code, "message": message, "details": error.details}}
