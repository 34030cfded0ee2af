"""A small town in an emulator: services, areas, providers; orders brought to where a test needs them."""

from datetime import datetime, timedelta
from typing import Any

from daojia.catalogue import store as catalogue
from daojia.catalogue.model import Area, Family, PriceLine, Service, Street
from daojia.dispatch.store import Offer, OfferItem
from daojia.kernel.geography import Point
from daojia.kernel.ids import AccountId, ProviderId, ServiceId
from daojia.kernel.transaction import Transaction, committed
from daojia.ordering import placing, store
from daojia.ordering.model import Decision, Order
from daojia.ordering.placing import PlaceOrder
from daojia.providers import store as providers
from daojia.providers.model import Provider, Standing
from daojia.scheduling.model import bits
from tests.unit.ordering.builders import CUSTOMER, NOW, POLICY, TIMING, a_place

CLEANING = ServiceId("daily-cleaning")
HOME = Point(lat=30.552, lng=114.325)
TOMORROW_AT_3 = NOW.replace(hour=15) + timedelta(days=1)
HOURS = bits(32, 56)
"""Eight in the morning to ten at night."""


def a_service(**changes: Any) -> Service:
    service = Service(
        service_id=CLEANING,
        name="日常保洁",
        family=Family.CLEANING,
        category="保洁",
        summary="两小时日常打扫",
        minutes=120,
        price_lines=(PriceLine(name="上门费", amount_fen=2000), PriceLine(name="保洁", amount_fen=10800)),
        steps=("打扫", "拖地"),
        tools=("吸尘器",),
        synonyms=("打扫卫生", "钟点工"),
        commission_basis_points=2000,
        policy=POLICY,
    )
    return service.model_copy(update=changes)


def an_area(**changes: Any) -> Area:
    """A square around the place of `a_place`, about 20 km wide."""
    corners = ((30.46, 114.21), (30.46, 114.43), (30.64, 114.43), (30.64, 114.21))
    area = Area(
        area_id="wuchang",
        city="武汉市",
        district="武昌区",
        polygon=tuple(Point(lat=lat, lng=lng) for lat, lng in corners),
        streets=(
            Street(name="中南路街道", centre=Point(lat=30.54, lng=114.33)),
            Street(name="水果湖街道", centre=Point(lat=30.545, lng=114.36)),
        ),
    )
    return area.model_copy(update=changes)


def a_provider(name: str = "a_provider", **changes: Any) -> Provider:
    provider = Provider(
        provider_id=ProviderId(AccountId(name)),
        name="王建国",
        family=Family.CLEANING,
        gender="男",
        phone="13900001234",
        years=6,
        service_ids=frozenset({CLEANING}),
        home=HOME,
        radius_m=10_000,
        hours=(HOURS,) * 7,
        standing=Standing.VERIFIED,
        rating_hundredths=487,
        jobs_done=320,
        completion_basis_points=9_800,
    )
    return provider.model_copy(update=changes)


def a_town(*people: Provider) -> None:
    """One service, one area, and these providers."""
    catalogue.save(a_service())
    catalogue.save(an_area())
    for provider in people:
        providers.save(provider)


def a_wish(**changes: Any) -> PlaceOrder:
    wish = PlaceOrder(service_id=CLEANING, start=TOMORROW_AT_3, place=a_place(), notes="家里有猫")
    return wish.model_copy(update=changes)


def placed(customer: str = CUSTOMER, *, now: datetime = NOW, **wish: Any) -> Order:
    """Place an order and commit it."""
    return committed(
        lambda tx: placing.place(AccountId(customer), a_wish(**wish), timing=TIMING, tx=tx, now=now), attempts=5
    )


def recorded(decision: Decision) -> Order:
    tx = Transaction()
    after = store.record(tx, decision)
    tx.commit()
    return after


def paid(order: Order, now: datetime = NOW) -> Order:
    return recorded(order.pay(f"42{order.number}", order.total_fen, now, now))


def offered(order: Order, *provider_ids: str, now: datetime = NOW) -> Order:
    """The order and, on the desks of these providers, its offer, written as a wave writes them."""
    until = now + timedelta(seconds=60)
    tx = Transaction()
    for provider_id in provider_ids:
        offer = Offer(
            order_id=order.order_id,
            number=order.number,
            service_name=order.service.name,
            start=order.start,
            minutes=order.minutes,
            area=order.place.area,
            distance_m=800,
            income_fen=order.split(0)["earned_fen"],
            made_at=now,
            until=until + timedelta(hours=1),
        )
        tx.put(OfferItem.of(ProviderId(AccountId(provider_id)), offer))
    ids = tuple(ProviderId(AccountId(each)) for each in provider_ids)
    after = store.record(tx, order.offer(order.wave + 1, ids, until, now))
    tx.commit()
    return after
