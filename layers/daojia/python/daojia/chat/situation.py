"""Everything a turn is decided on. Pure: what is not known yet is asked for by raising `Missing`.

The dialogue is a function of a situation. When it needs a fact that has not been read, it raises `Missing` with all it
needs; the turn reads that in one parallel round and calls it again. So the dialogue stays free of reads, and a turn
reads only what this very message needs.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from daojia.accounts.model import Account
from daojia.catalogue.book import Book
from daojia.catalogue.model import Service
from daojia.chat.acts import Act
from daojia.chat.model import Conversation
from daojia.chat.understanding import Understanding, understand
from daojia.chat.understanding.lexicon import Lexicon
from daojia.chat.understanding.script import fold
from daojia.dispatch.store import Offer
from daojia.kernel.geography import Point
from daojia.kernel.ids import AccountId, OrderId
from daojia.ordering.model import Order
from daojia.payments.payouts import Income
from daojia.places.model import Spot
from daojia.providers.model import Provider


@dataclass(frozen=True)
class Lookup:
    """What is to be read, side by side."""

    orders: bool = False
    jobs: bool = False
    offers: bool = False
    income: bool = False
    order_id: OrderId | None = None
    starts: tuple[Service, Point, date] | None = None
    spots: str = ""
    """Words to be looked for on the map."""


class Missing(Exception):  # noqa: N818  not an error: a question to the caller
    """A fact the decision needs has not been read yet."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        super().__init__(str(lookup))


Starts = dict[tuple[str, Point, date], tuple[datetime, ...]]


@dataclass(frozen=True)
class Facts:
    """What has been read. None: not read."""

    orders: tuple[Order, ...] | None = None
    """The customer's, latest visit first."""
    jobs: tuple[Order, ...] | None = None
    """The provider's alive ones, earliest visit first."""
    offers: tuple[Offer, ...] | None = None
    income: Income | None = None
    found: dict[OrderId, Order] = field(default_factory=dict[OrderId, Order])
    starts: Starts = field(default_factory=Starts)
    """Free starts per service, point and day."""
    spots: dict[str, tuple[Spot, ...]] = field(default_factory=dict[str, tuple[Spot, ...]])
    """What the map makes of an address in words; nothing where it does not answer."""


@dataclass(frozen=True)
class Situation:
    """One message's world."""

    account: Account
    provider: Provider | None
    conversation: Conversation
    book: Book
    now: datetime
    facts: Facts = field(default_factory=Facts)

    @property
    def me(self) -> AccountId:
        return self.account.account_id

    def knowing(self, facts: Facts) -> "Situation":
        return replace(self, facts=facts)

    def within(self, conversation: Conversation) -> "Situation":
        return replace(self, conversation=conversation)

    def need(self, *, orders: bool = False, jobs: bool = False) -> None:
        """Ask for several facts at once, so that they are read in one round."""
        lookup = Lookup(orders=orders and self.facts.orders is None, jobs=jobs and self.facts.jobs is None)
        if lookup != Lookup():
            raise Missing(lookup)

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """What everything that is sold is called: (word, service name)."""
        return tuple((said, each.name) for each in self.book.active for said in (each.name, *each.synonyms))

    def services_in(self, text: str) -> list[str]:
        """The names of all services a text speaks of, each once."""
        return list(dict.fromkeys(found.service for found in Lexicon.of(self.names).all(fold(text))))

    def understood(self, text: str, role: Literal["customer", "provider"] = "customer") -> Understanding:
        """What a sentence means, with the names of everything that is sold now."""
        return understand(text, self.now, role, self.names)

    def orders(self) -> tuple[Order, ...]:
        if self.facts.orders is None:
            raise Missing(Lookup(orders=True))
        return self.facts.orders

    def jobs(self) -> tuple[Order, ...]:
        if self.facts.jobs is None:
            raise Missing(Lookup(jobs=True))
        return self.facts.jobs

    def offers(self) -> tuple[Offer, ...]:
        if self.facts.offers is None:
            raise Missing(Lookup(offers=True))
        return self.facts.offers

    def income(self) -> Income:
        if self.facts.income is None:
            raise Missing(Lookup(income=True))
        return self.facts.income

    def order(self, order_id: OrderId) -> Order:
        """The order as it is now, strongly consistent. The reader raises OrderNotFoundError."""
        if order_id not in self.facts.found:
            raise Missing(Lookup(order_id=order_id))
        return self.facts.found[order_id]

    def spots(self, words: str) -> tuple[Spot, ...]:
        """What the map makes of these words, the likeliest first."""
        if words not in self.facts.spots:
            raise Missing(Lookup(spots=words))
        return self.facts.spots[words]

    def starts(self, service: Service, point: Point, day: date) -> tuple[datetime, ...]:
        """When somebody could begin this service here on this day."""
        key = (service.service_id, point, day)
        if key not in self.facts.starts:
            raise Missing(Lookup(starts=(service, point, day)))
        return self.facts.starts[key]


@dataclass(frozen=True)
class Step:
    """What a message leads to."""

    conversation: Conversation
    text: str
    act: Act | None = None
    account: Account | None = None
    """The account when it changed (a new address)."""
    notice: dict[str, str] | None = None
    """What administrators are to hear; nothing personal."""


def lines(*parts: str) -> str:
    """Paragraphs of one reply; empty ones are left out."""
    return "\n\n".join(part for part in parts if part)
