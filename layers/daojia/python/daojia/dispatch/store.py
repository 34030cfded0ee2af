"""Offers in the providers table, dispatch sheets in the orders table.

An offer lies in the partition of the provider it was made to, beside their profile and days: a grab reads all it needs
of the provider in one query.
"""

from datetime import date, datetime, timedelta
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.dispatch.model import Sheet
from daojia.kernel.ids import OrderId, ProviderId
from daojia.kernel.money import Fen
from daojia.kernel.table import Document, Table, read_partition, table_name
from daojia.kernel.times import local, seconds
from daojia.kernel.transaction import Transaction
from daojia.kernel.value import Value
from daojia.ordering.model import Order
from daojia.providers.model import Provider
from daojia.providers.store import ProfileItem
from daojia.scheduling.model import Day
from daojia.scheduling.store import DayItem

OFFERS_MAX: Final = 100


class Offer(Value):
    """An order a provider may take, as they see it: where roughly, never the address or the customer's name."""

    order_id: OrderId
    number: str
    service_name: str
    start: datetime
    minutes: int
    area: str
    distance_m: int
    income_fen: Fen
    named: bool = False
    made_at: datetime
    until: datetime


class OfferItem(Table):
    """One offer to one provider; outlives its usefulness by an hour, then DynamoDB's time to live removes it."""

    class Meta:
        table_name = table_name("PROVIDERS_TABLE")

    provider_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    order_id = UnicodeAttribute()
    expires_at = NumberAttribute()
    body = Document(Offer)

    @classmethod
    def of(cls, provider_id: ProviderId, offer: Offer) -> "OfferItem":
        return cls(
            provider_id=provider_id,
            sk=f"OFFER#{offer.number}",
            order_id=offer.order_id,
            expires_at=seconds(offer.until + timedelta(hours=1)),
            body=offer,
        )


class SheetItem(Table):
    """Why a wave went to whom."""

    class Meta:
        table_name = table_name("ORDERS_TABLE")

    order_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = Document(Sheet)

    @classmethod
    def of(cls, order: Order, wave: int, sheet: Sheet) -> "SheetItem":
        return cls(order_id=order.order_id, sk=f"SHEET#{order.dispatch_round:02d}#{wave:02d}", body=sheet)


class Desk(Value):
    """What lies on a provider's desk: who they are, their days from today on, the offers made to them."""

    provider: Provider | None
    days: dict[date, Day]
    offers: tuple[Offer, ...]

    def offer_of(self, order_id: str) -> Offer | None:
        return next((offer for offer in self.offers if offer.order_id == order_id), None)

    def day(self, provider_id: ProviderId, when: date) -> Day:
        """The day as it was read; an empty one if nothing was ever reserved on it."""
        return self.days.get(when) or Day(provider_id=provider_id, date=when)


def desk(provider_id: ProviderId, now: datetime) -> Desk:
    """One query. Offers that are over are left out."""
    kinds = {"PROFILE": ProfileItem, "DAY#": DayItem, "OFFER#": OfferItem}
    items = read_partition(kinds, provider_id, first=f"DAY#{local(now).date().isoformat()}", last="PROFILE")
    profile = next((item.body for item in items if isinstance(item, ProfileItem)), None)
    days = [item.day() for item in items if isinstance(item, DayItem)]
    offers = [item.body for item in items if isinstance(item, OfferItem) and item.body.until > now]
    return Desk(provider=profile, days={day.date: day for day in days}, offers=tuple(offers))


def offers_of(provider_id: ProviderId, now: datetime) -> list[Offer]:
    """The offers a provider may still take, the soonest visit first."""
    items = read_partition({"OFFER#": OfferItem}, provider_id, first="OFFER#", last="OFFER#~")
    return sorted((item.body for item in items if item.body.until > now), key=lambda offer: offer.start)[:OFFERS_MAX]


def drop_offer(tx: Transaction, provider_id: ProviderId, number: str) -> None:
    """Take an offer off the desk; it does not matter if it is gone already."""
    tx.delete(OfferItem(provider_id=provider_id, sk=f"OFFER#{number}"))
