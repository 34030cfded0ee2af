"""What can be wrong with a wish concerning an account."""

from daojia.kernel.errors import ChangedMeanwhileError, NotFoundError, UnauthorizedError


class AccountNotFoundError(NotFoundError):
    """There is no such account."""

    code = "ACCOUNT_NOT_FOUND"


class AccountChangedError(ChangedMeanwhileError):
    """The account was made or changed between reading and writing: look again."""

    code = "ACCOUNT_CHANGED"


class WrongCodeError(UnauthorizedError):
    """The code sent by short message is wrong, used, too old or was tried too often; which of these is not said."""

    code = "WRONG_CODE"
