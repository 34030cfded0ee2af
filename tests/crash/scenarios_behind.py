"""What nobody types: pages behind links, the bank's notices, the steps of workflows, the stream, the queue."""

from typing import Any

from daojia.platform.links import sign_link
from tests.crash import stages
from tests.crash.scenario import Act, Scenario, after, customer, provider, until_start
from tests.crash.stages import CHEN, WANG, Stage, timed_out
from tests.crash.world import World


def _link(purpose: str, path: str) -> Act:
    def act(world: World) -> Any:
        order = world.order
        subject = {"order_id": order.order_id} | ({"provider_id": WANG} if purpose == "grab" else {})
        return world.page("POST", f"/{path}/{sign_link(purpose, subject, order.start)}")

    return act


def _payment(world: World) -> int:
    return world.notice("TRANSACTION.SUCCESS", stages.bank_pays(world))


def _refunded(world: World) -> int:
    (refund,) = world.outside.bank.refunds.values()
    return world.refund_arrives(refund)


def _transferred(world: World) -> int:
    (transfer,) = world.outside.bank.transfers.values()
    transfer["state"] = "SUCCESS"
    return world.notice("MCHTRANSFER.BILL.FINISHED", transfer)


def _lapsed_transfer(world: World) -> int:
    (transfer,) = world.outside.bank.transfers.values()
    transfer.update(state="CANCELLED", fail_reason="OVERDUE_CLOSE")
    return world.notice("MCHTRANSFER.BILL.FINISHED", transfer)


def _park(world: World) -> dict[str, Any]:
    """A newer execution comes to wait; Step Functions gives every attempt a token of its own."""
    order, machine = world.order, world.outside.machine
    token = f"newer/{world.attempt}"
    machine.executions["newer"] = order.order_id
    for former in [each for each, holder in machine.holders.items() if holder == "newer"]:
        machine.tokens[former] = "timed out"
    machine.hold("newer", token)
    about = {"version": world.known_version, "seconds": 60, "entered": "2026-11-24T02:00:00Z"}
    return world.step("await", order, waiter="lifecycle", token=token, **about)


def _pay_out(world: World) -> Any:
    return world.settle("pay_out", provider_id=WANG, cycle="20261201")


def _check(world: World) -> Any:
    (bill_no,) = world.outside.bank.transfers
    return world.settle("check_transfer", bill_no=bill_no)


def _knowing(stage: Stage, *, behind: int = 0) -> Stage:
    """The stage, with what a workflow that comes to wait knows of the order."""

    def known(world: World) -> None:
        stages.reach(world, stage)
        world.known_version = world.order.version - behind

    return known


def _unheard(stage: Stage, act: Act) -> Stage:
    """Something was written just now; stream and queue have still to carry it on."""

    def written(world: World) -> None:
        stages.reach(world, stage)
        act(world)

    return written


def _queued(stage: Stage, act: Act) -> Stage:
    def waiting(world: World) -> None:
        stages.reach(world, stage)
        act(world)
        world.stream()
        assert world.outside.queue

    return waiting


def _gone(stage: Stage, act: Act) -> Stage:
    """The execution that waited has died: its token leads nowhere."""

    def gone(world: World) -> None:
        stages.reach(world, stage)
        world.time_out()
        act(world)

    return gone


PLACE = customer("POST", "/v1/orders", stages.WISH)
GRAB = provider("POST", "/v1/provider/orders/{order}/grab")
CANCEL = customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"})
WITHDRAW = provider("POST", "/v1/provider/orders/{order}/withdraw", {"reason": "病了"})

