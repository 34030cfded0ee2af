"""What the simulated map knows: districts and street offices of the demo data, roads with numbers, communities.

Deterministic: the same words always lead to the same point. Points are (latitude, longitude), GCJ-02.
"""

import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "demo_data"
PROVINCE, CITY, ADCODE = "湖北省", "武汉市", "420100"
METRES_PER_DEGREE = 111_195
ROAD_REACH_M = 900
_NUMBER = re.compile(r"\s*(\d{1,5})\s*号?")
Position = tuple[float, float]


@dataclass(frozen=True)
class Road:
    """A road from one point to another; its numbers grow along the way."""

    name: str
    district: str
    start: Position
    end: Position
    first: int
    last: int

    def at(self, number: int) -> Position:
        along = (number - self.first) / max(1, self.last - self.first)
        lat = self.start[0] + along * (self.end[0] - self.start[0])
        lng = self.start[1] + along * (self.end[1] - self.start[1])
        return (round(lat, 6), round(lng, 6))

    def near(self, point: Position) -> tuple[float, int]:
        """How far a point is, in metres, and which number is nearest."""
        steps = 24
        numbers = [self.first + (self.last - self.first) * step // steps for step in range(steps + 1)]
        return min((metres(self.at(number), point), number) for number in numbers)


@dataclass(frozen=True)
class Found:
    """What words or a point lead to. `level` and `reliability` are Tencent's."""

    title: str
    point: Position
    city: str = CITY
    district: str = ""
    town: str = ""
    road: str = ""
    number: str = ""
    level: int = 0
    reliability: int = 7

    @property
    def address(self) -> str:
        return f"{PROVINCE if self.city == CITY else ''}{self.city}{self.district}{self.road}{self.number}"


@dataclass(frozen=True)
class District:
    """A district with its outline and the middles of its street offices."""

    name: str
    outline: tuple[Position, ...]
    offices: dict[str, Position]
    landmarks: dict[str, str]
    """What else people call a street office."""

    def holds(self, point: Position) -> bool:
        inside, (lat, lng) = False, point
        for a, b in zip(self.outline, (*self.outline[1:], self.outline[0]), strict=True):
            if (a[0] > lat) != (b[0] > lat):
                inside ^= lng < a[1] + (lat - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
        return inside

    @property
    def middle(self) -> Position:
        return next(iter(self.offices.values()))

    @property
    def short(self) -> str:
        return self.name.removesuffix("区") if len(self.name) > 2 else self.name


def metres(a: Position, b: Position) -> float:
    """Flat distance; a city is small enough."""
    stretch = math.cos(math.radians(a[0]))
    return math.hypot(a[0] - b[0], (a[1] - b[1]) * stretch) * METRES_PER_DEGREE


class Gazetteer:
    """Read once from the demo data."""

    def __init__(self) -> None:
        areas, roads = _toml("areas"), _toml("roads")
        self.districts = tuple(
            District(
                name=entry["district"],
                outline=tuple((lat, lng) for lng, lat in entry["polygon"]),
                offices={name: (lat, lng) for name, (lng, lat) in entry["streets"].items()},
                landmarks={alias: name for name in entry["streets"] for alias in areas["aliases"].get(name, ())},
            )
            for entry in areas["areas"]
        )
        self.roads = tuple(self._road(entry) for entry in roads["roads"])
        self._communities: list[list[Any]] = roads["communities"]
        self._elsewhere: list[list[Any]] = roads["elsewhere"]

    # -- words to points ----------------------------------------------------------------------------------------------

    def find(self, address: str) -> Found | None:
        """The most exact thing an address names; None when it names nothing known."""
        words = "".join(address.split())
        for key, city, district, lng, lat in self._elsewhere:
            if key in words:
                return Found(key, (lat, lng), city, district, road=key, level=9, reliability=9)
        named = self._named_district(words)
        if CITY[:2] not in words and named is None:
            return None  # the address must say in which city
        return (
            self._on_road(words, named)
            or self._community(words, named)
            or self._landmark(words, named)
            or (self._district(named) if named else None)
            or Found(CITY, self.districts[0].middle, level=1, reliability=1)
        )

    def _on_road(self, words: str, named: District | None) -> Found | None:
        fitting = [road for road in self.roads if road.name in words and (not named or road.district == named.name)]
        fitting.sort(key=lambda road: -len(road.name))
        for road in fitting:
            said = _NUMBER.match(words, words.index(road.name) + len(road.name))
            number = int(said[1]) if said else 0
            if number and not road.first <= number <= road.last:
                continue
            point = road.at(number or (road.first + road.last) // 2)
            return self._placed(
                Found(
                    f"{road.name}{number}号" if number else road.name,
                    point,
                    district=road.district,
                    road=road.name,
                    number=f"{number}号" if number else "",
                    level=9 if number else 7,
                    reliability=9 if number else 7,
                )
            )
        return None

    def _community(self, words: str, named: District | None) -> Found | None:
        fitting = (each for each in self.communities if each.title in words)
        return next((each for each in fitting if not named or each.district == named.name), None)

    def _landmark(self, words: str, named: District | None) -> Found | None:
        best: tuple[int, Found] | None = None
        for district in (named,) if named else self.districts:
            for name, office in [*district.landmarks.items(), *((each, each) for each in district.offices)]:
                if name in words and (best is None or len(name) > best[0]):
                    level = 3 if name == office else 6
                    point = district.offices[office]
                    best = len(name), Found(name, point, district=district.name, town=office, level=level)
        return best[1] if best else None

    def _district(self, district: District) -> Found:
        return Found(district.name, district.middle, district=district.name, level=2, reliability=5)

    def _named_district(self, words: str) -> District | None:
        return next((each for each in self.districts if each.name in words or f"{CITY}{each.short}" in words), None)

    # -- while typing -------------------------------------------------------------------------------------------------

    def suggest(self, words: str, near: Position | None) -> list[Found]:
        """Communities, roads and landmarks whose name holds the words, the nearest first."""
        said = "".join(words.split())
        found = [each for each in self._everything() if said in each.title or each.title in said]
        if near is not None:
            found.sort(key=lambda each: metres(near, each.point))
        return found[:10]

    def _everything(self) -> Iterator[Found]:
        yield from self.communities
        for road in self.roads:
            middle = road.at((road.first + road.last) // 2)
            yield self._placed(Found(road.name, middle, district=road.district, road=road.name, level=7))
        for district in self.districts:
            for name, office in district.landmarks.items():
                yield Found(name, district.offices[office], district=district.name, town=office, level=6)

    @cached_property
    def communities(self) -> tuple[Found, ...]:
        found: list[Found] = []
        for number, (name, district_name, office, road_name, house) in enumerate(self._communities):
            district = next(each for each in self.districts if each.name == district_name)
            lat, lng = district.offices[office]
            point = (round(lat + 0.0004 * (number % 5 - 2), 6), round(lng + 0.0004 * (number % 3 - 1), 6))
            if road_name:
                road = next(each for each in self.roads if (each.name, each.district) == (road_name, district_name))
                point = road.at(house)
            found.append(
                Found(
                    name,
                    point,
                    district=district_name,
                    town=office,
                    road=road_name,
                    number=f"{house}号" if house else "",
                    level=10,
                    reliability=9,
                )
            )
        return tuple(found)

    # -- points to words ----------------------------------------------------------------------------------------------

    def describe(self, point: Position) -> Found:
        """What stands at a point; outside of all districts only the point itself."""
        found = self._placed(Found("", point))
        if not found.district:
            return found
        near = [(road.near(point), road) for road in self.roads if road.district == found.district]
        (distance, number), road = min(near, key=lambda each: each[0][0], default=((math.inf, 0), None))
        if road is None or distance > ROAD_REACH_M:
            return found
        return Found(
            f"{road.name}{number}号",
            point,
            district=found.district,
            town=found.town,
            road=road.name,
            number=f"{number}号",
        )

    def _placed(self, found: Found) -> Found:
        """With the district and the street office its point lies in."""
        district = next((each for each in self.districts if each.holds(found.point)), None)
        if district is None:
            return Found(**{**vars(found), "city": "" if not found.district else CITY})
        town = min(district.offices, key=lambda name: metres(district.offices[name], found.point))
        return Found(**{**vars(found), "district": district.name, "town": town})

    def _road(self, entry: list[Any]) -> Road:
        name, district_name, start, end, first, last = entry
        offices = next(each.offices for each in self.districts if each.name == district_name)
        a, b = offices[start], offices[end]
        return Road(name, district_name, a, b if start != end else (a[0], round(a[1] + 0.004, 6)), first, last)


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
