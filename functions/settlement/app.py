"""The steps of the workflow `settlement`, which pays out what providers earned.

    open_transfers  {cursor?}                 → {ids: [bill_no], cursor}
    check_transfer  {bill_no}                 → {outcome}
    plan            {started_at, cursor?}     → {ids: [provider_id], cursor, cycle}
    pay_out         {provider_id, cycle}      → {outcome}

Each may be run again at any moment; see `daojia.payments.payouts`. An outcome is a payout's state, NOTHING_TO_PAY or
HELD, and is counted as the metric Payouts<Outcome>; the workflow adds TROUBLED for a step that failed for good.
"""

from typing import Any

from daojia.kernel.ids import ProviderId
from daojia.kernel.times import local, parse_iso
from daojia.kernel.times import now as clock
from daojia.messaging.outbox import enqueue
from daojia.messaging.rules import payout_message
from daojia.payments import payouts, store
from daojia.payments.model import Payout
from daojia.payments.payouts import Outcome
from daojia.payments.wechat_pay import WeChatPayClient
from daojia.platform.observability import logger, metrics


def open_transfers(event: dict[str, Any]) -> dict[str, Any]:
    """Transfers of earlier runs whose end is not known: lapsed ones are payable again before this run pays."""
    return payouts.transfers_under_way(event.get("cursor")).model_dump()


def tell(payout: Payout) -> None:
    """Announce a payout to its provider; the message's id is the payout's, so it is told once."""
    enqueue([payout_message(payout.provider_id, payout.bill_no, payout.amount_fen)])


def check_transfer(event: dict[str, Any]) -> dict[str, Any]:
    payout = payouts.proceed(store.get(event["bill_no"]), WeChatPayClient.of_stage(), tell, now=clock())
    logger.info("transfer checked", bill_no=payout.bill_no, state=payout.state.value, reason=payout.fail_reason)
    return _counted(payout.state.value)


def plan(event: dict[str, Any]) -> dict[str, Any]:
    """The cycle is the Shanghai day the run started, so a run that is retried past midnight stays in its cycle."""
    cycle = f"{local(parse_iso(event['started_at'])):%Y%m%d}"
    return {**payouts.providers_to_pay(event.get("cursor")).model_dump(), "cycle": cycle}


def pay_out(event: dict[str, Any]) -> dict[str, Any]:
    provider_id = ProviderId(event["provider_id"])
    outcome, payout = payouts.pay_out(provider_id, event["cycle"], WeChatPayClient.of_stage(), tell, now=clock())
    if payout is None:
        level = logger.warning if outcome is Outcome.HELD else logger.info
        level("nothing paid out", provider_id=provider_id, outcome=outcome.value)
    else:
        about = {"bill_no": payout.bill_no, "amount_fen": payout.amount_fen, "reason": payout.fail_reason}
        logger.info("payout", provider_id=provider_id, outcome=outcome.value, **about)
    return _counted(outcome.value)


def _counted(outcome: str) -> dict[str, Any]:
    metrics.add_metric(name="Payouts" + "".join(word.title() for word in outcome.split("_")), unit="Count", value=1)
    metrics.flush_metrics()
    return {"outcome": outcome}


TASKS = {
    "open_transfers": open_transfers,
    "check_transfer": check_transfer,
    "plan": plan,
    "pay_out": pay_out,
}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    task = str(event["task"])
    logger.append_keys(task=task, provider_id=event.get("provider_id"), bill_no=event.get("bill_no"))
    return TASKS[task](event)
