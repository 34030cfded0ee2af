"""The steps of an order's workflow: each does what is due, once, and called at any other time changes nothing."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from daojia.kernel.errors import UnavailableError
from daojia.kernel.transaction import committed
from daojia.ledger import store as ledger
from daojia.ledger.model import refund_started
from daojia.ordering import paying, store, workflow
from daojia.ordering.model import Actor, Order, RefundState, Role, State
from daojia.ordering.store import EventItem
from daojia.payments.model import PaymentFact, RefundFact
from tests.store.builders import a_provider, a_town, placed, recorded
from tests.unit.ordering.builders import NOW, PROVIDER

pytestmark = pytest.mark.usefixtures("tables")
APP = Path(__file__).resolve().parents[3] / "functions" / "order_workflow" / "app.py"
UNPAID_FOR_GOOD = NOW + timedelta(minutes=15)
Run = Callable[..., dict[str, Any]]


@dataclass
class FakeChannel:
    """WeChat Pay as far as these steps ask it: `paid_after` questions the payment shows up, -1 for never."""

    known: bool = True
    paid_after: int = -1
    down: bool = False
    refund_state: RefundState = RefundState.REQUESTED
    questions: int = 0
    closed: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)

    def query(self, out_trade_no: str) -> PaymentFact | None:
        if self.down:
            raise UnavailableError(call="query")
        self.questions += 1
        if not self.known:
            return None
        return PaymentFact(
            out_trade_no=out_trade_no,
            transaction_id="4200001",
            amount_fen=12_800,
            paid_at=NOW + timedelta(minutes=14),
            paid=0 <= self.paid_after < self.questions,
        )

    def close(self, out_trade_no: str) -> None:
        self.closed.append(out_trade_no)

    def refund(self, *, refund_no: str, out_trade_no: str, amount_fen: int, total_fen: int, reason: str) -> RefundFact:
        self.refunds.append(refund_no)
        assert amount_fen <= total_fen
        assert reason
        return RefundFact(out_trade_no=out_trade_no, refund_no=refund_no, state=self.refund_state)


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The orders whose workflow was started."""
    orders: list[str] = []
    monkeypatch.setattr(workflow, "start_lifecycle", lambda order_id, version, why="": orders.append(order_id))
    return orders


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, channel: FakeChannel) -> Run:
    """Call the function with a task at an instant, as Step Functions would."""
    spec = importlib.util.spec_from_file_location("order_workflow_app", APP)
    assert spec is not None
    assert spec.loader is not None
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)

    class Client:
        @staticmethod
        def of_stage() -> FakeChannel:
            return channel

    monkeypatch.setattr(app, "WeChatPayClient", Client)

    def call(task: str, order: Order | None = None, *, now: datetime = NOW, **more: Any) -> dict[str, Any]:
        monkeypatch.setattr(app, "clock", lambda: now)
        about = {"order_id": order.order_id} if order else {}
        return app.handler({"task": task, **about, **more}, None)

    return call


@pytest.fixture
def order() -> Order:
    a_town(a_provider(PROVIDER))
    return placed()


def money_came(order: Order) -> Order:
    fact = PaymentFact(
        out_trade_no=order.payment.out_trade_no,
        transaction_id="4200001",
        amount_fen=order.total_fen,
        paid_at=NOW,
        paid=True,
    )
    return committed(lambda tx: paying.receive(fact, tx=tx, now=NOW))


def accepted(order: Order) -> Order:
    by = Actor(role=Role.PROVIDER, id=PROVIDER)
    return recorded(money_came(order).accept(PROVIDER, "王建国", order.interval.mask(), NOW, by))


def finished(order: Order) -> Order:
    working = recorded(accepted(order).begin(PROVIDER, order.arrival_code, NOW))
    return recorded(working.finish(PROVIDER, NOW))


def refused(order: Order) -> Order:
    """Paid and cancelled by an administrator: everything is to go back."""
    decision = money_came(order).cancel(Actor(role=Role.ADMINISTRATOR, id="admin"), "MISTAKE", NOW)

    def write(tx: Any) -> Order:
        ledger.post(tx, refund_started(order.order_id, order.total_fen), event_id=decision.event.event_id, now=NOW)
        return store.record(tx, decision)

    return committed(write)


def timeline(order: Order) -> list[str]:
    return [item.body.name for item in EventItem.query(order.order_id, EventItem.sk.startswith("EVENT#"))]


def sums(order: Order) -> list[tuple[str, str, int]]:
    return [(each.source, each.destination, each.amount_fen) for each in ledger.order_postings(order.order_id)]


