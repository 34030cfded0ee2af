"""Who could come: everyone of a service's family around a place, with the day that is asked about."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from typing import Final

from daojia.catalogue.model import Service
from daojia.kernel.geography import Point, cells_within, distance_m
from daojia.kernel.ids import ProviderId
from daojia.kernel.parallel import gather
from daojia.kernel.transaction import snapshot
from daojia.providers import store as providers
from daojia.providers.model import Provider
from daojia.providers.store import ProfileItem
from daojia.scheduling import store as calendar
from daojia.scheduling.model import Candidate, Day
from daojia.scheduling.store import DayItem

__all__ = ["SEARCH_RADIUS_M", "Candidate", "one", "one_on", "search", "search_days"]

SEARCH_RADIUS_M: Final = 15_000
"""Nobody is sent farther than this."""


def search(service: Service, point: Point, when: date) -> list[Candidate]:
    """Everyone of the family within reach, nearest first, whether they can come or not: one round of parallel reads.

    The index may lag behind by a moment; whoever reserves does so under a condition on the day itself.
    """
    return search_days(service, point, [when])[when]


def search_days(service: Service, point: Point, days: Sequence[date]) -> dict[date, list[Candidate]]:
    """The same for several days at the cost of one: profiles are read once, days from the first to the last."""
    if not days:
        return {}
    reads: list[Callable[[], list[Provider] | list[Day]]] = []
    for cell_name in cells_within(point, SEARCH_RADIUS_M):
        reads.append(partial(providers.around, cell_name, service.family))
        reads.append(partial(calendar.around, cell_name, service.family, min(days), max(days)))
    people: dict[ProviderId, Provider] = {}
    taken: dict[tuple[ProviderId, date], Day] = {}
    for found in gather(reads):
        for each in found:
            if isinstance(each, Provider):
                people[each.provider_id] = each
            else:
                taken[each.provider_id, each.date] = each
    return {
        when: _nearest_first(
            _candidate(service, point, provider, taken.get((provider.provider_id, when)), when)
            for provider in people.values()
        )
        for when in days
    }


def one(provider_id: ProviderId, service: Service, point: Point, when: date) -> Candidate | None:
    """One provider as a candidate, strongly consistent: for a customer who asks for this very person."""
    return next(iter(one_on(provider_id, service, point, [when])[when]), None)


def one_on(
    provider_id: ProviderId, service: Service, point: Point, days: Sequence[date]
) -> dict[date, list[Candidate]]:
    """The same for several days in one call: this provider for each of them; nobody if there is no such person."""
    keys = [(DayItem, provider_id, DayItem.key(when)) for when in days]
    profile, *items = snapshot((ProfileItem, provider_id, "PROFILE"), *keys)
    if profile is None:
        return {when: [] for when in days}
    return {
        when: [_candidate(service, point, profile.body, item and item.day(), when)]
        for when, item in zip(days, items, strict=True)
    }


def _candidate(service: Service, point: Point, provider: Provider, day: Day | None, when: date) -> Candidate:
    return Candidate(
        provider=provider,
        day=day or Day(provider_id=provider.provider_id, date=when),
        service_id=service.service_id,
        skills=service.skills,
        distance_m=distance_m(provider.home, point),
    )


def _nearest_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    reachable = (candidate for candidate in candidates if candidate.distance_m <= SEARCH_RADIUS_M)
    return sorted(reachable, key=lambda candidate: (candidate.distance_m, candidate.provider.provider_id))
