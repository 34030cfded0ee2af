"""Orders and refunds: what the merchant asks by API and what the payer does in the pay sheet."""

import random
from datetime import timedelta
from typing import Any

from infra.local.simulators.storage import CHINA, Clock, Settings, Store
from infra.local.simulators.wechat_pay_callbacks import Callbacks
from infra.local.simulators.wechat_pay_rules import (
    PREPAY_LIFE,
    Fields,
    Refusal,
    invalid_request,
    jsapi_order,
    refund_order,
)
from infra.local.simulators.wechat_pay_signing import Platform, random_text
from infra.local.simulators.wechat_pay_store import Order, Prepay, Refund, Transfer

REFUNDS_PER_ORDER = 50
REFUND_PERIOD_SECONDS = timedelta(days=365).total_seconds()
STATE_WORDS = {
    "NOTPAY": "订单未支付",
    "PAYERROR": "支付失败(其他原因，如银行返回失败)",
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "CLOSED": "订单已关闭",
}
PAID = ("SUCCESS", "REFUND")


def digits(count: int) -> str:
    return "".join(random.choices("0123456789", k=count))


class Balance:
    """What the merchant's account holds; refunds and unfinished transfers are taken out when they are accepted."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def sums(self) -> dict[str, int]:
        """Sums in fen: received, refunded, refunding, transferred, transferring, available."""
        refunds, transfers = self._store.list(Refund), self._store.list(Transfer)
        sums = {
            "opening_fen": int(self._settings["opening_balance_fen"]),
            "received_fen": sum(each.total_fen for each in self._store.list(Order) if each.state in PAID),
            "refunded_fen": sum(each.refund_fen for each in refunds if each.status == "SUCCESS"),
            "refunding_fen": sum(each.refund_fen for each in refunds if each.status in ("PROCESSING", "ABNORMAL")),
            "transferred_fen": sum(each.amount_fen for each in transfers if each.state == "SUCCESS"),
            "transferring_fen": sum(
                each.amount_fen for each in transfers if each.state not in ("SUCCESS", "FAIL", "CANCELLED")
            ),
        }
        out = sums["refunded_fen"] + sums["refunding_fen"] + sums["transferred_fen"] + sums["transferring_fen"]
        return sums | {"available_fen": sums["opening_fen"] + sums["received_fen"] - out}

    def require(self, amount_fen: int) -> None:
        """Raises Refusal 403 NOT_ENOUGH, if the switch `check_balance` is on and the money is not there."""
        if self._settings["check_balance"] and self.sums()["available_fen"] < amount_fen:
            raise Refusal(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")


class Trade:
    """Orders from prepay to paid or closed, and refunds from accepted to ended."""

    def __init__(  # noqa: PLR0917 - its neighbours
        self,
        store: Store,
        platform: Platform,
        clock: Clock,
        settings: Settings,
        balance: Balance,
        callbacks: Callbacks,
    ) -> None:
        self._store = store
        self._platform = platform
        self._clock = clock
        self._settings = settings
        self._balance = balance
        self._callbacks = callbacks

    # What the merchant asks

    def prepay(self, body: bytes) -> dict[str, Any]:
        """`POST /v3/pay/transactions/jsapi`: the same order again gets a ticket again, a differing one is refused."""
        request = jsapi_order(
            Fields.of_body(body), mchid=self._platform.mchid, appids=self._platform.appids, now=self._clock.at()
        )
        now = self._clock.now()
        order = self._store.load(Order, request["out_trade_no"])
        if order is None:
            order = Order(request=request, created_at=now)
        elif order.state in PAID:
            raise Refusal(400, "ORDERPAID", "该订单已支付")
        elif order.state == "CLOSED":
            raise Refusal(400, "ORDER_CLOSED", "该订单已关闭")
        elif order.request != request:
            raise invalid_request("请求重入时，参数与首次请求时不一致")
        alive = [each for each in self._store.list(Prepay, order.key) if now < each.created_at + _PREPAY_SECONDS]
        ticket = alive[-1] if alive else Prepay(self._prepay_id(), order.key, now)
        with self._store.together():
            self._store.save(order)
            self._store.save(ticket)
        return {"prepay_id": ticket.prepay_id}

    def query(self, *, out_trade_no: str = "", transaction_id: str = "") -> dict[str, Any]:
        """An order as both queries and the callback show it."""
        return self.view(self._find(out_trade_no=out_trade_no, transaction_id=transaction_id))

    def close(self, out_trade_no: str, body: bytes) -> None:
        """`POST …/close`: closing twice is harmless, closing a paid order is refused."""
        if Fields.of_body(body).text("mchid", 32) != self._platform.mchid:
            raise Refusal(400, "PARAM_ERROR", "商户号与签名商户号不一致", {"field": "/mchid", "location": "body"})
        order = self._find(out_trade_no=out_trade_no)
        if order.state in PAID:
            raise Refusal(400, "ORDERPAID", "该订单已支付")
        order.state = "CLOSED"
        self._store.save(order)

    def refund(self, body: bytes) -> dict[str, Any]:
        """`POST /v3/refund/domestic/refunds`: the same out_refund_no again answers how the refund stands."""
        request = refund_order(Fields.of_body(body))
        try:
            order = self._find(out_trade_no=request["out_trade_no"], transaction_id=request["transaction_id"])
        except Refusal as error:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "订单不存在") from error
        if request["out_trade_no"] not in ("", order.key):
            raise invalid_request("订单号与微信支付订单号不匹配")
        known = self._store.load(Refund, request["out_refund_no"])
        if known:
            if known.out_trade_no != order.key or not _same_refund(known.request, request):
                raise invalid_request("请求重入时，参数与首次请求时不一致")
            return self.refund_view(known)
        self._check_refund(order, request)
        now = self._clock.now()
        refund = Refund(
            request=request,
            out_trade_no=order.key,
            transaction_id=order.transaction_id,
            refund_id="503" + digits(7) + self._clock.at().strftime("%Y%m%d") + digits(11),
            created_at=now,
            outcome=self._settings["refund_outcome"],
        )
        order.state = "REFUND"
        with self._store.together():
            self._store.save(refund)
            self._store.save(order)
            self._callbacks.schedule("settle_refund", refund.key, self._settings["refund_delay_ms"] / 1000)
        return self.refund_view(refund)

    def query_refund(self, out_refund_no: str) -> dict[str, Any]:
        refund = self._store.load(Refund, out_refund_no)
        if refund is None:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return self.refund_view(refund)

    # What the payer does

    def pay(self, *, prepay_id: str = "", out_trade_no: str = "", outcome: str = "SUCCESS") -> dict[str, Any]:
        """The payer confirms in the pay sheet. Raises Refusal when WeChat would not let them."""
        order = self.payable(prepay_id=prepay_id, out_trade_no=out_trade_no)
        if outcome == "PAYERROR":
            order.state = "PAYERROR"
            self._store.save(order)
            return self.view(order)
        order.state = "SUCCESS"
        order.paid_at = self._clock.now()
        order.transaction_id = "42000" + digits(5) + self._clock.at().strftime("%Y%m%d") + digits(10)
        with self._store.together():
            self._store.save(order)
            self._callbacks.announce("TRANSACTION.SUCCESS", self.view(order), order.request["notify_url"])
        return self.view(order)

    def payable(self, *, prepay_id: str = "", out_trade_no: str = "") -> Order:
        """The order a pay sheet would show; refused when paid, closed or expired, or the ticket is older than 2 h."""
        now = self._clock.now()
        if prepay_id:
            ticket = self._store.load(Prepay, prepay_id)
            if ticket is None:
                raise invalid_request("支付验证签名失败：prepay_id无效")
            if now >= ticket.created_at + _PREPAY_SECONDS:
                raise invalid_request("prepay_id已过期，请重新下单")
            out_trade_no = ticket.out_trade_no
        order = self._find(out_trade_no=out_trade_no)
        if order.state in PAID:
            raise Refusal(400, "ORDERPAID", "该订单已支付")
        if order.state == "CLOSED":
            raise Refusal(400, "ORDER_CLOSED", "该订单已关闭")
        if order.expires_at is not None and now >= order.expires_at:
            raise Refusal(400, "ORDER_CLOSED", "该订单已过期，请重新下单")
        if not prepay_id and now >= self._store.list(Prepay, order.key)[-1].created_at + _PREPAY_SECONDS:
            raise invalid_request("prepay_id已过期，请重新下单")
        return order

    # What the channel does by itself

    def settle_refund(self, out_refund_no: str) -> None:
        """A refund ends as it was switched to; the merchant is told if it gave a notify_url."""
        refund = self._store.load(Refund, out_refund_no)
        if refund is None or refund.status != "PROCESSING":
            return
        refund.status = refund.outcome
        refund.ended_at = self._clock.now()
        self._store.save(refund)
        view = self.refund_view(refund)
        notice = {
            "mchid": self._platform.mchid,
            "transaction_id": refund.transaction_id,
            "out_trade_no": refund.out_trade_no,
            "refund_id": refund.refund_id,
            "out_refund_no": refund.key,
            "refund_status": refund.status,
            "user_received_account": view["user_received_account"],
            "amount": {name: view["amount"][name] for name in ("total", "refund", "payer_total", "payer_refund")},
        }
        if refund.status == "SUCCESS":
            notice["success_time"] = view["success_time"]
        self._callbacks.announce(f"REFUND.{refund.status}", notice, refund.request["notify_url"])

    # How things look

    def view(self, order: Order) -> dict[str, Any]:
        """An order in the words of the channel."""
        amount: dict[str, Any] = dict(order.request["amount"]) | {"payer_currency": "CNY"}
        view: dict[str, Any] = {
            "appid": order.request["appid"],
            "mchid": order.request["mchid"],
            "out_trade_no": order.key,
            "trade_state": order.state,
            "trade_state_desc": STATE_WORDS[order.state],
            "attach": order.request["attach"],
            "promotion_detail": [],
            "amount": amount,
        }
        if order.state in PAID:
            view |= {
                "transaction_id": order.transaction_id,
                "trade_type": "JSAPI",
                "bank_type": "OTHERS",
                "success_time": self._clock.rfc3339(order.paid_at),
                "payer": dict(order.request["payer"]),
            }
            amount["payer_total"] = order.total_fen
        return view

    def refund_view(self, refund: Refund) -> dict[str, Any]:
        amount = refund.request["amount"]
        view = {
            "refund_id": refund.refund_id,
            "out_refund_no": refund.key,
            "transaction_id": refund.transaction_id,
            "out_trade_no": refund.out_trade_no,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": self._clock.rfc3339(refund.created_at),
            "status": refund.status,
            "funds_account": refund.request["funds_account"],
            "amount": {
                "total": amount["total"],
                "refund": amount["refund"],
                "from": [],
                "payer_total": amount["total"],
                "payer_refund": amount["refund"],
                "settlement_refund": amount["refund"],
                "settlement_total": amount["total"],
                "discount_refund": 0,
                "currency": "CNY",
                "refund_fee": 0,
            },
            "promotion_detail": [],
        }
        return view | ({"success_time": self._clock.rfc3339(refund.ended_at)} if refund.status == "SUCCESS" else {})

    # Inside

    def _find(self, *, out_trade_no: str = "", transaction_id: str = "") -> Order:
        order: Order | None = None
        if transaction_id:
            order = next(iter(self._store.list(Order, transaction_id)), None)
        elif out_trade_no:
            order = self._store.load(Order, out_trade_no)
        if order is None:
            raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
        return order

    def _check_refund(self, order: Order, request: dict[str, Any]) -> None:
        if order.state not in PAID:
            raise invalid_request("订单未支付")
        if request["amount"]["total"] != order.total_fen:
            raise invalid_request("订单金额或退款金额与之前请求不一致，请核实后再试")
        if self._clock.now() > order.paid_at + REFUND_PERIOD_SECONDS:
            raise invalid_request("订单已超过可退款的最大期限")
        refunds = [each for each in self._store.list(Refund, order.key) if each.status != "CLOSED"]
        if len(refunds) >= REFUNDS_PER_ORDER:
            raise invalid_request("订单退款次数超过限制，单笔订单最多支持50次退款")
        if sum(each.refund_fen for each in refunds) + request["amount"]["refund"] > order.total_fen:
            raise invalid_request("累计退款金额大于支付金额")
        self._balance.require(request["amount"]["refund"])

    def _prepay_id(self) -> str:
        return "wx" + self._clock.at().astimezone(CHINA).strftime("%Y%m%d%H%M%S") + random_text(20).lower()


def _same_refund(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether a repeated refund asks for the same; either number may name the order."""
    naming = ("transaction_id", "out_trade_no")
    return {k: v for k, v in first.items() if k not in naming} == {k: v for k, v in second.items() if k not in naming}


_PREPAY_SECONDS = PREPAY_LIFE.total_seconds()
