"""Paying: ask the channel, believe its callback or its answer to our question, send back what must not stay."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from daojia.kernel.ids import OrderId
from daojia.kernel.transaction import Transaction
from daojia.ledger import store as ledger
from daojia.ledger.model import Posting, captured, refund_failed, refund_started, refund_succeeded
from daojia.ordering import store
from daojia.ordering.errors import WrongStateError
from daojia.ordering.model import Order, RefundState, State
from daojia.payments.model import JsapiParams, PaymentFact, RefundFact
from daojia.payments.wechat_pay import WeChatPayClient


def order_id_of(out_trade_no: str) -> OrderId:
    """The order an `out_trade_no` belongs to: its ULID followed by the attempt."""
    return OrderId(f"o_{out_trade_no[:26]}")


def start_payment(order: Order, openid: str, app: Literal["official", "miniprogram"], *, now: datetime) -> JsapiParams:
    """What `wx.requestPayment` needs. Asking again is harmless: the channel knows the same `out_trade_no`."""
    if order.state is not State.PENDING_PAYMENT or now >= order.pay_by:
        raise WrongStateError(number=order.number, state=order.state.value)
    return WeChatPayClient.of_stage().prepay(
        out_trade_no=order.payment.out_trade_no,
        amount_fen=order.total_fen,
        description=f"到家-{order.service.name}",
        openid=openid,
        app=app,
        expires_at=order.pay_by,
        now=now,
    )


def receive(fact: PaymentFact, *, tx: Transaction, now: datetime) -> Order:
    """A payment was made. Known already: nothing to write. On a dead order the money goes back in the same breath."""
    order = store.get(order_id_of(fact.out_trade_no))
    if order.paid and order.payment.transaction_id == fact.transaction_id and fact.amount_fen == order.total_fen:
        return order
    decision = order.pay(fact.transaction_id, fact.amount_fen, fact.paid_at, now)
    postings: list[Posting] = list(captured(order.order_id, fact.amount_fen))
    if decision.after.refunds:
        postings += refund_started(order.order_id, fact.amount_fen)
    ledger.post(tx, postings, event_id=decision.event.event_id, now=now)
    return store.record(tx, decision)


def receive_refund(fact: RefundFact, *, tx: Transaction, now: datetime) -> Order:
    """A refund ended. While it is still under way, or when its end is known already, there is nothing to write."""
    order = store.get(order_id_of(fact.out_trade_no))
    refund = next((each for each in order.refunds if each.refund_no == fact.refund_no), None)
    if refund is None or fact.state is RefundState.REQUESTED or refund.state is not RefundState.REQUESTED:
        return order
    succeeded = fact.state is RefundState.SUCCEEDED
    decision = order.settle_refund(fact.refund_no, succeeded=succeeded, now=now)
    build = refund_succeeded if succeeded else refund_failed
    postings: Sequence[Posting] = build(order.order_id, refund.amount_fen)
    ledger.post(tx, postings, event_id=decision.event.event_id, now=now)
    return store.record(tx, decision)