# -- the payment window -----------------------------------------------------------------------------------------------


def test_reading_an_order_says_what_it_waits_for_and_for_how_long(run: Run, order: Order) -> None:
    told = run("read", order, now=NOW + timedelta(minutes=5))
    assert (told["wait"], told["seconds"], told["version"]) == ("PAYMENT", 600, 1)


def test_within_the_payment_window_nothing_lapses_and_the_channel_is_not_asked(
    run: Run, order: Order, channel: FakeChannel
) -> None:
    assert run("lapse_unpaid", order, now=UNPAID_FOR_GOOD - timedelta(seconds=1))["wait"] == "PAYMENT"
    assert channel.questions == 0
    assert store.get(order.order_id) == order


def test_an_order_the_channel_never_heard_of_lapses(run: Run, order: Order, channel: FakeChannel) -> None:
    channel.known = False
    told = run("lapse_unpaid", order, now=UNPAID_FOR_GOOD)
    assert (told["state"], told["wait"]) == ("CANCELLED", "CLOSED")
    assert channel.closed == []
    assert timeline(order) == ["OrderPlaced", "OrderLapsed"]
    assert sums(order) == []


def test_an_unpaid_order_is_closed_at_the_channel_before_it_lapses(
    run: Run, order: Order, channel: FakeChannel
) -> None:
    assert run("lapse_unpaid", order, now=UNPAID_FOR_GOOD)["state"] == "CANCELLED"
    assert channel.closed == [order.payment.out_trade_no]
    assert channel.questions == 2


@pytest.mark.feature("B7")
def test_an_order_whose_callback_was_lost_is_found_paid_and_goes_on(
    run: Run, order: Order, channel: FakeChannel
) -> None:
    channel.paid_after = 0
    told = run("lapse_unpaid", order, now=UNPAID_FOR_GOOD)
    assert (told["state"], told["wait"]) == ("PENDING_ACCEPTANCE", "DISPATCH")
    assert channel.closed == []
    assert sum(fen for _, _, fen in sums(order)) == order.total_fen


@pytest.mark.feature("B7")
def test_a_payment_between_question_and_closing_is_not_lost(run: Run, order: Order, channel: FakeChannel) -> None:
    channel.paid_after = 1
    assert run("lapse_unpaid", order, now=UNPAID_FOR_GOOD)["state"] == "PENDING_ACCEPTANCE"
    assert channel.closed == [order.payment.out_trade_no]


def test_while_the_channel_is_silent_the_order_does_not_lapse(run: Run, order: Order, channel: FakeChannel) -> None:
    channel.down = True
    with pytest.raises(UnavailableError):
        run("lapse_unpaid", order, now=UNPAID_FOR_GOOD)
    assert store.get(order.order_id) == order


def test_a_step_that_comes_too_late_changes_nothing(run: Run, order: Order, channel: FakeChannel) -> None:
    taken = accepted(order)
    for task in ("lapse_unpaid", "auto_confirm", "release_income", "refund", "raise_overdue"):
        assert run(task, order, now=UNPAID_FOR_GOOD)["version"] == taken.version, task
    assert store.get(order.order_id) == taken
    assert channel.questions == 0


# -- the visit --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("B12")
def test_people_are_reminded_once_and_not_before_it_is_time(run: Run, order: Order) -> None:
    accepted(order)
    due = order.start - timedelta(seconds=order.timing.reminder_lead)
    run("remind", order, now=due - timedelta(seconds=1))
    assert "VisitReminded" not in timeline(order)
    assert run("remind", order, now=due)["wait"] == "OVERDUE"
    run("remind", order, now=due + timedelta(seconds=1))
    assert timeline(order).count("VisitReminded") == 1


def test_a_visit_nobody_began_is_raised_once_after_its_grace(run: Run, order: Order) -> None:
    accepted(order)
    run("remind", order, now=order.start)
    late = order.start + timedelta(seconds=order.timing.overdue_grace)
    assert run("raise_overdue", order, now=late - timedelta(seconds=1))["wait"] == "OVERDUE"
    assert run("raise_overdue", order, now=late)["wait"] == "VISIT"
    run("raise_overdue", order, now=late)
    assert timeline(order).count("VisitOverdue") == 1


