"""Everything that is begun from outside: who calls, from which stage on. A repetition is the same call again.

To cover a new use case, add a line. `completeness.py` says which are missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.crash import stages
from tests.crash.stages import CHEN, LI, WANG, Stage, timed_out
from tests.crash.world import PASSWORD, World

Act = Callable[[World], Any]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Scenario:
    """One call from outside, made again after a crash."""

    name: str
    before: Stage
    act: Act
    meanwhile: Act | None = None
    """What somebody else does between crash and repetition. Then only the invariants are checked."""
    later: Callable[[World], timedelta] = lambda _: timedelta(0)
    """How long after the stage it happens."""
    same_answer: bool = True
    """Whether the repetition is answered as an undisturbed call. False for what a client does anew with a new token."""
    swept: bool = False
    """Whether it is left to the sweep to set the workflow going again."""


def customer(method: str, path: str, body: Any = None) -> Act:
    return lambda world: world.http("customer", method, path.format(order=_id(world)), body, by=LI, key="act")


def provider(method: str, path: str, body: Any = None, *, by: str = WANG) -> Act:
    return lambda world: world.http(
        "provider", method, path.format(order=_id(world)), body, by=by, key=f"act-{by}"
    )


def admin(method: str, path: str, body: Any = None) -> Act:
    return lambda world: world.http("admin", method, path.format(order=_id(world)), body, by="admin", key="act")


def says(openid: str, text: str | Callable[[World], str]) -> Act:
    return lambda world: world.chat(openid, text if isinstance(text, str) else text(world), 9001)


def _id(world: World) -> str:
    orders = world.orders
    return max(order.order_id for order in orders) if orders else ""


def code(world: World) -> dict[str, str]:
    return {"code": world.order.arrival_code}


def wrong(world: World) -> str:
    return "0000" if world.order.arrival_code != "0000" else "1111"


def until_start(minutes: int) -> Callable[[World], timedelta]:
    return lambda world: world.order.start + minutes * MINUTE - world.now


def after(name: str) -> Callable[[World], timedelta]:
    """As long as one of the order's own durations."""
    return lambda world: timedelta(seconds=getattr(world.order.timing, name))


# -- chat ---------------------------------------------------------------------------------------------------------------

CHAT = [
    Scenario("chat: first contact", stages.town, lambda world: world.chat("o_new", "", 0, event_name="subscribe")),
    Scenario("chat: unfollow", stages.town, lambda world: world.chat("o_li", "", 0, event_name="unsubscribe")),
    Scenario("chat: book", stages.town, says("o_li", stages.BOOKING[0])),
    Scenario("chat: confirm the booking", stages.asked, says("o_li", "确认")),
    Scenario("chat: pay", stages.placed, says("o_li", "付款")),
    Scenario("chat: my orders", stages.accepted, says("o_li", "我的订单")),
    Scenario("chat: complain", stages.accepted, says("o_li", "投诉")),
    Scenario("chat: grab", stages.offered, says("o_wang", lambda world: f"抢 {world.order.number}")),
    Scenario(
        "chat: grab while another does",
        stages.offered,
        says("o_wang", lambda world: f"抢 {world.order.number}"),
        meanwhile=provider("POST", "/v1/provider/orders/{order}/grab", by=CHEN),
    ),
    Scenario("chat: decline", stages.offered, says("o_wang", lambda world: f"不接 {world.order.number}")),
    Scenario("chat: depart", stages.accepted, says("o_wang", "出发")),
    Scenario("chat: begin", stages.on_the_way, says("o_wang", lambda world: f"开始 {world.order.arrival_code}")),
    Scenario("chat: begin with a wrong code", stages.on_the_way, says("o_wang", lambda world: f"开始 {wrong(world)}")),
    Scenario("chat: finish", stages.working, says("o_wang", "完成")),
    Scenario("chat: content", stages.finished, says("o_li", "确认")),
    Scenario("chat: income", stages.paying_out, says("o_wang", "收入")),
    Scenario("chat: rest", stages.town, says("o_wang", "休息")),
    Scenario("chat: agree to a cancellation", stages.proposed, says("o_wang", lambda world: f"同意 {world.order.number}")),
]


def _asks(stage: Stage, openid: str, text: str) -> Stage:
    """The stage after something that the bot wants confirmed."""

    def asked(world: World) -> None:
        stages.reach(world, stage)
        world.chat(openid, text.format(number=world.order.number), 8001)

    return asked


