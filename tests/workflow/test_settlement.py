"""The settlement run on the running stack: pays once, however often it runs; mends what lapsed, raises what fails."""

from typing import Any

import pytest

from daojia.kernel.ids import ProviderId
from daojia.ledger import store as ledger
from daojia.ordering import store as orders
from daojia.ordering.model import Order
from daojia.payments import payouts
from daojia.payments.model import PayoutState
from tests.stack import aws, until
from tests.workflow.road import Road


@pytest.fixture
def income(road: Road) -> tuple[ProviderId, Order]:
    """A provider with released income from one order."""
    order = road.accepted(auto_confirm=1, settlement_delay=1)
    road.begin(order)
    road.finish(order)
    closed = road.await_order(order, lambda it: it.released_at is not None, "the release")
    assert closed.provider_id is not None
    return closed.provider_id, closed


def run(stack: dict[str, Any]) -> dict[str, Any]:
    """One run of the settlement workflow to its end."""
    workflows = aws(stack, "stepfunctions")
    arn = workflows.start_execution(stateMachineArn=stack["outputs"]["SettlementArn"], input="{}")["executionArn"]

    def look() -> dict[str, Any] | None:
        described = workflows.describe_execution(executionArn=arn)
        return None if described["status"] == "RUNNING" else dict(described)

    ended = until(look, seconds=120, what="the end of the settlement run")
    assert ended is not None
    return ended


def receiver(road: Road, provider_id: ProviderId) -> str:
    return next(each["openid"] for each in road.stack["demo"]["providers"] if each["account_id"] == provider_id)


@pytest.mark.feature("P8")
def test_two_runs_pay_once_and_the_provider_accepts(road: Road, income: tuple[ProviderId, Order]) -> None:
    provider_id, order = income
    assert run(road.stack)["status"] == "SUCCEEDED"
    assert run(road.stack)["status"] == "SUCCEEDED"
    before = payouts.income(provider_id)
    assert before.in_transfer_fen == order.earned_fen + _earlier(before, order)
    assert before.payable_fen == 0
    openid = receiver(road, provider_id)
    for transfer in road.transfers(openid, "WAIT_USER_CONFIRM"):
        road.confirm_transfer(transfer)
    paid = until(lambda: _where(provider_id, lambda it: it.in_transfer_fen == 0), what="the payout")
    assert paid.paid_out_fen >= order.earned_fen
    assert ledger.trial_balance().sound


def _earlier(income: payouts.Income, order: Order) -> int:
    """What earlier tests of this session left in transfer for the same provider."""
    return sum(payout.amount_fen for payout in income.payouts if not payout.ended) - order.earned_fen


def _where(provider_id: ProviderId, wanted: Any) -> Any:
    found = payouts.income(provider_id)
    return found if wanted(found) else None


def test_a_transfer_the_provider_lets_lapse_is_payable_again_and_paid_in_the_next_run(
    road: Road, income: tuple[ProviderId, Order]
) -> None:
    provider_id, _ = income
    run(road.stack)
    openid = receiver(road, provider_id)
    for transfer in road.transfers(openid, "WAIT_USER_CONFIRM"):
        road.refuse_transfer(transfer)
    until(lambda: _where(provider_id, lambda it: it.payable_fen > 0 and it.in_transfer_fen == 0), what="the return")
    assert run(road.stack)["status"] == "SUCCEEDED"
    again = payouts.income(provider_id)
    assert again.payable_fen == 0
    assert again.in_transfer_fen > 0
    assert again.payouts[0].state is PayoutState.AWAITING_CONFIRMATION


def test_a_channel_that_refuses_everything_fails_the_run_and_loses_nothing(
    road: Road, income: tuple[ProviderId, Order]
) -> None:
    provider_id, _ = income
    everything = {"match": "/v3/fund-app/mch-transfer", "fault": "error", "times": 500, "status": 500}
    road.misbehave({**everything, "code": "SYSTEM_ERROR"})
    ended = run(road.stack)
    assert ended["status"] == "FAILED"
    assert ended["error"] == "NeedsOperator"
    held = payouts.income(provider_id)
    assert held.in_transfer_fen + held.payable_fen > 0
    road.misbehave()
    assert run(road.stack)["status"] == "SUCCEEDED"
    assert payouts.income(provider_id).payable_fen == 0
    assert orders.get(income[1].order_id).released_at is not None
    assert ledger.trial_balance().sound
