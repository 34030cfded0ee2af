"""What can be wrong with a request itself."""

from daojia.kernel.errors import InvalidInputError, NotFoundError, UnauthorizedError


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