CHAT += [
    Scenario("chat: cancel unpaid", _asks(stages.placed, "o_li", "取消"), says("o_li", "确认")),
    Scenario("chat: cancel paid", _asks(stages.offered, "o_li", "取消"), says("o_li", "确认")),
    Scenario("chat: cancel accepted", _asks(stages.accepted, "o_li", "取消"), says("o_li", "确认")),
    Scenario("chat: withdraw", _asks(stages.accepted, "o_wang", "来不了 {number}"), says("o_wang", "确认")),
]

# -- the APIs -----------------------------------------------------------------------------------------------------------

PAY = {"channel": "wechat_pay"}
ADDRESS = {"label": "公司", "point": {"lat": 30.55, "lng": 114.33}, "detail": "光谷 1 号", "contact": "李", "phone": "13800005678"}


def _log_in(world: World) -> Any:
    """A code of WeChat's is good once: who tries again gets another."""
    code = f"code-{world.attempt}"
    world.outside.people.codes[code] = {"openid": "m_zhou", "unionid": "u_zhou"}
    return world.http("customer", "POST", "/v1/auth/wechat", {"code": code})


def _session(api: str, path: str, body: Any) -> Stage:
    """Logged in; the refresh token is kept in the world."""

    def logged_in(world: World) -> None:
        stages.reach(world, stages.town)
        world.outside.people.codes["code"] = {"openid": "m_zhou"}
        status, session = world.http(api, "POST", path, body)
        assert status == 200, session
        world.refresh_token = session["refresh_token"]

    return logged_in


AS_CUSTOMER = _session("customer", "/v1/auth/wechat", {"code": "code"})
AS_ADMIN = _session("admin", "/v1/admin/auth/login", {"username": "admin", "password": PASSWORD})


def _with_token(api: str, path: str) -> Act:
    return lambda world: world.http(api, "POST", path, {"refresh_token": world.refresh_token})


