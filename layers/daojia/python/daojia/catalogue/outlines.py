"""Outlines on the map: whether a point lies inside one, and how far outside. Pure.

A city is small enough for a flat map: degrees become metres around the point asked about.
"""

import math
from collections.abc import Iterator
from typing import Final

from daojia.kernel.geography import EARTH_RADIUS_M, Point

_METRES_PER_DEGREE: Final = math.pi * EARTH_RADIUS_M / 180


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
