"""What a scenario is, and the callers scenarios are made of. A repetition is the same call again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.crash.stages import LI, WANG, Stage
from tests.crash.world import World

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
    return lambda world: world.http("provider", method, path.format(order=_id(world)), body, by=by, key=f"act-{by}")


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
