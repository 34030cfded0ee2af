"""Providers. Pure."""

from datetime import date
from enum import StrEnum

from daojia.catalogue.model import Family
from daojia.kernel.geography import Point
from daojia.kernel.ids import ProviderId, ServiceId
from daojia.kernel.sealed import Sealed
from daojia.kernel.value import Value


class Standing(StrEnum):
    """Where a provider stands with the platform."""

    PENDING = "PENDING"
    VERIFIED = "VERIFIED"
    SUSPENDED = "SUSPENDED"


class Certificate(Value):
    """A qualification the platform has seen."""

    name: str
    number: str
    valid_until: date


class Provider(Value):
    """One provider. `hours` are seven day integers (Monday first), 96 quarter hours each, a bit set where they work;
    see `daojia.scheduling.model`."""

    provider_id: ProviderId
    version: int = 1
    """Counts changes of the profile; an update is refused when it has moved on."""
    name: str
    family: Family
    """Whose services they offer: providers are looked for by family."""
    gender: str
    phone: Sealed
    portrait: str = ""
    years: int
    about: str = ""
    service_ids: frozenset[ServiceId]
    home: Point
    radius_m: int
    hours: tuple[int, int, int, int, int, int, int]
    standing: Standing
    resting: bool = False
    """Switched off by the provider (休息): no new offers until 接单."""
    daily_cap: int = 6
    rating_hundredths: int
    """Stars times a hundred: 487 is 4.87."""
    jobs_done: int
    completion_basis_points: int
    certificates: tuple[Certificate, ...] = ()

    @property
    def shown_name(self) -> str:
        """What customers read before acceptance: 王师傅."""
        return f"{self.name[0]}师傅"
