"""Services and what a customer agrees to when ordering one: price lines and cancellation policy. Pure."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

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


class LineKind(StrEnum):
    """What a line of a price pays for."""

    CALL_OUT = "call_out"
    LABOUR = "labour"
    MATERIALS = "materials"
    OPTION = "option"


class PriceLine(Value):
    """One line of a price: 上门费 20 元. Of a quote, `amount_fen` is for all `quantity` units together."""

    name: str
    amount_fen: Fen = Field(ge=0)
    kind: LineKind = LineKind.LABOUR
    per_unit: bool = False
    """Paid for every unit ordered, not once a visit."""
    quantity: int = 1


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


class Unit(Value):
    """What a service is counted in."""

    name: str = Field(min_length=1, max_length=30)
    """台, 扇, 人."""
    most: int = Field(ge=1, le=99)
    """So many in one visit at most."""
    minutes: int = Field(ge=0, le=600)
    """What every unit after the first adds to the visit."""


class Choice(Value):
    """One answer to a question about the work: 120 平方米以内."""

    choice_id: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=30)
    price_fen: Fen = Field(default=0, ge=0)
    minutes: int = Field(default=0, ge=0, le=600)
    words: tuple[str, ...] = ()
    """What people say for it in the chat, besides its name."""


class Choosing(Value):
    """Something to choose one of: 面积. What is not chosen is `usual`; without a usual choice it has to be said."""

    kind: Literal["choice"] = "choice"
    option_id: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=30)
    choices: tuple[Choice, ...]
    usual: str | None = None
    per_unit: bool = False
    """Price and minutes of the choice count for every unit ordered."""

    def choice(self, choice_id: str | None) -> Choice | None:
        """The choice with this id."""
        return next((each for each in self.choices if each.choice_id == choice_id), None)


class AddOn(Value):
    """Something that may be added, so many times: 加擦玻璃 12 元 per 扇."""

    kind: Literal["add_on"] = "add_on"
    option_id: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=30)
    price_fen: Fen = Field(ge=0)
    minutes: int = Field(default=0, ge=0, le=600)
    unit: str = ""
    most: int = Field(default=1, ge=1, le=99)
    words: tuple[str, ...] = ()


Option = Choosing | AddOn


class Part(Value):
    """A service that a package includes, and how many units of it."""

    service_id: ServiceId
    quantity: int = Field(default=1, ge=1, le=99)


class Service(Value):
    """A service of the catalogue. One that `includes` others is a package: they are done in one visit, by one person,
    at the package's own price."""

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
    version: int = 1
    """Every change of price or content makes the next."""
    unit: Unit | None = None
    """None: always one."""
    options: tuple[Option, ...] = ()
    includes: tuple[Part, ...] = ()
    pictures: tuple[str, ...] = ()

    @property
    def skills(self) -> frozenset[ServiceId]:
        """What somebody must be able to do to take this on."""
        return frozenset(part.service_id for part in self.includes) or frozenset({self.service_id})

    @property
    def undecided(self) -> tuple[Choosing, ...]:
        """What the customer has to choose."""
        return tuple(each for each in self.options if isinstance(each, Choosing) and each.usual is None)

    def quote(self) -> Quote:
        """The price from which on the service is to be had: one unit, the usual choices, of others the cheapest."""
        extra = tuple(
            PriceLine(name=f"{option.name}：{cheapest.name}", amount_fen=cheapest.price_fen, kind=LineKind.OPTION)
            for option in self.undecided
            if (cheapest := min(option.choices, key=lambda choice: choice.price_fen)).price_fen
        )
        return Quote(lines=self.price_lines + extra)


class Street(Value):
    """A street office (街道) of a district and the point people mean when they name it alone."""

    name: str
    centre: Point
    aliases: tuple[str, ...] = ()
    """What people call it besides: 光谷."""
    active: bool = True
    reach_m: int = Field(default=1500, ge=200, le=10_000)
    """How far from its centre it reaches where the area has no outline."""


class Area(Value):
    """A district the platform serves, or did: its outline as a ring of at least three points, last joined to first; or
    no outline, then what lies within reach of its streets."""

    area_id: str
    city: str
    district: str
    polygon: tuple[Point, ...] = ()
    streets: tuple[Street, ...]
    active: bool = True
    city_active: bool = True
    """The switch of the whole city; a district keeps its own."""
    revision: int = 1

    @property
    def served(self) -> bool:
        return self.active and self.city_active

    @property
    def name(self) -> str:
        """武汉市洪山区."""
        return f"{self.city}{self.district}"
