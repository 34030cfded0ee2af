"""The simulator's own endpoints: the payer's and the receiver's hands, the clock, the switches, what it remembers."""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request

from infra.local.simulators.controls import Control
from infra.local.simulators.storage import Clock, Settings, Store
from infra.local.simulators.switches import clock_controls, settings_controls
from infra.local.simulators.wechat_pay_callbacks import Callbacks
from infra.local.simulators.wechat_pay_rules import OPENID, Refusal, invalid_request, url_issue
from infra.local.simulators.wechat_pay_signing import Platform
from infra.local.simulators.wechat_pay_store import Callback, Order, Prepay, Refund, Transfer
from infra.local.simulators.wechat_pay_trade import Balance, Trade
from infra.local.simulators.wechat_pay_transfers import Transfers

PAY_PARAMETERS = ("appId", "timeStamp", "nonceStr", "package", "signType", "paySign")


class Controls:
    """Everything a test, a demo or a stranger may do that is not the merchant's API."""

    def __init__(
        self,
        *,
        store: Store,
        platform: Platform,
        clock: Clock,
        settings: Settings,
        balance: Balance,
        trade: Trade,
        transfers: Transfers,
        callbacks: Callbacks,
    ) -> None:
        self._store = store
        self._platform = platform
        self._trade = trade
        self._transfers = transfers
        self._callbacks = callbacks
        sheet = "{appId, timeStamp, nonceStr, package, signType, paySign, openid?}"
        self.all = [
            Control(
                "POST",
                "/_paysheet",
                sheet,
                "open the pay sheet: verifies paySign, says what is to be paid",
                self._sheet,
            ),
            Control(
                "POST",
                "/_paysheet/confirm",
                sheet[:-1] + ", outcome?: SUCCESS | PAYERROR | CANCEL}",
                "the payer confirms (or fails, or turns away); answers errMsg as wx.requestPayment does",
                self._confirm_sheet,
            ),
            Control(
                "POST",
                "/_pay",
                "{prepay_id | out_trade_no, outcome?: SUCCESS | PAYERROR}",
                "the payer pays, without the sheet's signature check; refused when paid, closed or expired",
                self._pay,
            ),
            Control("GET", "/_orders", "?out_trade_no", "orders with their states and prepay ids", self._orders),
            Control("GET", "/_refunds", "?out_trade_no", "refunds", self._refunds),
            Control(
                "GET",
                "/_transfers",
                "?openid&state",
                "merchant transfers as their receivers see them",
                self._list_transfers,
            ),
            Control(
                "POST",
                "/_transfers/{no}/confirm",
                "{package_info?}",
                "the receiver confirms; SUCCESS and its notice follow after transfer_delay_ms",
                lambda body, request: self._transfers.confirm(request.path_params["no"], body.get("package_info")),
            ),
            Control(
                "POST",
                "/_transfers/{no}/refuse",
                "{}",
                "the receiver lets it lapse, at once: FAIL, OVERDUE_CLOSE",
                lambda _body, request: self._transfers.refuse(request.path_params["no"]),
            ),
            Control(
                "POST",
                "/_users",
                "{openid, real_name}",
                "a receiver's real name; a transfer with another name fails with NAME_NOT_CORRECT",
                self._name,
            ),
            Control(
                "GET", "/_balance", "", "sums of the merchant's account in fen", lambda _body, _request: balance.sums()
            ),
            Control(
                "GET", "/_callbacks", "?state=waiting | accepted | given_up", "notices and their tries", self._notices
            ),
            Control(
                "POST", "/_callbacks/{id}/resend", "{}", "deliver a notice again now, whatever its state", self._resend
            ),
            Control(
                "POST", "/_probe", "{url}", "send a SIGNTEST notice; passed if it is refused with a 4xx", self._probe
            ),
            *clock_controls(clock, moves="expiry, bills, lapses", moved=callbacks.wake),
            *settings_controls(settings),
        ]

    def _sheet(self, body: dict[str, Any], _request: Request) -> dict[str, Any]:
        """What `wx.requestPayment` would check before it shows the sheet, and what the sheet shows."""
        missing = [name for name in PAY_PARAMETERS if not isinstance(body.get(name), str) or not body[name]]
        if missing:
            raise invalid_request(f"调用支付JSAPI缺少参数：{missing[0]}")
        if body["signType"] != "RSA" or not body["package"].startswith("prepay_id="):
            raise invalid_request("signType应为RSA，package应为prepay_id=…")
        message = "\n".join([body["appId"], body["timeStamp"], body["nonceStr"], body["package"], ""]).encode()
        if not self._platform.merchant_signed(body["paySign"], message):
            raise invalid_request("支付验证签名失败")
        prepay_id = body["package"].removeprefix("prepay_id=")
        order = self._trade.payable(prepay_id=prepay_id)
        if body["appId"] != order.request["appid"]:
            raise invalid_request("appId与下单时的appid不一致")
        if body.get("openid") not in (None, order.request["payer"]["openid"]):
            raise invalid_request("支付者与下单时的openid不一致，请让下单者本人支付")
        return {
            "prepay_id": prepay_id,
            "out_trade_no": order.key,
            "description": order.request["description"],
            "amount_fen": order.total_fen,
            "currency": "CNY",
            "mchid": self._platform.mchid,
            "openid": order.request["payer"]["openid"],
            "time_expire": order.request["time_expire"] or None,
        }

    def _confirm_sheet(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        sheet = self._sheet(body, request)
        outcome = self._outcome(body, "CANCEL")
        if outcome == "CANCEL":
            return {"errMsg": "requestPayment:fail cancel"}
        paid = self._trade.pay(prepay_id=sheet["prepay_id"], outcome=outcome)
        return {"errMsg": "requestPayment:ok" if outcome == "SUCCESS" else "requestPayment:fail"} | {"order": paid}

    def _pay(self, body: dict[str, Any], _request: Request) -> dict[str, Any]:
        prepay_id, out_trade_no = body.get("prepay_id") or "", body.get("out_trade_no") or ""
        if not isinstance(prepay_id, str) or not isinstance(out_trade_no, str) or not prepay_id + out_trade_no:
            raise invalid_request("give prepay_id or out_trade_no")
        return self._trade.pay(prepay_id=prepay_id, out_trade_no=out_trade_no, outcome=self._outcome(body))

    @staticmethod
    def _outcome(body: dict[str, Any], *more: str) -> str:
        outcome = body.get("outcome", "SUCCESS")
        if outcome not in ("SUCCESS", "PAYERROR", *more):
            raise invalid_request(f"unknown outcome: {outcome}")
        return str(outcome)

    def _orders(self, _body: dict[str, Any], request: Request) -> dict[str, Any]:
        wanted = request.query_params.get("out_trade_no")
        orders = self._store.list(Order) if wanted is None else [self._store.load(Order, wanted)]
        items = [
            self._trade.view(order)
            | {
                "description": order.request["description"],
                "openid": order.request["payer"]["openid"],
                "time_expire": order.request["time_expire"] or None,
                "notify_url": order.request["notify_url"],
                "prepay_ids": [each.prepay_id for each in self._store.list(Prepay, order.key)],
                "refunded_fen": sum(each.refund_fen for each in self._store.list(Refund, order.key)),
            }
            for order in orders
            if order
        ]
        return {"items": items}

    def _refunds(self, _body: dict[str, Any], request: Request) -> dict[str, Any]:
        refunds = self._store.list(Refund, request.query_params.get("out_trade_no"))
        return {"items": [self._trade.refund_view(each) | {"reason": each.request["reason"]} for each in refunds]}

    def _list_transfers(self, _body: dict[str, Any], request: Request) -> dict[str, Any]:
        state = request.query_params.get("state")
        transfers = self._store.list(Transfer, request.query_params.get("openid"))
        return {"items": [self._transfers.sheet(each) for each in transfers if state in (None, each.state)]}

    def _name(self, body: dict[str, Any], _request: Request) -> dict[str, Any]:
        openid, name = body.get("openid"), body.get("real_name")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid) or not isinstance(name, str) or not name:
            raise invalid_request("give openid and real_name")
        self._store.set(f"real_name:{openid}", name)
        return {"openid": openid, "real_name": name}

    def _notices(self, _body: dict[str, Any], request: Request) -> dict[str, Any]:
        return {"items": [asdict(each) for each in self._store.list(Callback, request.query_params.get("state"))]}

    def _resend(self, _body: dict[str, Any], request: Request) -> dict[str, Any]:
        notice = self._callbacks.resend(request.path_params["id"])
        if notice is None:
            raise Refusal(404, "NOT_FOUND", "no such notice")
        return asdict(notice)

    async def _probe(self, body: dict[str, Any], _request: Request) -> dict[str, Any]:
        url = body.get("url")
        if not isinstance(url, str) or url_issue(url):
            raise invalid_request("give the url to probe")
        return await self._callbacks.probe(url)
