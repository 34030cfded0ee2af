"""Where people live: a point near a street's centre."""

import math
import random

from daojia.catalogue.outlines import contains
from daojia.kernel.geography import Point

_METRES_PER_DEGREE = 111_195


def near(centre: Point, polygon: tuple[Point, ...], radius_m: float, rng: random.Random) -> Point:
    """A point within `radius_m` of a street's centre and within its district."""
    while True:
        distance, angle = radius_m * math.sqrt(rng.random()), rng.uniform(0, 2 * math.pi)
        north = distance * math.cos(angle) / _METRES_PER_DEGREE
        east = distance * math.sin(angle) / (_METRES_PER_DEGREE * math.cos(math.radians(centre.lat)))
        found = Point(lat=round(centre.lat + north, 6), lng=round(centre.lng + east, 6))
        if contains(polygon, found):
            return found
