"""The simulator's own endpoints: the payer's and the receiver's hands, the clock, the switches, what it remembers."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.simulators.wechat_pay_callbacks import Callbacks
from infra.local.simulators.wechat_pay_rules import OPENID, Refusal, invalid_request, url_issue
from infra.local.simulators.wechat_pay_signing import Platform
from infra.local.simulators.wechat_pay_store import Callback, Clock, Order, Prepay, Refund, Settings, Store, Transfer
from infra.local.simulators.wechat_pay_trade import Balance, Trade
from infra.local.simulators.wechat_pay_transfers import Transfers

PAY_PARAMETERS = ("appId", "timeStamp", "nonceStr", "package", "signType", "paySign")
Handler = Callable[[dict[str, Any], Request], Any]


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
        self._clock = clock
        self._settings = settings
        self._balance = balance
        self._trade = trade
        self._transfers = transfers
        self._callbacks = callbacks
        sheet = "{appId, timeStamp, nonceStr, package, signType, paySign, openid?}"
        self._table: list[tuple[str, str, str, str, Handler]] = [
            ("POST", "/_paysheet", sheet, "open the pay sheet: verifies paySign, says what is to be paid", self._sheet),
            (
                "POST",
                "/_paysheet/confirm",
                sheet[:-1] + ", outcome?: SUCCESS | PAYERROR | CANCEL}",
                "the payer confirms (or fails, or turns away); answers errMsg as wx.requestPayment does",
                self._confirm_sheet,
            ),
            (
                "POST",
                "/_pay",
                "{prepay_id | out_trade_no, outcome?: SUCCESS | PAYERROR}",
                "the payer pays, without the sheet's signature check; refused when paid, closed or expired",
                self._pay,
            ),
            ("GET", "/_orders", "?out_trade_no", "orders with their states and prepay ids", self._orders),
            ("GET", "/_refunds", "?out_trade_no", "refunds", self._refunds),
            ("GET", "/_transfers", "?openid&state", "merchant transfers as their receivers see them", self._list_transfers),
            (
                "POST",
                "/_transfers/{no}/confirm",
                "{package_info?}",
                "the receiver confirms; SUCCESS and its notice follow after transfer_delay_ms",
                lambda body, request: self._transfers.confirm(request.path_params["no"], body.get("package_info")),
            ),
            (
                "POST",
                "/_transfers/{no}/refuse",
                "{}",
                "the receiver lets it lapse, at once: FAIL, OVERDUE_CLOSE",
                lambda body, request: self._transfers.refuse(request.path_params["no"]),
            ),
            (
                "POST",
                "/_users",
                "{openid, real_name}",
                "a receiver's real name; a transfer with another name fails with NAME_NOT_CORRECT",
                self._name,
            ),
            ("GET", "/_balance", "", "sums of the merchant's account in fen", lambda body, request: balance.sums()),
            ("GET", "/_callbacks", "?state=waiting | accepted | given_up", "notices and their tries", self._notices),
            ("POST", "/_callbacks/{id}/resend", "{}", "deliver a notice again now, whatever its state", self._resend),
            ("POST", "/_probe", "{url}", "send a SIGNTEST notice; passed if it is refused with a 4xx", self._probe),
            ("GET", "/_clock", "", "the clock of business", lambda body, request: self._time()),
            (
                "POST",
                "/_clock",
                "{offset_seconds}",
                "move the clock of business (expiry, bills, lapses) against the real one; signatures keep real time",
                self._move_clock,
            ),
            ("GET", "/_settings", "", "switches and delays", lambda body, request: self._settings.all()),
            ("PUT", "/_settings", "{name: value, …}", "change switches and delays", self._change),
        ]

    def describe(self) -> list[dict[str, str]]:
        """Method, path, what to send and what it does, for `GET /`."""
        return [
            {"method": method, "path": path, "takes": takes, "does": does} for method, path, takes, does, _ in self._table
        ]

    def routes(self) -> list[Route]:
        return [Route(path, _endpoint(handler), methods=[method]) for method, path, _, _, handler in self._table]

    def _sheet(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
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

    def _pay(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
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

    def _orders(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
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

    def _refunds(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        refunds = self._store.list(Refund, request.query_params.get("out_trade_no"))
        return {"items": [self._trade.refund_view(each) | {"reason": each.request["reason"]} for each in refunds]}

    def _list_transfers(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        state = request.query_params.get("state")
        transfers = self._store.list(Transfer, request.query_params.get("openid"))
        return {"items": [self._transfers.sheet(each) for each in transfers if state in (None, each.state)]}

    def _name(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        openid, name = body.get("openid"), body.get("real_name")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid) or not isinstance(name, str) or not name:
            raise invalid_request("give openid and real_name")
        self._store.set(f"real_name:{openid}", name)
        return {"openid": openid, "real_name": name}

    def _notices(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        return {"items": [asdict(each) for each in self._store.list(Callback, request.query_params.get("state"))]}

    def _resend(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        notice = self._callbacks.resend(request.path_params["id"])
        if notice is None:
            raise Refusal(404, "NOT_FOUND", "no such notice")
        return asdict(notice)

    async def _probe(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        url = body.get("url")
        if not isinstance(url, str) or url_issue(url):
            raise invalid_request("give the url to probe")
        return await self._callbacks.probe(url)

    def _time(self) -> dict[str, Any]:
        offset = self._store.setting("clock_offset_seconds", 0)
        return {"now": self._clock.rfc3339(self._clock.now()), "offset_seconds": offset}

    def _move_clock(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        offset = body.get("offset_seconds")
        if not isinstance(offset, int | float) or isinstance(offset, bool) or abs(offset) > 10 * 365 * 86_400:
            raise invalid_request("offset_seconds must be a number of at most ten years")
        self._store.set("clock_offset_seconds", offset)
        self._callbacks.wake()
        return self._time()

    def _change(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        try:
            return self._settings.change(body)
        except ValueError as error:
            raise invalid_request(str(error)) from error


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            result = handler(await _json(request), request)
            if isinstance(result, Awaitable):
                result = await result
        except Refusal as refusal:
            return JSONResponse(refusal.body(), refusal.status)
        return JSONResponse(result)

    return endpoint


async def _json(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        content = json.loads(raw) if raw else {}
    except ValueError as error:
        raise invalid_request("the body is not JSON") from error
    if not isinstance(content, dict):
        raise invalid_request("the body is not a JSON object")
    return content
