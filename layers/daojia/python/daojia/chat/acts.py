"""What a conversation may ask the platform to do: at most one act a turn. Pure; `doing` carries them out."""

from dataclasses import dataclass

from daojia.ordering.model import Order
from daojia.ordering.placing import PlaceOrder
from daojia.providers.model import Provider


@dataclass(frozen=True)
class Place:
    """Place the order the customer confirmed."""

    command: PlaceOrder


@dataclass(frozen=True)
class Cancel:
    """Cancel a customer's order, or propose it when somebody has accepted."""

    order: Order


@dataclass(frozen=True)
class ConfirmVisit:
    """The customer is content."""

    order: Order


@dataclass(frozen=True)
class Grab:
    """Take an offered order."""

    number: str


@dataclass(frozen=True)
class Decline:
    """Say no to an offer."""

    number: str


@dataclass(frozen=True)
class Depart:
    order: Order


@dataclass(frozen=True)
class Begin:
    order: Order
    code: str


@dataclass(frozen=True)
class Finish:
    order: Order


@dataclass(frozen=True)
class Answer:
    """Agree or not to a customer's wish to cancel."""

    order: Order
    agree: bool


@dataclass(frozen=True)
class Withdraw:
    """Give an accepted order back."""

    order: Order


@dataclass(frozen=True)
class Rest:
    """Take no new offers (休息), or take them again (接单)."""

    provider: Provider
    resting: bool


Act = Place | Cancel | ConfirmVisit | Grab | Decline | Depart | Begin | Finish | Answer | Withdraw | Rest
