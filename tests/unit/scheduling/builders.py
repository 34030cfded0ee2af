"""Small builders of candidates."""

from datetime import date, datetime
from typing import Any

from daojia.catalogue.model import Family
from daojia.kernel.geography import Point
from daojia.kernel.ids import AccountId, ServiceId
from daojia.kernel.times import SHANGHAI, at
from daojia.providers.model import Provider, Standing
from daojia.scheduling.model import Candidate, Day, bits

CLEANING = ServiceId("daily-cleaning")
DAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
OFFICE_HOURS = bits(32, 40)
"""08:00 to 18:00."""


def a_provider(name: str = "a_1", **changes: Any) -> Provider:
    provider = Provider(
        provider_id=AccountId(name),
        name="王建国",
        family=Family.CLEANING,
        gender="男",
        phone="13900001234",
        years=6,
        service_ids=frozenset({CLEANING}),
        home=Point(lat=30.55, lng=114.32),
        radius_m=10_000,
        hours=(OFFICE_HOURS,) * 7,
        standing=Standing.VERIFIED,
        rating_hundredths=487,
        jobs_done=320,
        completion_basis_points=9_800,
    )
    return provider.model_copy(update=changes)


def a_candidate(
    name: str = "a_1", *, busy: int = 0, jobs: int = 0, distance_m: float = 1_000, when: date = DAY, **changes: Any
) -> Candidate:
    """A candidate on a day with `busy` taken and so many `jobs`."""
    provider = a_provider(name, **changes)
    day = Day(provider_id=provider.provider_id, date=when, busy=busy, jobs={f"o_{index}": 0 for index in range(jobs)})
    return Candidate(provider=provider, day=day, service_id=CLEANING, distance_m=distance_m)


def clock(hour: int, minute: int = 0) -> datetime:
    return at(DAY, hour, minute)
