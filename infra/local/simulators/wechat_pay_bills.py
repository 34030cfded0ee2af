"""The daily bills: one file of trades, one of the account's movements, as the channel writes them.

A bill has four parts: header, rows, header of the sums, sums. Every value has a back-tick before it (so that a
spreadsheet leaves it alone), amounts are in yuan. A day's bill exists from 10:00 of the next day, for three months, and
only if something happened that day.
"""

import gzip
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from infra.local.simulators.storage import CHINA, Clock, Settings, Store
from infra.local.simulators.wechat_pay_rules import Refusal, param_error
from infra.local.simulators.wechat_pay_signing import Platform, random_text
from infra.local.simulators.wechat_pay_store import Order, Refund, Transfer
from infra.local.simulators.wechat_pay_trade import PAID

READY_AT = time(10, 0)
KEPT_DAYS = 92
LINK_SECONDS = 300
_ORDER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额"
)
_GOODS = "商品名称,商户数据包,手续费,费率,订单金额"
_RETURN = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态"
TRADE_HEADERS = {
    "ALL": f"{_ORDER},{_RETURN},{_GOODS},申请退款金额,费率备注",
    "SUCCESS": f"{_ORDER},{_GOODS},费率备注",
    "REFUND": f"{_ORDER},退款申请时间,退款成功时间,{_RETURN},{_GOODS},申请退款金额,费率备注",
}
TRADE_SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FLOW_HEADER = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FLOW_SUMS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


@dataclass(frozen=True)
class Movement:
    """One change of the merchant's account, in fen; out is negative."""

    at: float
    business_no: str
    flow_no: str
    name: str
    kind: str
    amount_fen: int
    remark: str
    voucher: str


