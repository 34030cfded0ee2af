"""Placing an order: the checks, what is written, what a named provider's time is worth."""

from datetime import timedelta

import pytest

from daojia.catalogue import store as catalogue
from daojia.catalogue.errors import OutsideAreaError, ServiceNotFoundError, ServiceRetiredError
from daojia.dispatch import pages
from daojia.kernel.errors import InvalidInputError
from daojia.kernel.geography import Point
from daojia.kernel.ids import AccountId, ServiceId
from daojia.kernel.transaction import Transaction
from daojia.ordering import cancelling, placing, store
from daojia.ordering.errors import (
    NobodyFreeError,
    NumberTakenError,
    OrderChangedError,
    OrderNotFoundError,
    TooFarAheadError,
    TooSoonError,
)
from daojia.ordering.model import State
from daojia.scheduling import store as calendar
from daojia.scheduling.errors import CrossesMidnightError, SlotTakenError
from daojia.scheduling.model import Interval
from tests.store.builders import TOMORROW_AT_3, a_provider, a_service, a_town, a_wish, paid, placed
from tests.store.scheduling.test_races import at_once
from tests.unit.ordering.builders import CUSTOMER, NOW, TIMING, a_place

pytestmark = pytest.mark.usefixtures("tables")
HE = a_provider().provider_id
VISIT = Interval(TOMORROW_AT_3, 120)


@pytest.mark.feature("C6")
def test_a_placed_order_is_there_with_its_event_and_its_number() -> None:
    a_town(a_provider())
    order = placed()
    assert store.get(order.order_id) == order
    assert store.by_number(order.number) == order
    assert store.taken_numbers([order.number, "0000"]) == {order.number}
    page = pages.page(order.order_id)
    assert [event.name for event in page.timeline] == ["OrderPlaced"]
    assert page.order == order
    assert page.postings == ()
    assert order.state is State.PENDING_PAYMENT
    assert order.total_fen == 12800
    assert calendar.get(HE, VISIT.day).busy == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"service_id": ServiceId("nothing")}, ServiceNotFoundError),
        ({"start": NOW + timedelta(minutes=45)}, TooSoonError),
        ({"start": NOW - timedelta(days=1)}, TooSoonError),
        ({"start": NOW + timedelta(days=61)}, TooFarAheadError),
        ({"start": TOMORROW_AT_3 + timedelta(minutes=5)}, InvalidInputError),
        ({"start": TOMORROW_AT_3 + timedelta(seconds=1)}, InvalidInputError),
        ({"start": TOMORROW_AT_3.replace(hour=23)}, CrossesMidnightError),
        ({"start": TOMORROW_AT_3.replace(hour=5)}, NobodyFreeError),
        ({"notes": "喵" * 501}, InvalidInputError),
        ({"named_provider_id": AccountId("a_nobody")}, NobodyFreeError),
        ({"named_provider_id": AccountId(CUSTOMER)}, NobodyFreeError),
        ({"place": a_place().model_copy(update={"point": Point(lat=31.5, lng=114.3)})}, OutsideAreaError),
    ],
)
def test_a_wish_that_cannot_be_fulfilled_is_refused_and_nothing_is_written(
    changes: dict[str, object], refusal: type[Exception], calls: list[str]
) -> None:
    a_town(a_provider(), a_provider(CUSTOMER))
    calls.clear()
    with pytest.raises(refusal):
        placed(**changes)
    assert "TransactWriteItems" not in calls


def test_what_is_no_longer_sold_cannot_be_ordered() -> None:
    a_town(a_provider())
    catalogue.save(a_service(active=False))
    with pytest.raises(ServiceRetiredError):
        placed()


def test_nobody_free_is_nobody_free() -> None:
    a_town(a_provider(resting=True))
    with pytest.raises(NobodyFreeError):
        placed()


def test_two_orders_that_drew_one_number_do_not_both_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    a_town(a_provider())
    monkeypatch.setattr(placing, "_free_number", lambda: "8321")
    placed()
    tx = Transaction()
    placing.place(CUSTOMER, a_wish(), timing=TIMING, tx=tx, now=NOW)
    with pytest.raises(NumberTakenError):
        tx.commit()


def test_a_cancelled_order_gives_its_number_back() -> None:
    a_town(a_provider())
    order = placed()
    tx = Transaction()
    cancelling.lapse(order, tx=tx, now=NOW)
    tx.commit()
    assert store.taken_numbers([order.number]) == set()
    with pytest.raises(OrderNotFoundError):
        store.by_number(order.number)


@pytest.mark.feature("B1")
def test_a_named_providers_time_is_held_and_released_when_the_order_lapses() -> None:
    a_town(a_provider())
    order = placed(named_provider_id=HE)
    assert calendar.get(HE, VISIT.day).jobs == {order.order_id: VISIT.mask()}
    with pytest.raises(NobodyFreeError):
        placed("a_second", named_provider_id=HE)
    tx = Transaction()
    cancelling.lapse(order, tx=tx, now=order.pay_by)
    tx.commit()
    assert calendar.get(HE, VISIT.day).busy == 0
    placed("a_second", named_provider_id=HE)


@pytest.mark.feature("B1")
def test_of_fifteen_who_name_the_same_provider_for_the_same_time_one_gets_them() -> None:
    a_town(a_provider())
    outcomes = at_once(15, lambda index: placed(f"a_c{index}", named_provider_id=HE).order_id)
    winners = [each for each in outcomes if isinstance(each, str)]
    assert len(winners) == 1
    assert {type(each) for each in outcomes if each not in winners} <= {NobodyFreeError, SlotTakenError}
    assert list(calendar.get(HE, VISIT.day).jobs) == winners


def test_a_payment_is_written_with_its_event_and_an_old_reading_is_refused() -> None:
    a_town(a_provider())
    order = placed()
    assert paid(order).state is State.PENDING_ACCEPTANCE
    with pytest.raises(OrderChangedError):
        paid(order)
    assert [event.name for event in pages.page(order.order_id).timeline] == ["OrderPlaced", "OrderPaid"]
