"""A phone to talk to the dialogue without any AWS: facts come from a small made-up town."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from daojia.accounts.model import Account, Address
from daojia.catalogue.book import Book
from daojia.catalogue.model import Family, PriceLine, Service
from daojia.chat import customer, provider
from daojia.chat.acts import Act
from daojia.chat.message import Kind, Message
from daojia.chat.model import Conversation
from daojia.chat.situation import Facts, Missing, Situation
from daojia.dispatch.store import Offer
from daojia.kernel.geography import Point
from daojia.kernel.ids import ServiceId
from daojia.kernel.times import QUARTER, at
from daojia.ordering.model import Order
from daojia.payments.payouts import Income
from daojia.places.model import Spot
from daojia.providers.model import Provider
from tests.store.builders import a_service, an_area
from tests.unit.ordering.builders import CUSTOMER, NOW, a_place

LOOKUPS_MAX = 4
"""As many readings as a turn allows itself."""
INSIDE = Point(lat=30.55, lng=114.32)
OUTSIDE = Point(lat=31.9, lng=114.32)
DEEP = a_service(
    service_id=ServiceId("deep-cleaning"),
    name="深度保洁",
    minutes=240,
    price_lines=(PriceLine(name="保洁", amount_fen=39800),),
)
MASSAGE = a_service(
    service_id=ServiceId("massage"),
    name="肩颈按摩",
    family=Family.HEALTH,
    minutes=60,
    price_lines=(PriceLine(name="按摩", amount_fen=16800),),
)
HOME = Address(address_id="d_home", label="家", place=a_place())


def a_book(*services: Service) -> Book:
    return Book(services=services or (a_service(), DEEP, MASSAGE), areas=(an_area(),))


def an_account(**changes: Any) -> Account:
    return Account(account_id=CUSTOMER, openid="o_li", created_at=NOW).model_copy(update=changes)


@dataclass
class Phone:
    """One person's chat. `full` are the days without a free time, `taken` the single starts that are."""

    account: Account = field(default_factory=an_account)
    profile: Provider | None = None
    book: Book = field(default_factory=a_book)
    spots: tuple[Spot, ...] = ()
    """What the map finds, whatever is asked; nothing when it does not answer."""
    looked_up: list[str] = field(default_factory=list[str])
    orders: Sequence[Order] = ()
    jobs: Sequence[Order] = ()
    offers: Sequence[Offer] = ()
    income: Income = field(
        default_factory=lambda: Income(earned_fen=0, payable_fen=0, in_transfer_fen=0, paid_out_fen=0, payouts=())
    )
    full: set[date] = field(default_factory=set)
    taken: set[datetime] = field(default_factory=set)
    now: datetime = NOW
    heard: str = ""
    acts: list[Act] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    rounds: int = 0

    def __post_init__(self) -> None:
        self.conversation = Conversation(account_id=self.account.account_id, touched_at=self.now)

    def say(self, *texts: str) -> str:
        """Send texts one after the other; the last answer."""
        for text in texts:
            self.send(Message(openid="o_li", message_id=str(self.conversation.turns), kind=Kind.TEXT, text=text))
        return self.heard

    def locate(self, point: Point = INSIDE, label: str = "湖北省武汉市武昌区中南路 99 号") -> str:
        message = Message(openid="o_li", message_id="l", kind=Kind.LOCATION, text=label, point=point)
        return self.send(message)

    def show(self, kind: Kind) -> str:
        return self.send(Message(openid="o_li", message_id="k", kind=kind))

    def send(self, message: Message) -> str:
        conversation = self.conversation.opened(self.now)
        sit = Situation(self.account, self.profile, conversation, self.book, self.now)
        for self.rounds in range(LOOKUPS_MAX):
            try:
                respond = provider.respond if self.profile else customer.respond
                step = respond(sit, message, lambda order: f"https://pay/{order.number}")
                break
            except Missing as missing:
                sit = sit.knowing(self._read(missing, sit.facts))
        else:
            raise AssertionError("the dialogue asks without end")
        self.heard = step.text
        self.conversation = step.conversation.model_copy(
            update={"turns": conversation.turns + 1, "touched_at": self.now, "version": conversation.version + 1}
        )
        # What is stored comes back from JSON.
        self.conversation = Conversation.model_validate_json(self.conversation.model_dump_json(exclude_none=True))
        if step.act is not None:
            self.acts.append(step.act)
        if step.account is not None:
            self.account = step.account
        if step.notice is not None:
            self.notices.append(step.notice["event"])
        return self.heard

    def _read(self, missing: Missing, facts: Facts) -> Facts:
        lookup, changes = missing.lookup, {}
        for name in ("orders", "jobs", "offers"):
            if getattr(lookup, name):
                changes[name] = tuple(getattr(self, name))
        if lookup.income:
            changes["income"] = self.income
        if lookup.order_id is not None:
            known = {order.order_id: order for order in (*self.orders, *self.jobs)}
            changes["found"] = {**facts.found, lookup.order_id: known[lookup.order_id]}
        if lookup.spots:
            self.looked_up.append(lookup.spots)
            changes["spots"] = {**facts.spots, lookup.spots: self.spots}
        if lookup.starts is not None:
            service, point, day = lookup.starts
            found = () if day in self.full else self._starts(service, day)
            changes["starts"] = {**facts.starts, (service.service_id, point, day): found}
        return replace(facts, **changes)

    def _starts(self, service: Service, day: date) -> tuple[datetime, ...]:
        last = at(day, 22) - timedelta(minutes=service.minutes)
        starts = [at(day, 8) + quarter * QUARTER for quarter in range(96)]
        soonest = self.now + timedelta(hours=1)
        return tuple(start for start in starts if soonest <= start <= last and start not in self.taken)