class Bills:
    """Applies for a bill (a link good for five minutes) and downloads it."""

    def __init__(self, store: Store, platform: Platform, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._platform = platform
        self._clock = clock
        self._settings = settings
        self._links: dict[str, tuple[float, bytes]] = {}

    def trade_bill(self, query: dict[str, str], base_url: str) -> dict[str, Any]:
        """`GET /v3/bill/tradebill`; raises Refusal 400 (not ready, nothing there, bad parameter)."""
        day = self._day(query)
        kind = query.get("bill_type", "ALL")
        if kind not in TRADE_HEADERS:
            raise param_error("bill_type", "枚举值不存在", value=kind, location="query")
        payments = [] if kind == "REFUND" else self._paid_on(day)
        refunds = [] if kind == "SUCCESS" else self._refunds_of(day)
        rows = sorted(
            [(each.paid_at, self._payment_row(each, kind)) for each in payments]
            + [(each.created_at, self._refund_row(each, kind)) for each in refunds],
            key=lambda row: -row[0],
        )
        if not rows:
            raise Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        fee = sum(self._fee(each.total_fen) for each in payments) - sum(self._fee(each.refund_fen) for each in refunds)
        paid, returned = sum(each.total_fen for each in payments), sum(each.refund_fen for each in refunds)
        sums = [len(rows), yuan(paid), yuan(returned), "0.00", _fine(fee), yuan(paid), yuan(returned)]
        return self._link(query, base_url, TRADE_HEADERS[kind], (row for _, row in rows), TRADE_SUMS, sums)

    def fund_flow_bill(self, query: dict[str, str], base_url: str) -> dict[str, Any]:
        """`GET /v3/bill/fundflowbill`: everything here moves through the BASIC account."""
        day = self._day(query)
        account = query.get("account_type", "BASIC")
        if account not in ("BASIC", "OPERATION", "FEES"):
            raise param_error("account_type", "枚举值不存在", value=account, location="query")
        balance, rows, today = int(self._settings["opening_balance_fen"]), [], []
        for move in self._movements() if account == "BASIC" else []:
            balance += move.amount_fen
            if datetime.fromtimestamp(move.at, CHINA).date() == day:
                today.append(move.amount_fen)
                rows.append(
                    [
                        *(_when(move.at), move.business_no, move.flow_no, move.name, move.kind),
                        *("收入" if move.amount_fen > 0 else "支出", yuan(abs(move.amount_fen)), yuan(balance)),
                        *(f"{self._platform.mchid}API", move.remark, move.voucher),
                    ]
                )
        if not rows:
            raise Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        income, expense = [a for a in today if a > 0], [-a for a in today if a < 0]
        sums = [len(rows), len(income), yuan(sum(income)), len(expense), yuan(sum(expense))]
        return self._link(query, base_url, FLOW_HEADER, rows, FLOW_SUMS, sums)

    def download(self, token: str) -> bytes:
        """The file behind a link: gzip if it was asked for so. Raises Refusal when the link is unknown or too old."""
        expiry, content = self._links.get(token, (0.0, b""))
        if self._clock.now() >= expiry:
            raise Refusal(400, "PARAM_ERROR", "下载链接无效或已过期，请重新申请账单")
        return content

    def _day(self, query: dict[str, str]) -> date:
        try:
            day = datetime.strptime(query.get("bill_date", ""), "%Y-%m-%d").date()  # noqa: DTZ007 - a date
        except ValueError as error:
            issue = "账单日期格式应为yyyy-MM-dd"
            raise param_error("bill_date", issue, value=query.get("bill_date"), location="query") from error
        if query.get("tar_type", "GZIP") != "GZIP":
            raise param_error("tar_type", "枚举值不存在", value=query["tar_type"], location="query")
        now = self._clock.at()
        if day >= now.date():
            raise param_error("bill_date", "账单日期须早于今天", value=str(day), location="query")
        if day < now.date() - timedelta(days=KEPT_DAYS):
            raise param_error("bill_date", "仅支持三个月内的账单下载申请", value=str(day), location="query")
        if now < datetime.combine(day + timedelta(days=1), READY_AT, CHINA):
            raise Refusal(400, "STATEMENT_CREATING", "账单正在生成中，请于次日10点后再试")
        return day

    def _link(  # noqa: PLR0917 - a file from its parts
        self,
        query: dict[str, str],
        base_url: str,
        header: str,
        rows: Iterable[Sequence[object]],
        sums_header: str,
        sums: Sequence[object],
    ) -> dict[str, Any]:
        lines = [header, *(_line(row) for row in rows), sums_header, _line(sums)]
        plain = ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
        now = self._clock.now()
        self._links = {token: kept for token, kept in self._links.items() if kept[0] > now}
        token = random_text(64)
        zipped = query.get("tar_type") == "GZIP"
        self._links[token] = (now + LINK_SECONDS, gzip.compress(plain, mtime=0) if zipped else plain)
        return {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(plain).hexdigest(),  # noqa: S324 - the channel's choice; of the unpacked file
            "download_url": f"{base_url}/v3/billdownload/file?token={token}" + ("&tartype=gzip" if zipped else ""),
        }

    def _paid_on(self, day: date) -> list[Order]:
        orders = [each for each in self._store.list(Order) if each.state in PAID]
        return [each for each in orders if datetime.fromtimestamp(each.paid_at, CHINA).date() == day]

    def _refunds_of(self, day: date) -> list[Refund]:
        return [each for each in self._store.list(Refund) if _date(each.created_at) == day]

    def _order_cells(self, order: Order, at: float, state: str, total_fen: int) -> list[object]:
        request = order.request
        return [
            *(_when(at), request["appid"], request["mchid"], "0", "", order.transaction_id, order.key),
            *(request["payer"]["openid"], "JSAPI", state, "OTHERS", "CNY", yuan(total_fen), "0.00"),
        ]

    def _payment_row(self, order: Order, kind: str) -> list[object]:
        no_refund = ["0", "0", "0.00", "0.00", "", ""] if kind == "ALL" else []
        named = [order.request["description"], order.request["attach"]]
        fee = [_fine(self._fee(order.total_fen)), self._rate(), yuan(order.total_fen)]
        asked = ["0.00"] if kind == "ALL" else []
        return [
            *self._order_cells(order, order.paid_at, "SUCCESS", order.total_fen),
            *no_refund,
            *named,
            *fee,
            *asked,
            "",
        ]

    def _refund_row(self, refund: Refund, kind: str) -> list[object]:
        order = self._store.load(Order, refund.out_trade_no)
        if order is None:
            raise ValueError(f"refund {refund.key} belongs to no order")
        ended = _when(refund.ended_at) if refund.status == "SUCCESS" else ""
        times = [_when(refund.created_at), ended] if kind == "REFUND" else []
        money = yuan(refund.refund_fen)
        return [
            *(*self._order_cells(order, refund.created_at, "REFUND", 0), *times),
            *(refund.refund_id, refund.key, money, "0.00", "ORIGINAL", refund.status),
            *(order.request["description"], order.request["attach"]),
            *(_fine(-self._fee(refund.refund_fen)), self._rate(), "0.00", money, ""),
        ]

    def _movements(self) -> list[Movement]:
        """Every movement of the account since the beginning, in order of time."""
        moves: list[Movement] = []
        for order in self._store.list(Order):
            if order.state in PAID:
                numbers, total = (order.transaction_id, order.transaction_id), order.total_fen
                moves.append(Movement(order.paid_at, *numbers, "交易", "交易", total, "", order.key))
                if fee := self._fee(total):
                    moves.append(Movement(order.paid_at, *numbers, "交易", "扣除交易手续费", -fee, "", order.key))
        for refund in self._store.list(Refund):
            fee = self._fee(refund.refund_fen)
            remark = f"退款总金额{yuan(refund.refund_fen)}元;含手续费{yuan(fee)}元"
            numbers, net = (refund.refund_id, refund.transaction_id), refund.refund_fen - fee
            moves.append(Movement(refund.created_at, *numbers, "退款", "退款", -net, remark, refund.key))
            if refund.status == "CLOSED":
                moves.append(Movement(refund.ended_at, *numbers, "退款", "退款退回", net, remark, refund.key))
        for transfer in self._store.list(Transfer):
            if transfer.state == "SUCCESS":
                number, remark = transfer.transfer_bill_no, transfer.request["transfer_remark"]
                spent = -transfer.amount_fen
                moves.append(
                    Movement(transfer.updated_at, number, number, "商家转账", "转账", spent, remark, transfer.key)
                )
        return sorted(moves, key=lambda move: move.at)

    def _fee(self, fen: int) -> int:
        return (fen * int(self._settings["fee_basis_points"]) + 5_000) // 10_000

    def _rate(self) -> str:
        return f"{int(self._settings['fee_basis_points']) / 100:.2f}%"


def _line(cells: Sequence[object]) -> str:
    """Values between commas, each behind a back-tick; a comma inside a value would break the file and is dropped."""
    return ",".join("`" + str(cell).replace(",", " ").replace("\r", " ").replace("\n", " ") for cell in cells)


def _fine(fen: int) -> str:
    """Fees have five decimals."""
    return yuan(fen) + "000"


def _date(epoch: float) -> date:
    return datetime.fromtimestamp(epoch, CHINA).date()


def _when(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, CHINA).strftime("%Y-%m-%d %H:%M:%S")