@pytest.mark.feature("B2")
def test_silence_confirms_the_work_and_later_the_income_becomes_payable(run: Run, order: Order) -> None:
    finished(order)
    content = NOW + timedelta(seconds=order.timing.auto_confirm)
    assert run("auto_confirm", order, now=content - timedelta(seconds=1))["wait"] == "CONFIRMATION"
    assert run("auto_confirm", order, now=content)["wait"] == "SETTLEMENT_DELAY"
    assert ledger.balances_of_provider(PROVIDER).earned_fen == 10_240
    payable = content + timedelta(seconds=order.timing.settlement_delay)
    assert run("release_income", order, now=payable - timedelta(seconds=1))["wait"] == "SETTLEMENT_DELAY"
    assert run("release_income", order, now=payable)["wait"] == "CLOSED"
    run("release_income", order, now=payable)
    balances = ledger.balances_of_provider(PROVIDER)
    assert (balances.earned_fen, balances.payable_fen) == (0, 10_240)


# -- money back -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (RefundState.REQUESTED, ("REFUND", [])),
        (RefundState.SUCCEEDED, ("CLOSED", ["RefundSucceeded"])),
        (RefundState.FAILED, ("CLOSED", ["RefundFailed"])),
    ],
)
def test_a_refund_is_asked_for_and_ends_as_the_channel_says(
    run: Run, order: Order, channel: FakeChannel, answer: RefundState, then: tuple[str, list[str]]
) -> None:
    refused(order)
    channel.refund_state = answer
    wait = run("refund", order)["wait"]
    assert (wait, [name for name in timeline(order) if name.startswith("Refund")]) == then


def test_asking_for_a_refund_again_uses_the_same_number(run: Run, order: Order, channel: FakeChannel) -> None:
    refused(order)
    run("refund", order)
    channel.refund_state = RefundState.SUCCEEDED
    run("refund", order)
    run("refund", order)
    assert len(channel.refunds) == 2
    assert len(set(channel.refunds)) == 1
    assert store.get(order.order_id).refunds[0].state is RefundState.SUCCEEDED


# -- the search, and what looks after everything ----------------------------------------------------------------------


def test_a_wave_of_offers_says_how_long_to_wait_for_an_answer(run: Run, order: Order) -> None:
    money_came(order)
    told = run("offer_wave", order)
    assert (told["outcome"], told["seconds"]) == ("OFFERED", order.timing.offer_wave)
    again = run("offer_wave", order, now=NOW + timedelta(seconds=20))
    assert (again["outcome"], again["seconds"], again["version"]) == ("OFFERED", 40, told["version"])


def test_a_search_with_nobody_left_is_escalated_and_then_given_up(run: Run, order: Order) -> None:
    money_came(order)
    run("offer_wave", order)
    assert run("offer_wave", order, now=NOW + timedelta(seconds=60))["outcome"] == "EXHAUSTED"
    escalated = run("escalate", order, now=NOW + timedelta(seconds=60))
    assert (escalated["outcome"], escalated["seconds"]) == ("ESCALATED", order.timing.escalation_window)
    assert run("give_up", order, now=NOW + timedelta(seconds=960))["outcome"] == "DONE"
    assert store.get(order.order_id).state is State.CANCELLED
    assert store.get(order.order_id).refunded_fen == order.total_fen


def test_trouble_stands_in_the_timeline_until_the_order_moves_on(run: Run, order: Order) -> None:
    run("report_trouble", order, error="UnavailableError")
    troubled = store.get(order.order_id)
    assert troubled.trouble == "UnavailableError"
    assert timeline(order)[-1] == "WorkflowStopped"
    assert money_came(order).trouble is None


def test_the_sweep_starts_the_workflow_of_orders_that_should_have_moved(
    run: Run, order: Order, started: list[str]
) -> None:
    assert run("sweep", now=UNPAID_FOR_GOOD + timedelta(minutes=1)) == {"stuck": 0}
    assert run("sweep", now=UNPAID_FOR_GOOD + timedelta(minutes=3)) == {"stuck": 1}
    assert started == [order.order_id]


def test_an_order_in_trouble_is_swept_at_once(run: Run, order: Order, started: list[str]) -> None:
    run("report_trouble", order, error="UnavailableError")
    assert run("sweep", now=NOW + timedelta(minutes=3)) == {"stuck": 1}


def test_after_an_outage_every_open_order_gets_its_workflow_back(
    run: Run, order: Order, started: list[str], channel: FakeChannel
) -> None:
    channel.known = False
    dead = placed("a_other")
    run("lapse_unpaid", dead, now=UNPAID_FOR_GOOD)
    assert run("resume") == {"restarted": 1}
    assert started == [order.order_id]


def test_an_order_that_does_not_exist_is_an_error_the_workflow_sees(run: Run, order: Order) -> None:
    missing = order.model_copy(update={"order_id": "o_missing"})
    with pytest.raises(store.OrderNotFoundError):
        run("read", missing)
