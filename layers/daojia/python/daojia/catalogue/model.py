"""Services and what a customer agrees to when ordering one: price lines and cancellation policy. Pure."""

from datetime import datetime
from enum import StrEnum

from daojia.kernel.geography import Point
from daojia.kernel.ids import ServiceId
from daojia.kernel.money import Fen, share
from daojia.kernel.value import Value


class Family(StrEnum):
    """The four families of services."""

    CLEANING = "cleaning"
    REPAIR = "repair"
    BEAUTY = "beauty"
    HEALTH = "health"


class PriceLine(Value):
    """One line of a price: 上门费 20 元."""

    name: str
    amount_fen: Fen


class Quote(Value):
    """What an order costs, line by line, as the customer agreed to it."""

    lines: tuple[PriceLine, ...]

    @property
    def total_fen(self) -> Fen:
        return sum(line.amount_fen for line in self.lines)


class RefundTier(Value):
    """Cancelled at least this many minutes before the start, this share of the price comes back."""

    minutes_before: int
    refund_basis_points: int


class CancellationPolicy(Value):
    """What a cancellation after acceptance gives back. Before acceptance everything does."""

    name: str
    tiers: tuple[RefundTier, ...]

    def refund_fen(self, paid_fen: Fen, start: datetime, now: datetime) -> Fen:
        """The refund for cancelling at `now` a visit that starts at `start`: the best tier that still applies."""
        minutes_left = (start - now).total_seconds() / 60
        fitting = [tier.refund_basis_points for tier in self.tiers if minutes_left >= tier.minutes_before]
        return share(paid_fen, max(fitting, default=0))


class Service(Value):
    """A service of the catalogue."""

    service_id: ServiceId
    name: str
    family: Family
    category: str
    summary: str
    minutes: int
    price_lines: tuple[PriceLine, ...]
    steps: tuple[str, ...]
    tools: tuple[str, ...]
    products: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    notes_hint: str = ""
    commission_basis_points: int
    policy: CancellationPolicy
    active: bool = True

    def quote(self) -> Quote:
        return Quote(lines=self.price_lines)


class Street(Value):
    """A street office (街道) of a district and the point people mean when they name it alone."""

    name: str
    centre: Point
    aliases: tuple[str, ...] = ()
    """What people call it besides: 光谷."""


class Area(Value):
    """A district the platform serves, or did: its outline as a ring of at least three points, last joined to first."""

    area_id: str
    city: str
    district: str
    polygon: tuple[Point, ...]
    streets: tuple[Street, ...]
    active: bool = True

    @property
    def name(self) -> str:
        """武汉市洪山区."""
        return f"{self.city}{self.district}"
