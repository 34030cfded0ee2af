"""What an area must fulfil, and what a change of one touches. Pure."""

from collections.abc import Iterable
from typing import Final

from daojia.catalogue.book import Book
from daojia.catalogue.editing import refuse
from daojia.catalogue.model import Area
from daojia.catalogue.outlines import crosses_itself, overlap, square_metres
from daojia.kernel.geography import Point

POINTS_MAX: Final = 200
STREETS_MAX: Final = 200
_SMALLEST_M2: Final = 10_000
_LARGEST_M2: Final = 20_000_000_000
_CHINA: Final = (3.8, 53.6, 73.5, 135.1)
"""Latitude and longitude from … to."""


def check_area(area: Area) -> None:
    """Three points or more whose edges do not cross, or streets; in China, of a sensible size. Else it is refused."""
    if not area.polygon and not area.streets:
        refuse("polygon", "area_empty")
    for index, point in enumerate(area.polygon):
        if not _in_china(point):
            refuse(f"polygon.{index}", "outside_china")
    for index, street in enumerate(area.streets):
        if not _in_china(street.centre):
            refuse(f"streets.{index}.centre", "outside_china")
    names = [street.name for street in area.streets]
    if len(set(names)) != len(names):
        refuse("streets", "street_twice")
    if area.polygon:
        _check_outline(area.polygon)


def _check_outline(outline: tuple[Point, ...]) -> None:
    if len(set(outline)) != len(outline):
        refuse("polygon", "point_twice")
    if not 3 <= len(outline) <= POINTS_MAX:
        refuse("polygon", "points", most=POINTS_MAX)
    if crosses_itself(outline):
        refuse("polygon", "crosses")
    if not _SMALLEST_M2 <= square_metres(outline) <= _LARGEST_M2:
        refuse("polygon", "size")


def overlapping(area: Area, others: Iterable[Area]) -> tuple[str, ...]:
    """The names of other areas whose outline has ground in common with this one's."""
    return tuple(
        other.name
        for other in others
        if other.area_id != area.area_id and other.polygon and area.polygon and overlap(area.polygon, other.polygon)
    )


def touched(points: Iterable[Point], before: Book, after: Book) -> int:
    """How many of these places are served before and not after, or the other way round."""
    return sum((before.locate(point) is None) is not (after.locate(point) is None) for point in points)


def middle(area: Area) -> Point:
    """Roughly the centre of an area."""
    points = area.polygon or tuple(street.centre for street in area.streets)
    return Point(
        lat=sum(point.lat for point in points) / len(points), lng=sum(point.lng for point in points) / len(points)
    )


def _in_china(point: Point) -> bool:
    south, north, west, east = _CHINA
    return south <= point.lat <= north and west <= point.lng <= east
