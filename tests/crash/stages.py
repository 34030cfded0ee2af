"""The road of one order, stage by stage: where a scenario begins. Each stage goes on from the one before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from daojia.accounts import store as accounts
from daojia.accounts.model import Account, Address
from daojia.kernel.ids import account_id_of
from daojia.kernel.times import iso
from daojia.kernel.transaction import committed
from tests.crash.world import World, person
from tests.store.builders import CLEANING, TOMORROW_AT_3, a_provider, a_town
from tests.unit.ordering.builders import a_place
from tests.unit.simulators.wechat_pay_stage import MINI

Stage = Callable[[World], None]

LI, WANG, CHEN = person("o_li"), person("o_wang"), person("o_chen")
MINI_ONLY = account_id_of(MINI, "m_zhou")
WISH = {"service_id": CLEANING, "start": iso(TOMORROW_AT_3), "address_id": "home", "notes": "家里有猫"}
BOOKING = ("明天下午三点约个日常保洁，家里有猫", "武昌区中南路街道阳光花园3栋1203 李女士 13800005678")

_snapshots: dict[Stage, Any] = {}


def reach(world: World, stage: Stage) -> None:
    """Bring the world to a stage; the way there is gone once per session."""
    if stage not in _snapshots:
        stage(world)
        _snapshots[stage] = world.saved()
    world.put_back(_snapshots[stage])


def forget() -> None:
    """Another world begins."""
    _snapshots.clear()


def town(world: World) -> None:
    """A customer with an address, two providers, nothing ordered."""
    world.put_back(world.empty)
    a_town(*(a_provider(who).model_copy(update={"name": name}) for who, name in ((WANG, "王秀兰"), (CHEN, "陈桂英"))))
    home = Address(address_id="home", label="家", place=a_place())
    people = [
        Account(account_id=LI, openid="o_li", miniprogram_openid="m_li", addresses=(home,), created_at=world.now),
        Account(account_id=WANG, openid="o_wang", created_at=world.now),
        Account(account_id=CHEN, openid="o_chen", created_at=world.now),
    ]
    for account in people:
        committed(lambda tx, account=account: accounts.create(tx, account))


def asked(world: World) -> None:
    """By chat all has been said but the confirmation."""
    reach(world, town)
    for number, text in enumerate(BOOKING):
        answer = world.chat("o_li", text, number)
    assert "合计" in answer, answer


def placed(world: World) -> None:
    reach(world, town)
    _done(world.http("customer", "POST", "/v1/orders", WISH, by=LI, key="place"), 201)
    world.carry_on()


def named(world: World) -> None:
    """Placed, with Wang named and her time held."""
    reach(world, town)
    _done(world.http("customer", "POST", "/v1/orders", {**WISH, "provider_id": WANG}, by=LI, key="place"), 201)
    world.carry_on()


def named_and_offered(world: World) -> None:
    reach(world, named)
    pay(world)


def paying(world: World) -> None:
    """The pay sheet is open."""
    reach(world, placed)
    _done(world.http("customer", "POST", f"/v1/orders/{world.order.order_id}/pay", {"channel": "wechat_pay"}, by=LI))


def paid_unheard(world: World) -> None:
    """The customer has paid; no notice came."""
    reach(world, paying)
    bank_pays(world)


def offered(world: World) -> None:
    """Paid; Wang and Chen have the offer."""
    reach(world, placed)
    pay(world)
    assert set(world.order.offered) == {WANG, CHEN}


def escalated(world: World) -> None:
    """Nobody took it within the wave; an administrator has been told."""
    reach(world, offered)
    world.now += timedelta(seconds=world.order.timing.offer_wave)
    execution = world.time_out()
    assert world.step("offer_wave", world.order)["outcome"] == "EXHAUSTED"
    world.step("escalate", world.order)
    world.outside.machine.ready.append(str(execution))
    world.carry_on()


def accepted(world: World) -> None:
    reach(world, offered)
    job(world, "grab")


def on_the_way(world: World) -> None:
    reach(world, accepted)
    job(world, "depart")


def proposed(world: World) -> None:
    """The customer wishes to cancel after acceptance."""
    reach(world, accepted)
    path = f"/v1/orders/{world.order.order_id}/cancel"
    _done(world.http("customer", "POST", path, {"reason": "有事"}, by=LI, key="cancel"))
    world.carry_on()
    assert world.order.proposal is not None


def reminded(world: World) -> None:
    reach(world, accepted)
    world.now = world.order.start - timedelta(seconds=world.order.timing.reminder_lead)
    timed_out(world, "remind")
    world.carry_on()


def working(world: World) -> None:
    reach(world, on_the_way)
    job(world, "start", {"code": world.order.arrival_code})


def finished(world: World) -> None:
    reach(world, working)
    job(world, "finish")


def confirmed(world: World) -> None:
    reach(world, finished)
    _done(world.http("customer", "POST", f"/v1/orders/{world.order.order_id}/confirm", by=LI, key="confirm"))
    world.carry_on()


def released(world: World) -> None:
    """The income may be paid out."""
    reach(world, confirmed)
    world.now += timedelta(seconds=world.order.timing.settlement_delay)
    timed_out(world, "release_income")
    world.carry_on()


def paying_out(world: World) -> None:
    """A payout waits for Wang's confirmation."""
    reach(world, released)
    assert world.settle("pay_out", provider_id=WANG, cycle="20261201")["outcome"] == "AWAITING_CONFIRMATION"
    world.carry_on()


def lapsed(world: World) -> None:
    """The pay sheet was opened, nobody paid in time."""
    reach(world, paying)
    world.now = world.order.pay_by
    timed_out(world, "lapse_unpaid")
    world.carry_on()


def cancelled(world: World) -> None:
    """Paid and cancelled by the customer; nothing has been asked of the bank yet, the workflow still waits."""
    reach(world, offered)
    path = f"/v1/orders/{world.order.order_id}/cancel"
    _done(world.http("customer", "POST", path, {"reason": "有事"}, by=LI, key="cancel"))


def refunding(world: World) -> None:
    """The bank has been asked for the refund; it has not arrived."""
    reach(world, cancelled)
    world.carry_on(bank=False)
    assert [each["status"] for each in world.outside.bank.refunds.values()] == ["PROCESSING"]


def troubled(world: World) -> None:
    """The workflow of an order failed for good some time ago."""
    reach(world, offered)
    world.time_out()
    world.step("report_trouble", world.order, error="States.TaskFailed")
    world.stream()
    world.now += timedelta(minutes=5)


# -- what happens on the way -------------------------------------------------------------------------------------------


def bank_pays(world: World) -> dict[str, Any]:
    order = world.order
    return world.outside.bank.pay(order.payment.out_trade_no, order.total_fen, iso(world.now))


def pay(world: World) -> None:
    assert world.notice("TRANSACTION.SUCCESS", bank_pays(world)) == 204
    world.carry_on()


def job(world: World, verb: str, body: Any = None) -> None:
    _done(world.http("provider", "POST", f"/v1/provider/orders/{world.order.order_id}/{verb}", body, by=WANG, key=verb))
    world.carry_on()


def timed_out(world: World, *tasks: str) -> dict[str, Any]:
    """The workflow that waits for the order runs out of patience and acts."""
    execution = world.time_out() if world.attempt == 1 else None
    if execution is not None:
        world.acting = execution
    answer: dict[str, Any] = {}
    for task in tasks:
        answer = world.step(task, world.order)
    world.outside.machine.ready.append(world.acting)
    return answer


def _done(answer: tuple[int, Any], status: int = 200) -> None:
    assert answer[0] == status, answer
