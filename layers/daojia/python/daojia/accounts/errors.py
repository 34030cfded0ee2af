"""What can be wrong with a wish concerning an account."""

from daojia.kernel.errors import ChangedMeanwhileError, NotFoundError


class AccountNotFoundError(NotFoundError):
    """There is no such account."""

    code = "ACCOUNT_NOT_FOUND"


class AccountChangedError(ChangedMeanwhileError):
    """The account was made or changed between reading and writing: look again."""

    code = "ACCOUNT_CHANGED"
