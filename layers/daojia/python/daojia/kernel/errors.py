"""Errors people can act on.

Every refusal of the platform is a class with a stable `code`, an HTTP status and a sentence in the reader's language,
taken from `texts/errors.toml` under the code and filled with the error's details. Step Functions match on the class
name.
"""

from typing import Any, ClassVar

from daojia.kernel.texts import say


class DaojiaError(Exception):
    """A refusal with a stable code. Details fill the sentence and are shown to API clients: no secrets in them."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    http_status: ClassVar[int] = 500

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(f"{self.code} {details}" if details else self.code)

    @property
    def message(self) -> str:
        """The sentence for people, in Simplified Chinese."""
        return say(f"errors.{self.code}", **self.details)


class InvalidInputError(DaojiaError):
    """What was sent cannot be understood or breaks a field rule."""

    code = "INVALID_INPUT"
    http_status = 400


class BodyTooLargeError(DaojiaError):
    """The request body is larger than any legitimate one."""

    code = "BODY_TOO_LARGE"
    http_status = 413


class UnauthorizedError(DaojiaError):
    """No valid credentials: missing, wrong, stale or forged."""

    code = "UNAUTHORIZED"
    http_status = 401


class ForbiddenError(DaojiaError):
    """The caller is known but this is not theirs to see or do."""

    code = "FORBIDDEN"
    http_status = 403


class NotFoundError(DaojiaError):
    """There is no such thing, or not for this caller."""

    code = "NOT_FOUND"
    http_status = 404


class ConflictError(DaojiaError):
    """The state of the thing does not allow this now."""

    code = "CONFLICT"
    http_status = 409


class ChangedMeanwhileError(ConflictError):
    """What the decision was based on changed before it was written: read again and decide again."""

    code = "CHANGED_MEANWHILE"


class KeyReusedError(DaojiaError):
    """An idempotency key came again with another payload."""

    code = "IDEMPOTENCY_KEY_REUSED"
    http_status = 422


class RuleError(DaojiaError):
    """Understood, but against a rule of the business (outside the area, in the past, ...)."""

    code = "RULE_VIOLATED"
    http_status = 422


class TooManyRequestsError(DaojiaError):
    """Slow down and try again."""

    code = "TOO_MANY_REQUESTS"
    http_status = 429


class BusyError(DaojiaError):
    """Many write to the same thing at once and retries ran out: trying again is right."""

    code = "BUSY"
    http_status = 503


class UnavailableError(DaojiaError):
    """An outside service does not answer; nothing was lost, try again."""

    code = "UNAVAILABLE"
    http_status = 503
