"""Outlines on the map: whether a point lies inside one, and how far outside. Pure.

A city is small enough for a flat map: degrees become metres around the point asked about.
"""

import math
from collections.abc import Iterator
from typing import Final

from daojia.kernel.geography import EARTH_RADIUS_M, Point

_METRES_PER_DEGREE: Final = math.pi * EARTH_RADIUS_M / 180
_TOUCHING_M: Final = 20
"""Neighbours are drawn by hand: what is closer than this to a border lies on it."""
_NOTHING: Final = 1e-12


def contains(outline: tuple[Point, ...], point: Point) -> bool:
    """Whether a point lies inside: a ray to the east crosses the outline an odd number of times."""
    inside = False
    for a, b in _edges(outline):
        if (a.lat > point.lat) != (b.lat > point.lat):
            crossing = a.lng + (point.lat - a.lat) / (b.lat - a.lat) * (b.lng - a.lng)
            inside ^= point.lng < crossing
    return inside


def distance_to(outline: tuple[Point, ...], point: Point) -> float:
    """Metres from a point to the nearest place of an outline; 0 inside."""
    if contains(outline, point):
        return 0.0
    return min(_to_segment(point, a, b) for a, b in _edges(outline))


def crosses_itself(outline: tuple[Point, ...]) -> bool:
    """Whether two edges that are no neighbours meet."""
    edges = list(_edges(outline))
    return any(
        _cross(*edges[i], *edges[j])
        for i in range(len(edges))
        for j in range(i + 2, len(edges))
        if (i, j) != (0, len(edges) - 1)
    )


def overlap(one: tuple[Point, ...], other: tuple[Point, ...]) -> bool:
    """Whether two outlines have ground in common; borders that only touch have not."""
    if any(_cross(a, b, c, d) for a, b in _edges(one) for c, d in _edges(other)):
        return True
    inside = any(contains(other, point) and not _on_border(other, point) for point in one)
    return inside or any(contains(one, point) and not _on_border(one, point) for point in other)


def square_metres(outline: tuple[Point, ...]) -> float:
    """The ground inside an outline (shoelace on a flat map)."""
    stretch = math.cos(math.radians(sum(point.lat for point in outline) / len(outline)))
    doubled = sum(a.lng * b.lat - b.lng * a.lat for a, b in _edges(outline))
    return abs(doubled) / 2 * stretch * _METRES_PER_DEGREE**2


def _on_border(outline: tuple[Point, ...], point: Point) -> bool:
    return min(_to_segment(point, a, b) for a, b in _edges(outline)) < _TOUCHING_M


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two lines cross somewhere between their ends; ends that touch do not count."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, point: Point) -> int:
    turn = (b.lng - a.lng) * (point.lat - a.lat) - (b.lat - a.lat) * (point.lng - a.lng)
    return 0 if abs(turn) < _NOTHING else (1 if turn > 0 else -1)


def _edges(outline: tuple[Point, ...]) -> Iterator[tuple[Point, Point]]:
    return zip(outline, (*outline[1:], outline[0]), strict=True)


def _to_segment(point: Point, a: Point, b: Point) -> float:
    """Metres from a point to the line between two others, on a map whose origin is the point."""
    stretch = math.cos(math.radians(point.lat))
    ax, ay = (a.lng - point.lng) * stretch, a.lat - point.lat
    bx, by = (b.lng - point.lng) * stretch, b.lat - point.lat
    dx, dy = bx - ax, by - ay
    length_squared = dx * dx + dy * dy
    along = 0.0 if length_squared == 0 else max(0.0, min(1.0, -(ax * dx + ay * dy) / length_squared))
    return math.hypot(ax + along * dx, ay + along * dy) * _METRES_PER_DEGREE
