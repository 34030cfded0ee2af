"""What can be wrong with a wish concerning the catalogue or the area served."""

from daojia.kernel.errors import ConflictError, NotFoundError, RuleError


class ServiceNotFoundError(NotFoundError):
    """There is no such service, or it is no longer sold."""

    code = "SERVICE_NOT_FOUND"


class OutsideAreaError(RuleError):
    """The place lies outside every area served. Details name the `nearest` one and how far it is, roughly."""

    code = "OUTSIDE_AREA"


class NothingServedError(RuleError):
    """No area is switched on at all."""

    code = "NOTHING_SERVED"


class ServiceRetiredError(NotFoundError):
    """The service was sold once; `service` names it."""

    code = "SERVICE_RETIRED"
    http_status = 410


class TooManyUnitsError(RuleError):
    """More of a service than one visit holds."""

    code = "TOO_MANY_UNITS"


class OptionWantedError(RuleError):
    """Something has to be chosen and was not; details name the `choices`."""

    code = "OPTION_WANTED"


class OptionRefusedError(RuleError):
    """An option that the service has not, or not so."""

    code = "OPTION_REFUSED"


class VisitTooLongError(RuleError):
    """So much work does not fit into one visit."""

    code = "VISIT_TOO_LONG"


class PriceChangedError(ConflictError):
    """The total the caller expected is not what it costs now."""

    code = "PRICE_CHANGED"


class CatalogueRefusedError(RuleError):
    """Something about an entry cannot be: details name the `field` and the `problem`."""

    code = "CATALOGUE_REFUSED"


class CatalogueChangedError(ConflictError):
    """Somebody else changed the entry: `revision` is the one that holds now."""

    code = "CATALOGUE_CHANGED"


class DearerThanPartsError(RuleError):
    """A package that costs more than its parts one by one; wants to be confirmed."""

    code = "DEARER_THAN_PARTS"


class AreaNotFoundError(NotFoundError):
    """There is no such area."""

    code = "AREA_NOT_FOUND"
