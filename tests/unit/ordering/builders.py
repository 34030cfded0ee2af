"""Small builders of orders for tests."""

from datetime import datetime, timedelta
from typing import Any

from daojia.accounts.model import Place
from daojia.catalogue.model import CancellationPolicy, Family, PriceLine, Quote, RefundTier
from daojia.kernel.geography import Point
from daojia.kernel.ids import AccountId, OrderId, ServiceId
from daojia.kernel.times import SHANGHAI
from daojia.ordering.model import Actor, Order, OrderedService, Payment, Role, State, Timing

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
CUSTOMER = AccountId("a_customer")
PROVIDER = AccountId("a_provider")
RIVAL = AccountId("a_rival")
TIMING = Timing(
    payment_window=900,
    offer_wave=60,
    offer_waves=4,
    escalation_window=900,
    reminder_lead=3600,
    overdue_grace=1800,
    auto_confirm=86400,
    settlement_delay=604800,
)
POLICY = CancellationPolicy(
    name="标准",
    tiers=(
        RefundTier(minutes_before=1440, refund_basis_points=10_000),
        RefundTier(minutes_before=120, refund_basis_points=8_000),
        RefundTier(minutes_before=0, refund_basis_points=5_000),
    ),
)


def a_place() -> Place:
    return Place(
        point=Point(lat=30.55, lng=114.32),
        area="武昌区 中南路",
        detail="7 栋 1203",
        contact="李女士",
        phone="13800005678",
    )


def an_order(**changes: Any) -> Order:
    """A fresh order for tomorrow 15:00, 128 yuan, not paid; `changes` override fields."""
    start = NOW.replace(hour=15) + timedelta(days=1)
    order = Order(
        order_id=OrderId("o_01KBTESTTESTTESTTESTTESTTE"),
        number="8321",
        version=1,
        state=State.PENDING_PAYMENT,
        customer_id=CUSTOMER,
        service=OrderedService(service_id=ServiceId("daily-cleaning"), name="日常保洁", family=Family.CLEANING),
        start=start,
        minutes=120,
        place=a_place(),
        notes="家里有猫",
        quote=Quote(lines=(PriceLine(name="上门费", amount_fen=2000), PriceLine(name="保洁", amount_fen=10800))),
        policy=POLICY,
        commission_basis_points=2000,
        timing=TIMING,
        arrival_code="4406",
        placed_at=NOW,
        pay_by=NOW + timedelta(minutes=15),
        payment=Payment(out_trade_no="01KBTESTTESTTESTTESTTESTTE01"),
    )
    return order.model_copy(update=changes)


def paid(order: Order | None = None) -> Order:
    order = order or an_order()
    return order.pay("4200001", order.total_fen, NOW, NOW).after


def accepted(order: Order | None = None) -> Order:
    order = paid(order).offer(1, (PROVIDER, RIVAL), NOW + timedelta(seconds=60), NOW).after
    by = Actor(role=Role.PROVIDER, id=PROVIDER)
    return order.accept(PROVIDER, "王建国", order.interval.mask(), NOW, by).after


def in_service() -> Order:
    return accepted().depart(PROVIDER, NOW).after.begin(PROVIDER, "4406", NOW).after


def completed() -> Order:
    return in_service().finish(PROVIDER, NOW).after
