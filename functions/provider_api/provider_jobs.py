"""Taking orders and doing them."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from provider_front import api
from provider_views import JobList, JobPage, JobView, Released
from pydantic import Field

from daojia.dispatch import grabbing, pages
from daojia.kernel.ids import OrderId, ProviderId
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction
from daojia.ordering import cancelling, queries, visits
from daojia.ordering import store as orders
from daojia.ordering.errors import OrderNotFoundError
from daojia.ordering.model import Actor, Order, Role, State
from daojia.platform import cursors
from daojia.platform.http import Cursor, IdempotencyKey, Limit
from daojia.platform.shapes import Wish

TAG = "接单与服务"
OrderPath = Annotated[str, Path(max_length=64, description="订单标识 order_id")]


class ArrivalWish(Wish):
    """The customer's arrival code, told at the door."""

    code: str = Field(pattern=r"^[0-9]{4}$", description="客户的四位上门码")


class WithdrawWish(Wish):
    """Why the provider cannot come."""

    reason: str = Field(min_length=1, max_length=200)


class AnswerWish(Wish):
    """Whether the provider agrees that the customer cancels."""

    agree: bool


@api.post("/v1/provider/orders/<order_id>/grab", tags=[TAG], summary="抢单")
def grab(order_id: OrderPath, key: IdempotencyKey) -> JobView:
    return api.once(key, JobView, lambda tx, now: _taken(order_id, tx, now))


@api.post("/v1/provider/orders/<order_id>/accept", tags=[TAG], summary="接受点名的订单", description="与抢单相同。")
def accept(order_id: OrderPath, key: IdempotencyKey) -> JobView:
    return api.once(key, JobView, lambda tx, now: _taken(order_id, tx, now))


@api.post("/v1/provider/orders/<order_id>/decline", tags=[TAG], summary="不接这个订单")
def decline(order_id: OrderPath, key: IdempotencyKey) -> Released:
    def decide(tx: Transaction, now: datetime) -> Released:
        order = grabbing.decline(_me(), orders.get(OrderId(order_id)), tx=tx, now=now)
        return Released(order_id=order.order_id, number=order.number)

    return api.once(key, Released, decide)


@api.post("/v1/provider/orders/<order_id>/depart", tags=[TAG], summary="出发")
def depart(order_id: OrderPath, key: IdempotencyKey) -> JobView:
    return _step(order_id, key, lambda order, tx, now: visits.depart(order, _me(), tx=tx, now=now))


@api.post("/v1/provider/orders/<order_id>/start", tags=[TAG], summary="凭上门码开始服务")
def start(order_id: OrderPath, wish: ArrivalWish, key: IdempotencyKey) -> JobView:
    return _step(order_id, key, lambda order, tx, now: visits.begin(order, _me(), wish.code, tx=tx, now=now))


@api.post("/v1/provider/orders/<order_id>/finish", tags=[TAG], summary="完成服务")
def finish(order_id: OrderPath, key: IdempotencyKey) -> JobView:
    return _step(order_id, key, lambda order, tx, now: visits.finish(order, _me(), tx=tx, now=now))


@api.post("/v1/provider/orders/<order_id>/withdraw", tags=[TAG], summary="来不了，退回订单")
def withdraw(order_id: OrderPath, wish: WithdrawWish, key: IdempotencyKey) -> Released:
    def decide(tx: Transaction, now: datetime) -> Released:
        order = grabbing.withdraw(_mine(order_id), _me(), wish.reason, tx=tx, now=now)
        return Released(order_id=order.order_id, number=order.number)

    return api.once(key, Released, decide)


@api.post("/v1/provider/orders/<order_id>/answer-cancellation", tags=[TAG], summary="答复客户的取消申请")
def answer_cancellation(order_id: OrderPath, wish: AnswerWish, key: IdempotencyKey) -> JobView:
    by = Actor(role=Role.PROVIDER, id=_me())
    return _step(order_id, key, lambda order, tx, now: cancelling.answer(order, by, wish.agree, tx=tx, now=now))


@api.get("/v1/provider/orders", tags=[TAG], summary="我的单", description="最近上门的在前；status 可以重复给出。")
def mine(
    status: Annotated[list[State] | None, Query(description="只要这些状态的订单")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> JobList:
    now, owner = clock(), f"jobs#{_me()}"
    page = queries.of_provider(_me(), status or (), cursor=cursors.taken_back(cursor, owner, now), limit=limit)
    return JobList.of(page, cursors.given_out(page.next, owner, now))


@api.get(
    "/v1/provider/orders/<order_id>",
    tags=[TAG],
    summary="订单详情",
    description="接单后、服务结束前含地址、联系人、隐藏中间号段的电话和导航链接。",
)
def show(order_id: OrderPath) -> JobPage:
    page = pages.page(order_id)
    _require_mine(page.order)
    return JobPage.of_page(page)


def _me() -> ProviderId:
    return api.caller.account_id


def _taken(order_id: str, tx: Transaction, now: datetime) -> JobView:
    return JobView.of(grabbing.grab(_me(), order_id=OrderId(order_id), tx=tx, now=now))


def _step(order_id: str, key: str, step: Callable[[Order, Transaction, datetime], Order]) -> JobView:
    """One of the provider's verbs on an order they took."""
    return api.once(key, JobView, lambda tx, now: JobView.of(step(_mine(order_id), tx, now)))


def _mine(order_id: str) -> Order:
    order = orders.get(OrderId(order_id))
    _require_mine(order)
    return order


def _require_mine(order: Order) -> None:
    """An order somebody else took, or nobody yet, is none: its existence is nobody's business."""
    if order.provider_id != _me() or order.accepted_at is None:
        raise OrderNotFoundError(order_id=order.order_id)
