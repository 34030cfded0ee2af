"""Places. Coordinates are GCJ-02 as all Chinese maps use them; cells are H3 (https://h3geo.org)."""

import math
from typing import Any, Final

import h3  # pyright: ignore[reportMissingTypeStubs]

from daojia.kernel.value import Value

_h3: Final[Any] = h3  # comes without types
SEARCH_RESOLUTION: Final = 5
"""H3 resolution of the provider index: cells about 17 km across."""
EARTH_RADIUS_M: Final = 6_371_008.8
_CELL_RADIUS_M: Final = 11_000  # from the centre of a cell of resolution 5 to its farthest corner, rounded up


class Point(Value):
    """A position: latitude and longitude in degrees, GCJ-02."""

    lat: float
    lng: float


def distance_m(a: Point, b: Point) -> float:
    """Great-circle distance in metres (haversine)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat, half_lng = (lat_b - lat_a) / 2, math.radians(b.lng - a.lng) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lng) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def cell(point: Point) -> str:
    """The index cell a point lies in."""
    return _h3.latlng_to_cell(point.lat, point.lng, SEARCH_RESOLUTION)


def cells_within(point: Point, radius_m: float) -> list[str]:
    """The index cells that may hold something within `radius_m` of a point, nearest first."""
    rings = math.ceil(radius_m / 14_000) + 1
    found: list[tuple[float, str]] = []
    for candidate in _h3.grid_disk(cell(point), rings):
        lat, lng = _h3.cell_to_latlng(candidate)
        distance = distance_m(point, Point(lat=lat, lng=lng))
        if distance <= radius_m + _CELL_RADIUS_M:
            found.append((distance, candidate))
    return [name for _, name in sorted(found)]