API = [
    Scenario("log in", stages.town, _log_in),
    Scenario("refresh", AS_CUSTOMER, _with_token("customer", "/v1/auth/refresh"), same_answer=False),
    Scenario("log out", AS_CUSTOMER, _with_token("customer", "/v1/auth/logout")),
    Scenario("quote", stages.town, customer("POST", "/v1/quotes", {k: v for k, v in stages.WISH.items() if k != "notes"})),
    Scenario("place", stages.town, customer("POST", "/v1/orders", stages.WISH)),
    Scenario("place for a named one", stages.town, customer("POST", "/v1/orders", {**stages.WISH, "provider_id": WANG})),
    Scenario("pay", stages.placed, customer("POST", "/v1/orders/{order}/pay", PAY)),
    Scenario("cancel unpaid", stages.placed, customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"})),
    Scenario("cancel with time held", stages.named, customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"})),
    Scenario("cancel paid", stages.offered, customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"})),
    Scenario(
        "cancel while it is grabbed",
        stages.offered,
        customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"}),
        meanwhile=provider("POST", "/v1/provider/orders/{order}/grab"),
    ),
    Scenario("propose to cancel", stages.accepted, customer("POST", "/v1/orders/{order}/cancel", {"reason": "有事"})),
    Scenario("confirm", stages.finished, customer("POST", "/v1/orders/{order}/confirm")),
    Scenario("add an address", stages.town, customer("POST", "/v1/addresses", ADDRESS)),
    Scenario("change an address", stages.town, customer("PATCH", "/v1/addresses/home", {"detail": "8 栋 1"})),
    Scenario("remove an address", stages.town, customer("DELETE", "/v1/addresses/home"), same_answer=False),
    Scenario("grab", stages.offered, provider("POST", "/v1/provider/orders/{order}/grab")),
    Scenario(
        "grab while another does",
        stages.offered,
        provider("POST", "/v1/provider/orders/{order}/grab"),
        meanwhile=provider("POST", "/v1/provider/orders/{order}/grab", by=CHEN),
    ),
    Scenario("accept", stages.named_and_offered, provider("POST", "/v1/provider/orders/{order}/accept")),
    Scenario("decline", stages.offered, provider("POST", "/v1/provider/orders/{order}/decline")),
    Scenario("decline as the named one", stages.named_and_offered, provider("POST", "/v1/provider/orders/{order}/decline")),
    Scenario("depart", stages.accepted, provider("POST", "/v1/provider/orders/{order}/depart")),
    Scenario(
        "start", stages.on_the_way, lambda w: provider("POST", "/v1/provider/orders/{order}/start", code(w))(w)
    ),
    Scenario(
        "start with a wrong code",
        stages.on_the_way,
        lambda w: provider("POST", "/v1/provider/orders/{order}/start", {"code": wrong(w)})(w),
    ),
    Scenario("finish", stages.working, provider("POST", "/v1/provider/orders/{order}/finish")),
    Scenario("withdraw", stages.on_the_way, provider("POST", "/v1/provider/orders/{order}/withdraw", {"reason": "病了"})),
    Scenario(
        "agree to a cancellation",
        stages.proposed,
        provider("POST", "/v1/provider/orders/{order}/answer-cancellation", {"agree": True}),
    ),
    Scenario("rest", stages.town, provider("PATCH", "/v1/provider/profile", {"resting": True})),
    Scenario(
        "admin: log in",
        stages.town,
        lambda w: w.http("admin", "POST", "/v1/admin/auth/login", {"username": "admin", "password": PASSWORD}),
    ),
    Scenario("admin: refresh", AS_ADMIN, _with_token("admin", "/v1/admin/auth/refresh"), same_answer=False),
    Scenario("admin: log out", AS_ADMIN, _with_token("admin", "/v1/admin/auth/logout")),
    Scenario("admin: assign", stages.escalated, admin("POST", "/v1/admin/orders/{order}/assign", {"provider_id": CHEN})),
    Scenario(
        "admin: assign instead of the named one",
        stages.named_and_offered,
        admin("POST", "/v1/admin/orders/{order}/assign", {"provider_id": CHEN}),
    ),
    Scenario("admin: arbitrate", stages.proposed, admin("POST", "/v1/admin/orders/{order}/arbitrate", {"agree": True})),
    Scenario("admin: cancel", stages.on_the_way, admin("POST", "/v1/admin/orders/{order}/cancel", {"reason": "停电"})),
]

# -- pages, the bank, the workflows, the stream, the queue ------------------------------------------------------------------


def _link(purpose: str, path: str) -> Act:
    from daojia.platform.links import sign_link

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
    Scenario("page: grab while another does", stages.offered, _link("grab", "grab"), meanwhile=provider("POST", "/v1/provider/orders/{order}/grab", by=CHEN)),
    Scenario("notice: payment", stages.paying, _payment),
    Scenario("notice: payment while it lapses", stages.paying, _payment, later=after("payment_window"), meanwhile=lambda w: timed_out(w, "lapse_unpaid")),
    Scenario("notice: payment on a lapsed order", stages.lapsed, _payment),
    Scenario("notice: refund", stages.refunding, _refunded),
    Scenario("notice: transfer taken", stages.paying_out, _transferred),
    Scenario("notice: transfer lapsed", stages.paying_out, _lapsed_transfer),
    Scenario("step: read", stages.placed, lambda w: w.step("read", w.order)),
    Scenario("step: await", _knowing(stages.placed), _park),
    Scenario("step: await what has happened", _knowing(stages.accepted, behind=1), _park),
    Scenario("step: lapse", stages.paying, lambda w: timed_out(w, "lapse_unpaid"), later=after("payment_window")),
    Scenario("step: lapse with time held", stages.named, lambda w: timed_out(w, "lapse_unpaid"), later=after("payment_window")),
    Scenario("step: lapse what was paid", stages.paid_unheard, lambda w: timed_out(w, "lapse_unpaid"), later=after("payment_window")),
    Scenario("step: lapse while it is cancelled", stages.paying, lambda w: timed_out(w, "lapse_unpaid"), later=after("payment_window"), meanwhile=CANCEL),
    Scenario("step: next wave", stages.named_and_offered, lambda w: timed_out(w, "offer_wave"), later=after("offer_wave"), same_answer=False),
    Scenario("step: wave after a withdrawal", _unheard(stages.accepted, WITHDRAW), lambda w: timed_out(w, "offer_wave")),
    Scenario("step: escalate", stages.offered, lambda w: timed_out(w, "offer_wave", "escalate"), later=after("offer_wave")),
    Scenario("step: give up", stages.escalated, lambda w: timed_out(w, "give_up"), later=after("escalation_window")),
    Scenario("step: give up while it is grabbed", stages.escalated, lambda w: timed_out(w, "give_up"), later=after("escalation_window"), meanwhile=GRAB),
    Scenario("step: remind", stages.accepted, lambda w: timed_out(w, "remind"), later=until_start(-60)),
    Scenario("step: overdue", stages.reminded, lambda w: timed_out(w, "raise_overdue"), later=until_start(30)),
    Scenario("step: auto-confirm", stages.finished, lambda w: timed_out(w, "auto_confirm"), later=after("auto_confirm")),
    Scenario("step: release income", stages.confirmed, lambda w: timed_out(w, "release_income"), later=after("settlement_delay")),
    Scenario("step: refund", stages.cancelled, lambda w: timed_out(w, "refund")),
    Scenario("step: report trouble", stages.offered, lambda w: w.step("report_trouble", w.order, error="E"), swept=True),
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

SCENARIOS = [*CHAT, *API, *REST]
