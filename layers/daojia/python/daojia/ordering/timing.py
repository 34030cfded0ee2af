"""The durations of the stage, from the template's parameters."""

import os

from daojia.ordering.model import Timing


def timing() -> Timing:
    """The `Timing` a new order gets. KeyError names the missing environment variable."""
    return Timing.model_validate({name: int(os.environ[name.upper()]) for name in Timing.model_fields})
