"""What can be wrong with a place."""

from daojia.kernel.errors import DaojiaError, RuleError


class PlaceNotFoundError(RuleError):
    """Neither the streets served nor the map service know a place by these words."""

    code = "PLACE_NOT_FOUND"


class PlaceAmbiguousError(RuleError):
    """The words fit several places served. Details hold them under `choices`, each with `area`, `lat` and `lng`."""

    code = "PLACE_AMBIGUOUS"


class MapsRefusedError(DaojiaError):
    """The map service refused for good (key, signature, parameters). `status` is its own; people need not know."""

    code = "MAPS_REFUSED"
    http_status = 502
