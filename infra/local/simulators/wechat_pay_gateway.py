"""The merchant's door: every `/v3` request is checked, done, journalled and answered with a signature."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from infra.local.simulators.faults import Faults, Misbehaviour
from infra.local.simulators.journal import Journal
from infra.local.simulators.storage import Store
from infra.local.simulators.wechat_pay_bills import Bills
from infra.local.simulators.wechat_pay_rules import Refusal, param_error
from infra.local.simulators.wechat_pay_signing import FRESHNESS_SECONDS, Claim, Platform, sign_error
from infra.local.simulators.wechat_pay_trade import Trade
from infra.local.simulators.wechat_pay_transfers import Transfers

BODY_LIMIT = 64 * 1024
_TRADES = "/v3/pay/transactions"
_BILLS = "/v3/fund-app/mch-transfer/transfer-bills"


@dataclass(frozen=True)
class Call:
    """A believed request: numbers out of the path, query, body, and what else an operation may need."""

    parts: dict[str, str]
    query: dict[str, str]
    body: bytes
    wechatpay_serial: str
    base_url: str


Operation = Callable[[Call], dict[str, Any] | bytes | None]


class Gateway:
    """The endpoint for everything under `/v3`."""

    def __init__(
        self,
        *,
        platform: Platform,
        store: Store,
        trade: Trade,
        transfers: Transfers,
        bills: Bills,
        faults: Faults,
        journal: Journal,
    ) -> None:
        self._platform = platform
        self._store = store
        self._trade = trade
        self._bills = bills
        self._faults = faults
        self._journal = journal
        routes: list[tuple[str, str, Operation]] = [
            ("POST", f"{_TRADES}/jsapi", lambda call: trade.prepay(call.body)),
            ("GET", f"{_TRADES}/out-trade-no/{{no}}", lambda call: self._query(call, out_trade_no=call.parts["no"])),
            ("GET", f"{_TRADES}/id/{{no}}", lambda call: self._query(call, transaction_id=call.parts["no"])),
            ("POST", f"{_TRADES}/out-trade-no/{{no}}/close", lambda call: trade.close(call.parts["no"], call.body)),
            ("POST", "/v3/refund/domestic/refunds", lambda call: trade.refund(call.body)),
            ("GET", "/v3/refund/domestic/refunds/{no}", lambda call: trade.query_refund(call.parts["no"])),
            ("POST", _BILLS, lambda call: transfers.create(call.body, call.wechatpay_serial)),
            ("GET", f"{_BILLS}/out-bill-no/{{no}}", lambda call: transfers.query(out_bill_no=call.parts["no"])),
            (
                "GET",
                f"{_BILLS}/transfer-bill-no/{{no}}",
                lambda call: transfers.query(transfer_bill_no=call.parts["no"]),
            ),
            ("POST", f"{_BILLS}/out-bill-no/{{no}}/cancel", lambda call: transfers.cancel(call.parts["no"])),
            ("GET", "/v3/bill/tradebill", lambda call: bills.trade_bill(call.query, call.base_url)),
            ("GET", "/v3/bill/fundflowbill", lambda call: bills.fund_flow_bill(call.query, call.base_url)),
            ("GET", "/v3/billdownload/file", lambda call: bills.download(call.query.get("token", ""))),
        ]
        self._api = [f"{method} {path}" for method, path, _ in routes]
        self._routes = [
            (method, re.compile(re.escape(path).replace(r"\{no\}", "(?P<no>[^/]+)")), operation)
            for method, path, operation in routes
        ]

    def describe(self) -> list[str]:
        """The merchant's operations, for `GET /`."""
        return self._api

    async def answer(self, request: Request) -> Response:
        """Answer one request, with whatever misbehaviour was switched on for its path."""
        body = await request.body()
        fault = self._faults.take(request.url.path, "slow", "error", "lost")
        if fault and fault.kind == "slow":
            await asyncio.sleep((fault.delay_ms or 6000) / 1000)
        status, answer = self._error(fault) if fault and fault.kind == "error" else self._answer(request, body)
        self._journal.record(
            "request",
            {
                "method": request.method,
                "path": request.url.path,
                "query": dict(request.query_params),
                "body": _shown(body),
                "status": status,
                "answer": "(file)" if isinstance(answer, bytes) else answer,
                "fault": fault.kind if fault else "",
            },
        )
        if fault and fault.kind == "lost":
            # The request was acted on; only its answer never reaches the merchant.
            await asyncio.sleep((fault.delay_ms or 0) / 1000)
            status, answer = self._error(fault)
        return self._response(status, answer)

    def _answer(self, request: Request, body: bytes) -> tuple[int, dict[str, Any] | bytes | None]:
        try:
            self._believe(request, body)
            operation, parts = self._operation(request.method, request.url.path)
            result = operation(
                Call(
                    parts=parts,
                    query=dict(request.query_params),
                    body=body,
                    wechatpay_serial=request.headers.get("wechatpay-serial", ""),
                    base_url=f"{request.url.scheme}://{request.headers.get('host', '')}",
                )
            )
        except Refusal as refusal:
            return refusal.status, refusal.body()
        return (204 if result is None else 200), result

    def _believe(self, request: Request, body: bytes) -> None:
        headers = request.headers
        if not headers.get("user-agent") or not headers.get("accept"):
            raise Refusal(400, "PARAM_ERROR", "Http头缺少Accept或User-Agent")
        if len(body) > BODY_LIMIT:
            raise Refusal(413, "PARAM_ERROR", "请求体过大")
        if request.method == "POST" and headers.get("content-type", "").split(";")[0].strip() != "application/json":
            raise Refusal(415, "PARAM_ERROR", "Http头Content-Type应为application/json")
        raw_path: bytes = request.scope["raw_path"]
        query: bytes = request.scope["query_string"]
        target = (raw_path + (b"?" + query if query else b"")).decode("ascii", errors="replace")
        claim = Claim.parse(headers.get("authorization", ""))
        now = time.time()
        self._platform.verify(claim, request.method, target, body, now=now)
        if self._store.recall("nonce", claim.nonce, now=now) is not None:
            raise sign_error("Authorization不合法，随机串已被使用", issue="nonce_str reused")
        self._store.remember("nonce", claim.nonce, {}, until=now + 2 * FRESHNESS_SECONDS)

    def _operation(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        matched = False
        for allowed, pattern, operation in self._routes:
            match = pattern.fullmatch(path)
            matched = matched or bool(match)
            if match and allowed == method:
                return operation, match.groupdict()
        if matched:
            raise Refusal(405, "METHOD_NOT_ALLOWED", "不支持的请求方法")
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "请求的资源不存在")

    def _query(self, call: Call, *, out_trade_no: str = "", transaction_id: str = "") -> dict[str, Any]:
        if call.query.get("mchid") != self._platform.mchid:
            raise param_error(
                "mchid", "商户号缺失或与签名商户号不一致", value=call.query.get("mchid"), location="query"
            )
        return self._trade.query(out_trade_no=out_trade_no, transaction_id=transaction_id)

    @staticmethod
    def _error(fault: Misbehaviour) -> tuple[int, dict[str, Any]]:
        status = fault.status or 500
        code = fault.code or ("FREQUENCY_LIMITED" if status == 429 else "SYSTEM_ERROR")
        return status, {"code": code, "message": fault.message or "系统异常，请使用相同参数稍后重新调用"}

    def _response(self, status: int, answer: dict[str, Any] | bytes | None) -> Response:
        headers = {"Request-ID": uuid.uuid4().hex.upper()}
        if isinstance(answer, bytes):  # a bill: the one answer the channel does not sign
            return Response(answer, status, headers, media_type="text/plain")
        body = b"" if answer is None else json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        headers |= self._platform.signed_headers(body)
        if answer is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        return Response(body, status, headers)


def _shown(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return body[:1000].decode(errors="replace")
