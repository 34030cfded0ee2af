"""What a map service says of a place. Pure."""

from daojia.kernel.geography import Point
from daojia.kernel.value import Value


class Spot(Value):
    """A point with what stands there. Coordinates GCJ-02; empty text where the map does not know."""

    point: Point
    district: str = ""
    town: str = ""
    """The street office (街道), told of a point only."""
    road: str = ""
    number: str = ""
    """The house number with its 号."""


class Suggestion(Value):
    """A place offered while somebody types."""

    title: str
    address: str
    district: str
    point: Point
