"""What can be wrong with a wish concerning a provider."""

from daojia.kernel.errors import ChangedMeanwhileError, NotFoundError


class ProviderNotFoundError(NotFoundError):
    """There is no such provider."""

    code = "PROVIDER_NOT_FOUND"


class ProviderChangedError(ChangedMeanwhileError):
    """The profile was changed between reading and writing: look again."""

    code = "PROVIDER_CHANGED"
