"""The catalogue as it is read: services by id, name and family; areas by point and by what people write. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from daojia.catalogue.errors import (
    NothingServedError,
    OutsideAreaError,
    ServiceNotFoundError,
    ServiceRetiredError,
)
from daojia.catalogue.model import Area, Family, PriceLine, Quote, Service, Street
from daojia.catalogue.outlines import contains, distance_to
from daojia.catalogue.pricing import quote_of
from daojia.kernel.geography import Point, distance_m
from daojia.kernel.ids import ServiceId
from daojia.kernel.texts import say
from daojia.kernel.value import Value

__all__ = ["Area", "Book", "Located", "Street"]

_DISTRICT_ENDINGS: Final = ("新区", "区", "县", "市")
_STREET_ENDINGS: Final = ("街道办事处", "街道", "街", "镇", "乡")
_NAME_MIN: Final = 2
"""A name is never shortened to less than this: one character stands for anything."""


class Located(Value):
    """A place on the map of areas served: which district and, where known, which street."""

    area: Area
    street: Street | None
    point: Point

    @property
    def text(self) -> str:
        """武汉市洪山区关山街道: may be shown to anyone."""
        return self.area.name + (self.street.name if self.street else "")


@dataclass(frozen=True)
class Book:
    """Services and areas, in the order they were given."""

    services: Sequence[Service]
    areas: Sequence[Area]

    # -- services ---------------------------------------------------------------------------------------------------

    @cached_property
    def active(self) -> tuple[Service, ...]:
        """What is sold now."""
        return tuple(service for service in self.services if self._sold(service))

    def service(self, service_id: str) -> Service:
        """A service by id, also one no longer sold: orders may still name it. ServiceNotFoundError."""
        if service_id not in self._by_id:
            raise ServiceNotFoundError(service_id=service_id)
        return self._by_id[ServiceId(service_id)]

    def on_sale(self, service_id: str) -> Service:
        """A service that may be ordered now. ServiceNotFoundError, ServiceRetiredError."""
        service = self.service(service_id)
        if not self._sold(service):
            raise ServiceRetiredError(service_id=service_id, service=service.name)
        return service

    def parts(self, service: Service) -> Quote:
        """What the parts of a package would cost one by one."""
        wanted = ((self.service(part.service_id), part.quantity) for part in service.includes)
        lines = (
            PriceLine(name=part.name, amount_fen=quote_of(part, quantity).total_fen, quantity=quantity)
            for part, quantity in wanted
        )
        return Quote(lines=tuple(lines))

    def _sold(self, service: Service) -> bool:
        """A package is sold as long as all of its parts are."""
        parts = (self._by_id.get(part.service_id) for part in service.includes)
        return service.active and all(part is not None and part.active for part in parts)

    def named(self, name: str) -> Service | None:
        """The service on sale that is called so, or has that synonym."""
        return self._by_name.get(_folded(name))

    def of_family(self, family: Family) -> tuple[Service, ...]:
        """What is sold of a family."""
        return tuple(service for service in self.active if service.family is family)

    @cached_property
    def _by_id(self) -> dict[ServiceId, Service]:
        return {service.service_id: service for service in self.services}

    @cached_property
    def _by_name(self) -> dict[str, Service]:
        synonyms = {_folded(synonym): service for service in reversed(self.active) for synonym in service.synonyms}
        return synonyms | {_folded(service.name): service for service in reversed(self.active)}

    # -- areas ------------------------------------------------------------------------------------------------------

    @cached_property
    def served(self) -> tuple[Area, ...]:
        """The areas switched on."""
        return tuple(area for area in self.areas if area.served)

    def locate(self, point: Point) -> Located | None:
        """The area served that a point lies in, and the street whose centre is nearest; None outside."""
        for area in self.served:
            street = min(area.streets, key=lambda each: distance_m(each.centre, point), default=None)
            if covers(area, street, point):
                return Located(area=area, street=street, point=point)
        return None

    def require_served(self, point: Point) -> Located:
        """Where a point lies; OutsideAreaError names the nearest area served and roughly how far it is."""
        located = self.locate(point)
        if located is not None:
            return located
        if not self.served:
            raise NothingServedError
        metres, nearest = min(((_away(area, point), area) for area in self.served), key=lambda found: found[0])
        raise OutsideAreaError(nearest=nearest.name, distance=roughly(metres), distance_m=round(metres))

    def find_place(self, text: str) -> Located | None:
        """The street (or else the district) served that is named in free text, and its centre. The longest name wins;
        between streets of one name, the one whose district is named too."""
        said = "".join(text.split())
        best: tuple[tuple[int, int, int], Located] | None = None
        for area in self.served:
            district = _longest(_short_names(area.district, _DISTRICT_ENDINGS), said)
            for street, centre in _centres(area):
                names = (*_short_names(street.name, _STREET_ENDINGS), *street.aliases) if street else ()
                named = _longest(names, said, area.district)
                if not named and (street is not None or not district):
                    continue
                weight = (int(bool(named)), named or district, int(bool(named and district)))
                if best is None or weight > best[0]:
                    best = weight, Located(area=area, street=street, point=centre)
        return best[1] if best else None


def covers(area: Area, nearest: Street | None, point: Point) -> bool:
    """Whether a point whose nearest street this is lies in an area and is not in a street that is switched off."""
    if nearest is not None and not nearest.active:
        return False
    if area.polygon:
        return contains(area.polygon, point)
    return nearest is not None and distance_m(nearest.centre, point) <= nearest.reach_m


def _away(area: Area, point: Point) -> float:
    """Metres from a point to an area."""
    if area.polygon:
        return distance_to(area.polygon, point)
    return min((max(0.0, distance_m(each.centre, point) - each.reach_m) for each in area.streets), default=math.inf)


def roughly(metres: float) -> str:
    """A distance as one would say it: 800 米, 3 公里."""
    if metres < 950:
        return say("errors.words.metres", count=max(100, round(metres / 100) * 100))
    return say("errors.words.kilometres", count=round(metres / 1000))


def _centres(area: Area) -> Iterator[tuple[Street | None, Point]]:
    """Every street with its centre, then the district itself with the middle of its streets (or of its outline)."""
    for street in area.streets:
        if street.active:
            yield street, street.centre
    points = [street.centre for street in area.streets] or list(area.polygon)
    middle = Point(lat=sum(point.lat for point in points) / len(points), lng=sum(p.lng for p in points) / len(points))
    # The middle of a bent district may lie outside it: the nearest of its own points never does.
    yield None, min(points, key=lambda point: distance_m(point, middle))


def _short_names(name: str, endings: tuple[str, ...]) -> tuple[str, ...]:
    """A name and what is left of it without its ending: 关山街道, 关山."""
    shorter = next((name.removesuffix(ending) for ending in endings if name.endswith(ending)), name)
    return (name, shorter) if len(shorter) >= _NAME_MIN else (name,)


def _longest(names: tuple[str, ...], said: str, other_than: str = "") -> int:
    """Characters of the longest of these names that was said, outside the words `other_than`; 0 for none."""
    rest = said.replace(other_than, " ") if other_than else said
    return max((len(name) for name in names if name in rest), default=0)


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()
