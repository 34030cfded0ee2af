"""Lists of orders, and one order with everything about it."""

from datetime import timedelta

import pytest

from daojia.dispatch import pages
from daojia.kernel.errors import InvalidInputError
from daojia.kernel.ids import AccountId
from daojia.kernel.transaction import Transaction
from daojia.ordering import cancelling, queries, store
from daojia.ordering.errors import OrderNotFoundError
from daojia.ordering.model import State
from tests.store.builders import TOMORROW_AT_3, a_provider, a_town, paid, placed
from tests.unit.ordering.builders import CUSTOMER, NOW

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def seven() -> list[str]:
    """Seven orders of one customer on seven days; the ids, latest visit first. The first three are paid."""
    a_town(a_provider())
    orders = [placed(start=TOMORROW_AT_3 + timedelta(days=day)) for day in range(7)]
    for order in orders[:3]:
        paid(order)
    return [order.order_id for order in reversed(orders)]


@pytest.mark.feature("C9")
def test_a_customers_orders_come_in_pages_latest_visit_first(seven: list[str]) -> None:
    placed("a_somebody_else")
    first = queries.of_customer(CUSTOMER, limit=3)
    second = queries.of_customer(CUSTOMER, limit=3, cursor=first.next)
    third = queries.of_customer(CUSTOMER, limit=3, cursor=second.next)
    assert [order.order_id for page in (first, second, third) for order in page.items] == seven
    assert first.next is not None
    assert third.next is None


@pytest.mark.feature("C9")
def test_a_list_may_ask_for_some_states_only(seven: list[str]) -> None:
    page = queries.of_customer(CUSTOMER, [State.PENDING_ACCEPTANCE], limit=2)
    rest = queries.of_customer(CUSTOMER, [State.PENDING_ACCEPTANCE], limit=2, cursor=page.next)
    assert [order.order_id for order in (*page.items, *rest.items)] == seven[4:]
    assert queries.of_customer(CUSTOMER, [State.COMPLETED]).items == ()


def test_administrators_see_what_is_due_soonest_first(seven: list[str]) -> None:
    page = queries.in_state(State.PENDING_PAYMENT, limit=50)
    assert [order.order_id for order in page.items] == list(reversed(seven[:4]))


def test_a_provider_sees_only_what_they_accepted(seven: list[str]) -> None:
    provider_id = a_provider().provider_id
    placed(start=TOMORROW_AT_3 + timedelta(days=9), named_provider_id=provider_id)
    assert queries.of_provider(provider_id).items == ()


@pytest.mark.parametrize("cursor", ["nonsense", "e30", "W10=", "bnVsbA==", "中文", "eyJhIjoxfQ=="])
def test_a_cursor_nobody_gave_out_is_refused(seven: list[str], cursor: str) -> None:
    with pytest.raises(InvalidInputError):
        queries.of_customer(CUSTOMER, cursor=cursor)


def test_a_cursor_of_somebody_elses_list_is_refused(seven: list[str]) -> None:
    theirs = queries.of_customer(CUSTOMER, limit=2).next
    with pytest.raises(InvalidInputError):
        queries.of_customer(AccountId("a_other"), cursor=theirs)
    with pytest.raises(InvalidInputError):
        queries.in_state(State.PENDING_PAYMENT, cursor=theirs)


def test_what_is_over_stands_on_no_agenda(seven: list[str]) -> None:
    assert set(store.all_open()) == set(seven)
    order = store.get(seven[0])
    tx = Transaction()
    cancelling.lapse(order, tx=tx, now=NOW)
    tx.commit()
    assert set(store.all_open()) == set(seven[1:])


def test_what_should_have_happened_is_overdue(seven: list[str]) -> None:
    assert store.overdue(NOW + timedelta(minutes=10), 100) == []
    late = store.overdue(NOW + timedelta(minutes=15, seconds=1), 100)
    assert len(late) == 7
    assert len(store.overdue(NOW + timedelta(minutes=16), 2)) == 2


@pytest.mark.feature("C9")
def test_an_order_page_costs_one_round_of_reads(seven: list[str], calls: list[str]) -> None:
    calls.clear()
    pages.page(seven[0])
    assert calls == ["Query", "Query"]
    with pytest.raises(OrderNotFoundError):
        pages.page("o_nothing")
