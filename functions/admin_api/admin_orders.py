"""Orders: finding them, seeing everything about one, stepping in."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

from admin_front import api
from admin_views import OrderList, OrderPageView, OrderView, SheetView, soonest_first
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from daojia.dispatch import grabbing, pages
from daojia.kernel.ids import OrderId, ProviderId
from daojia.kernel.parallel import gather
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction
from daojia.ordering import cancelling, queries, visits
from daojia.ordering import store as orders
from daojia.ordering.errors import OrderNotFoundError
from daojia.ordering.model import Actor, Order, Role, State
from daojia.platform import cursors
from daojia.platform.http import Cursor, IdempotencyKey, Limit
from daojia.platform.shapes import Wish

TAG = "订单"
UNDER_WAY = (State.PENDING_PAYMENT, State.PENDING_ACCEPTANCE, State.ACCEPTED, State.EN_ROUTE, State.IN_SERVICE)
OrderPath = Annotated[str, Path(max_length=64, description="订单标识 order_id")]


class AssignWish(Wish):
    """Who is to come."""

    provider_id: ProviderId = Field(min_length=1, max_length=64)


class ArbitrateWish(Wish):
    """Whether the customer's wish to cancel is granted."""

    agree: bool


class CancelWish(Wish):
    """Why the platform calls the order off; the customer gets everything back."""

    reason: str = Field(min_length=1, max_length=200)


@api.get(
    "/v1/admin/orders",
    tags=[TAG],
    summary="订单列表",
    description="按状态分页；按短号查找一单；都不给时列出进行中的订单，先上门的在前。",
)
def listed(
    status: Annotated[State | None, Query(description="状态")] = None,
    number: Annotated[str | None, Query(pattern=r"^[0-9]{4,7}$", description="订单短号")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> OrderList:
    if number is not None:
        return OrderList(items=tuple(OrderView.of(order) for order in _called(number)), next=None)
    if status is None:
        pages = gather([partial(queries.in_state, state, limit=limit) for state in UNDER_WAY])
        found = soonest_first([order for page in pages for order in page.items])
        return OrderList(items=tuple(OrderView.of(order) for order in found), next=None)
    now, owner = clock(), f"state#{status}"
    page = queries.in_state(status, cursor=cursors.taken_back(cursor, owner, now), limit=limit)
    following = cursors.given_out(page.next, owner, now)
    return OrderList(items=tuple(OrderView.of(order) for order in page.items), next=following)


@api.get(
    "/v1/admin/orders/<order_id>",
    tags=[TAG],
    summary="订单全貌",
    description="完整时间线、每一轮的派单评分表、记账分录和工作流。",
)
def show(order_id: OrderPath) -> OrderPageView:
    return OrderPageView.of_page(pages.page(order_id))


@api.get("/v1/admin/orders/<order_id>/candidates", tags=[TAG], summary="此刻谁能来", description="评分或不能来的原因。")
def candidates(order_id: OrderPath) -> SheetView:
    return SheetView.of(grabbing.candidates(orders.get(OrderId(order_id)), clock()))


@api.post("/v1/admin/orders/<order_id>/assign", tags=[TAG], summary="指派师傅")
def assign(order_id: OrderPath, wish: AssignWish, key: IdempotencyKey) -> OrderView:
    return _step(order_id, key, lambda order, tx, now: grabbing.assign(order, wish.provider_id, _me(), tx=tx, now=now))


@api.post("/v1/admin/orders/<order_id>/arbitrate", tags=[TAG], summary="裁决取消申请")
def arbitrate(order_id: OrderPath, wish: ArbitrateWish, key: IdempotencyKey) -> OrderView:
    return _step(order_id, key, lambda order, tx, now: cancelling.answer(order, _me(), wish.agree, tx=tx, now=now))


@api.post("/v1/admin/orders/<order_id>/cancel", tags=[TAG], summary="平台取消", description="全额退款。")
def cancel(order_id: OrderPath, wish: CancelWish, key: IdempotencyKey) -> OrderView:
    return _step(order_id, key, lambda order, tx, now: cancelling.cancel(order, _me(), wish.reason, tx=tx, now=now))


@api.post(
    "/v1/admin/orders/<order_id>/renew-code",
    tags=[TAG],
    summary="更换上门码",
    description="上门码输错五次后锁定；更换后客户收到新码，师傅可以再试。",
)
def renew_code(order_id: OrderPath, key: IdempotencyKey) -> OrderView:
    return _step(order_id, key, lambda order, tx, now: visits.renew_code(order, _me(), tx=tx, now=now))


def _me() -> Actor:
    return Actor(role=Role.ADMINISTRATOR, id=api.caller.account_id)


def _step(order_id: str, key: str, step: Callable[[Order, Transaction, datetime], Order]) -> OrderView:
    def decide(tx: Transaction, now: datetime) -> OrderView:
        return OrderView.of(step(orders.get(OrderId(order_id)), tx, now))

    return api.once(key, OrderView, decide)


def _called(number: str) -> list[Order]:
    """The live order with this short number, if there is one."""
    try:
        return [orders.by_number(number)]
    except OrderNotFoundError:
        return []
