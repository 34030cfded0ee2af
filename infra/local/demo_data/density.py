"""Enough people everywhere: a demo must not fail because nobody who does moxibustion lives near 纸坊.

The world is first drawn at random and then mended: where too few people of a service would come, the nearest ones of
its family travel a little further, learn one more service or work one more day.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from daojia.catalogue.model import Area, Service, Street
from daojia.kernel.geography import Point, distance_m
from daojia.kernel.ids import ProviderId, ServiceId
from daojia.providers.model import Provider, Standing
from daojia.scheduling.model import bits

RADIUS_MAX_M: Final = 15_000
RADIUS_STEP_M: Final = 500
SERVICES_MAX: Final = 6


@dataclass(frozen=True)
class Density:
    """How many people of each service are to be within reach of a street on every weekday, all through the window."""

    window: int
    central: dict[str, int]
    """By service id; `usual` for the others."""
    everywhere: dict[str, int]
    central_streets: frozenset[str]

    def wanted(self, service_id: ServiceId, street: Street) -> int:
        counts = self.central if street.name in self.central_streets else self.everywhere
        return counts.get(service_id, counts["usual"])


def quarters(span: str) -> int:
    """The bits of `08:00-12:00 14:00-20:00`; of nothing, none."""
    mask = 0
    for part in span.split():
        first, last = (int(clock[:2]) * 4 + int(clock[3:]) // 15 for clock in part.split("-"))
        mask |= bits(first, last - first)
    return mask


def takes_orders(provider: Provider) -> bool:
    return provider.standing is Standing.VERIFIED and not provider.resting


def works(provider: Provider, weekday: int, window: int) -> bool:
    """Whether they take orders and work the whole window on this weekday (0 is Monday)."""
    return takes_orders(provider) and provider.hours[weekday] & window == window


def reaches(provider: Provider, street: Street) -> bool:
    return distance_m(provider.home, street.centre) <= provider.radius_m


def served_streets(areas: Iterable[Area]) -> list[Street]:
    return [street for area in areas if area.active for street in area.streets]


def middle(area: Area) -> Street:
    """The street of a district that lies nearest to the middle of all of them."""
    lat = sum(street.centre.lat for street in area.streets) / len(area.streets)
    lng = sum(street.centre.lng for street in area.streets) / len(area.streets)
    return min(area.streets, key=lambda street: distance_m(street.centre, Point(lat=lat, lng=lng)))


def mended(
    providers: Sequence[Provider], services: Sequence[Service], areas: Sequence[Area], density: Density
) -> list[Provider]:
    """The providers, some with a longer way, one more service or day, so that `density` holds.

    ValueError names the first street where nobody is left who could.
    """
    streets = served_streets(areas)
    families: dict[str, dict[ProviderId, Provider]] = {}
    for provider in providers:
        families.setdefault(provider.family, {})[provider.provider_id] = provider
    away = {
        (provider.provider_id, street.name): distance_m(provider.home, street.centre)
        for provider in providers
        for street in streets
    }
    for service in services:
        for street in streets:
            for weekday in range(7):
                _mend(families[service.family], away, density, service=service, street=street, weekday=weekday)
    return [families[provider.family][provider.provider_id] for provider in providers]


def _mend(
    people: dict[ProviderId, Provider],
    away: dict[tuple[ProviderId, str], float],
    density: Density,
    *,
    service: Service,
    street: Street,
    weekday: int,
) -> None:
    """Make up what is missing at one street on one weekday, asking first those for whom it changes least."""
    present = 0
    possible: list[tuple[bool, bool, float, int, int, ProviderId]] = []
    for place, provider in enumerate(people.values()):
        distance, knows = away[provider.provider_id, street.name], service.service_id in provider.service_ids
        if distance > RADIUS_MAX_M or not takes_orders(provider):
            continue
        farther, off = max(0.0, distance - provider.radius_m), not works(provider, weekday, density.window)
        if knows and not farther and not off:
            present += 1
        elif knows or len(provider.service_ids) < SERVICES_MAX:
            possible.append((off, not knows, farther, len(provider.service_ids), place, provider.provider_id))
    missing = max(0, density.wanted(service.service_id, street) - present)
    if missing > len(possible):
        raise ValueError(f"{missing - len(possible)} people too few for {service.name} in {street.name} on {weekday}")
    for *_, provider_id in sorted(possible)[:missing]:
        provider = people[provider_id]
        needed = math.ceil(away[provider_id, street.name] / RADIUS_STEP_M) * RADIUS_STEP_M
        hours = [each | density.window if day == weekday else each for day, each in enumerate(provider.hours)]
        people[provider_id] = provider.model_copy(
            update={
                "service_ids": provider.service_ids | {service.service_id},
                "radius_m": max(provider.radius_m, needed),
                "hours": tuple(hours),
            }
        )