REST = [
    Scenario("page: pay", stages.placed, _link("pay", "pay")),
    Scenario("page: grab", stages.offered, _link("grab", "grab")),
    Scenario(
        "page: grab while another does",
        stages.offered,
        _link("grab", "grab"),
        meanwhile=provider("POST", "/v1/provider/orders/{order}/grab", by=CHEN),
    ),
    Scenario("notice: payment", stages.paying, _payment),
    Scenario(
        "notice: payment while it lapses",
        stages.paying,
        _payment,
        later=after("payment_window"),
        meanwhile=lambda w: timed_out(w, "lapse_unpaid"),
    ),
    Scenario("notice: payment on a lapsed order", stages.lapsed, _payment),
    Scenario("notice: refund", stages.refunding, _refunded),
    Scenario("notice: transfer taken", stages.paying_out, _transferred),
    Scenario("notice: transfer lapsed", stages.paying_out, _lapsed_transfer),
    Scenario("step: read", stages.placed, lambda w: w.step("read", w.order)),
    Scenario("step: await", _knowing(stages.placed), _park),
    Scenario("step: await what has happened", _knowing(stages.accepted, behind=1), _park),
    Scenario("step: lapse", stages.paying, lambda w: timed_out(w, "lapse_unpaid"), later=after("payment_window")),
    Scenario(
        "step: lapse with time held",
        stages.named,
        lambda w: timed_out(w, "lapse_unpaid"),
        later=after("payment_window"),
    ),
    Scenario(
        "step: lapse what was paid",
        stages.paid_unheard,
        lambda w: timed_out(w, "lapse_unpaid"),
        later=after("payment_window"),
    ),
    Scenario(
        "step: lapse while it is cancelled",
        stages.paying,
        lambda w: timed_out(w, "lapse_unpaid"),
        later=after("payment_window"),
        meanwhile=CANCEL,
    ),
    Scenario(
        "step: next wave",
        stages.named_and_offered,
        lambda w: timed_out(w, "offer_wave"),
        later=after("offer_wave"),
        same_answer=False,
    ),
    Scenario(
        "step: wave after a withdrawal", _unheard(stages.accepted, WITHDRAW), lambda w: timed_out(w, "offer_wave")
    ),
    Scenario(
        "step: escalate", stages.offered, lambda w: timed_out(w, "offer_wave", "escalate"), later=after("offer_wave")
    ),
    Scenario("step: give up", stages.escalated, lambda w: timed_out(w, "give_up"), later=after("escalation_window")),
    Scenario(
        "step: give up while it is grabbed",
        stages.escalated,
        lambda w: timed_out(w, "give_up"),
        later=after("escalation_window"),
        meanwhile=GRAB,
    ),
    Scenario("step: remind", stages.accepted, lambda w: timed_out(w, "remind"), later=until_start(-60)),
    Scenario("step: overdue", stages.reminded, lambda w: timed_out(w, "raise_overdue"), later=until_start(30)),
    Scenario(
        "step: auto-confirm", stages.finished, lambda w: timed_out(w, "auto_confirm"), later=after("auto_confirm")
    ),
    Scenario(
        "step: release income",
        stages.confirmed,
        lambda w: timed_out(w, "release_income"),
        later=after("settlement_delay"),
    ),
    Scenario("step: refund", stages.cancelled, lambda w: timed_out(w, "refund")),
    Scenario(
        "step: report trouble", stages.offered, lambda w: w.step("report_trouble", w.order, error="E"), swept=True
    ),
    Scenario("step: sweep", stages.troubled, lambda w: w.step("sweep")),
    Scenario("step: resume", stages.offered, lambda w: w.step("resume")),
    Scenario("settlement: plan", stages.released, lambda w: w.settle("plan", started_at="2026-12-01T02:00:00Z")),
    Scenario("settlement: pay out", stages.released, _pay_out),
    Scenario("settlement: open transfers", stages.paying_out, lambda w: w.settle("open_transfers")),
    Scenario("settlement: check a transfer", stages.paying_out, _check),
    Scenario("stream: placed", _unheard(stages.town, PLACE), lambda w: w.stream()),
    Scenario("stream: paid", _unheard(stages.paying, _payment), lambda w: w.stream()),
    Scenario("stream: grabbed", _unheard(stages.offered, GRAB), lambda w: w.stream()),
    Scenario("stream: cancelled", _unheard(stages.offered, CANCEL), lambda w: w.stream()),
    Scenario("stream: late payment", _unheard(stages.lapsed, _payment), lambda w: w.stream()),
    Scenario("stream: workflow died", _gone(stages.offered, GRAB), lambda w: w.stream()),
    Scenario("queue: offers", _queued(stages.accepted, WITHDRAW), lambda w: w.deliver()),
    Scenario("queue: accepted, job, taken", _queued(stages.offered, GRAB), lambda w: w.deliver()),
]
