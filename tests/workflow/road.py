"""An order's life on the running stack with durations of the test's choosing.

Orders are placed by the platform's own use case in this process, so each test gives them its own durations; everything
after that (stream, workflows, queue, channel) happens on the stack.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from daojia.accounts import store as accounts
from daojia.catalogue import store as catalogue
from daojia.dispatch import grabbing
from daojia.dispatch.pages import page
from daojia.kernel.ids import AccountId, OrderId, ProviderId
from daojia.kernel.times import local, now
from daojia.kernel.transaction import Transaction, committed
from daojia.ordering import cancelling, paying, placing, store, visits
from daojia.ordering.model import Actor, Order, Role, Timing
from tests.stack import aws, until

LONG = 3600
Verb = Callable[[Order, Transaction, datetime], Order]


class Road:
    """Drives one stack."""

    def __init__(self, stack: dict[str, Any]) -> None:
        self.stack = stack
        self.pay_simulator = stack["simulators"]["wechat_pay"]
        self.http = httpx.Client(timeout=30, trust_env=False)
        self._workflows = aws(stack, "stepfunctions")
        self._hour = 0

    # -- the customer -------------------------------------------------------------------------------------------------

    @property
    def customer(self) -> dict[str, Any]:
        return self.stack["demo"]["customers"][0]

    def place(
        self, service: str = "日常保洁", *, customer: int = 0, named: ProviderId | None = None, **durations: int
    ) -> Order:
        """A new order some days ahead; `durations` in seconds, an hour where not given."""
        account = accounts.get(AccountId(self.stack["demo"]["customers"][customer]["account_id"]))
        command = placing.PlaceOrder(
            service_id=next(each.service_id for each in catalogue.load().services if each.name == service),
            start=self._start(),
            place=account.addresses[0].place,
            named_provider_id=named,
        )
        timing = Timing.model_validate(
            {
                **dict.fromkeys(Timing.model_fields, LONG),
                "offer_waves": 2,
                **durations,
            }
        )
        return committed(lambda tx: placing.place(account.account_id, command, timing=timing, tx=tx, now=now()))

    def _start(self) -> datetime:
        """Tests do not compete for the same hour."""
        self._hour += 1
        day = local(now()).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=3 + self._hour // 8)
        return day + timedelta(hours=self._hour % 8)

    def until_start(self, order: Order) -> int:
        return int((order.start - now()).total_seconds())

    def prepay(self, order: Order) -> None:
        """The customer opens the pay sheet."""
        openid = self.stack["demo"]["customers"][0]["openid"]
        paying.start_payment(order, openid, "official", now=now())

    def pay(self, order: Order) -> None:
        """The customer pays; the channel's callback goes to the stack."""
        self.prepay(order)
        self.pay_by_sheet(order)

    def pay_by_sheet(self, order: Order) -> None:
        answer = self.http.post(f"{self.pay_simulator}/_pay", json={"out_trade_no": order.payment.out_trade_no})
        assert answer.status_code == 200, answer.text

    def misbehave(self, *faults: dict[str, Any]) -> None:
        """Switch faults of WeChat Pay on (none: off)."""
        answer = self.http.put(f"{self.pay_simulator}/_faults", json=list(faults))
        assert answer.status_code < 300, answer.text

    def change_channel(self, **settings: int) -> None:
        """Change delays of WeChat Pay."""
        answer = self.http.put(f"{self.pay_simulator}/_settings", json=settings)
        assert answer.status_code == 200, answer.text

    def transfers(self, openid: str, state: str) -> list[dict[str, Any]]:
        """The transfers to somebody that are in a state."""
        query = {"openid": openid, "state": state}
        return list(self.http.get(f"{self.pay_simulator}/_transfers", params=query).json()["items"])

    def confirm_transfer(self, transfer: dict[str, Any]) -> None:
        """The receiver accepts it in WeChat."""
        self._decide_transfer(transfer, "confirm", {"package_info": transfer["package_info"]})

    def refuse_transfer(self, transfer: dict[str, Any]) -> None:
        """The receiver lets it lapse."""
        self._decide_transfer(transfer, "refuse", {})

    def _decide_transfer(self, transfer: dict[str, Any], how: str, body: dict[str, Any]) -> None:
        answer = self.http.post(f"{self.pay_simulator}/_transfers/{transfer['out_bill_no']}/{how}", json=body)
        assert answer.status_code == 200, answer.text

    # -- verbs --------------------------------------------------------------------------------------------------------

    def act(self, order_id: OrderId, verb: Verb) -> Order:
        return committed(lambda tx: verb(store.get(order_id), tx, now()))

    def cancel(self, order_id: OrderId, role: Role = Role.CUSTOMER) -> Order:
        who = store.get(order_id).customer_id if role is Role.CUSTOMER else "admin"
        by = Actor(role=role, id=who)
        return self.act(order_id, lambda order, tx, at: cancelling.cancel(order, by, "测试", tx=tx, now=at))

    def grab(self, order_id: OrderId, provider_id: ProviderId) -> Order:
        return committed(lambda tx: grabbing.grab(provider_id, order_id=order_id, tx=tx, now=now()))

    def depart(self, order: Order) -> Order:
        return self.act(order.order_id, lambda it, tx, at: visits.depart(it, _of(it), tx=tx, now=at))

    def begin(self, order: Order) -> Order:
        code = store.get(order.order_id).arrival_code
        return self.act(order.order_id, lambda it, tx, at: visits.begin(it, _of(it), code, tx=tx, now=at))

    def finish(self, order: Order) -> Order:
        return self.act(order.order_id, lambda it, tx, at: visits.finish(it, _of(it), tx=tx, now=at))

    def accepted(self, **durations: int) -> Order:
        """An order that was paid and grabbed."""
        order = self.place(**durations)
        self.pay(order)
        offered = self.await_order(order, lambda it: bool(it.offered), "an offer")
        return self.grab(order.order_id, offered.offered[0])

    # -- what became of it --------------------------------------------------------------------------------------------

    def await_order(self, order: Order, wanted: Callable[[Order], bool], what: str, *, seconds: float = 30) -> Order:
        def look() -> Order | None:
            seen = store.get(order.order_id)
            return seen if wanted(seen) else None

        found = until(look, seconds=seconds, what=what)
        assert found is not None
        return found

    def events(self, order: Order) -> list[str]:
        return [event.name for event in page(order.order_id).timeline]

    def executions(self, order: Order, machine: str = "OrderLifecycle") -> list[dict[str, Any]]:
        """Executions of a state machine for an order, the latest first."""
        found: list[dict[str, Any]] = []
        arn = self.stack["outputs"][f"{machine}Arn"]
        for each in self._workflows.list_executions(stateMachineArn=arn, maxResults=1000)["executions"]:
            described = self._workflows.describe_execution(executionArn=each["executionArn"])
            if order.order_id in described["input"]:
                found.append(described)
        return found

    def path(self, order: Order, machine: str = "OrderLifecycle") -> list[str]:
        """The names of all states entered for an order, in order of time."""
        names: list[tuple[datetime, str]] = []
        for execution in self.executions(order, machine):
            pages = self._workflows.get_paginator("get_execution_history").paginate(
                executionArn=execution["executionArn"]
            )
            names += [
                (event["timestamp"], event["stateEnteredEventDetails"]["name"])
                for each in pages
                for event in each["events"]
                if "stateEnteredEventDetails" in event
            ]
        return [name for _, name in sorted(names, key=lambda each: each[0])]

    def await_step(self, order: Order, name: str, machine: str = "OrderLifecycle") -> None:
        """Wait until a workflow of the order is (or was) at a state."""
        until(lambda: name in self.path(order, machine), what=f"{name} of {machine}")

    def await_end(self, order: Order, machine: str = "OrderLifecycle", *, seconds: float = 30) -> str:
        """The final status of the only execution of an order."""

        def look() -> str | None:
            states = [each["status"] for each in self.executions(order, machine)]
            return states[0] if states and "RUNNING" not in states else None

        return str(until(look, seconds=seconds, what=f"the end of {machine}"))


def _of(order: Order) -> ProviderId:
    assert order.provider_id is not None
    return order.provider_id
