"""What WeChat Pay accepts: refusals with their codes, field checks, and the shape of each request body.

A body that passes becomes a plain dictionary holding exactly the fields that count when the same number is sent again:
the channel compares them and refuses a second request that differs.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from infra.local.simulators.controls import Refused

PREPAY_LIFE = timedelta(hours=2)
TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
BILL_NO = re.compile(r"[0-9A-Za-z]{5,32}")
OPENID = re.compile(r"o[0-9A-Za-z_\-]{27}")
NAME_REQUIRED_FROM_FEN = 200_000
NAME_REFUSED_BELOW_FEN = 30
TRANSFER_MINIMUM_FEN = 10
SCENE_COMMISSION = "1005"
SCENE_REPORTS = {SCENE_COMMISSION: ("岗位类型", "报酬说明")}
SCENE_PERCEPTIONS = {SCENE_COMMISSION: ("劳务报酬", "报销款", "企业补贴", "开工利是")}


class Refusal(Refused):
    """An answer other than success: HTTP status, code, message and optional detail, as the channel writes them."""

    def __init__(self, status: int, code: str, message: str, detail: Mapping[str, object] | None = None) -> None:
        super().__init__(status, code, message)
        self.detail = detail

    def body(self) -> dict[str, object]:
        return super().body() | ({"detail": dict(self.detail)} if self.detail else {})


def param_error(field: str, issue: str, *, value: object = None, location: str = "body") -> Refusal:
    """400 PARAM_ERROR about one field; `field` is a JSON pointer for a body, a name for a query."""
    return Refusal(
        400, "PARAM_ERROR", "参数错误", {"field": field, "value": value, "issue": issue, "location": location}
    )


def invalid_request(message: str) -> Refusal:
    return Refusal(400, "INVALID_REQUEST", message)


class Fields:
    """The fields of one JSON object, read one by one; each reader refuses what the channel would refuse."""

    def __init__(self, content: Mapping[str, Any], pointer: str = "") -> None:
        self._content = content
        self._pointer = pointer

    @classmethod
    def of_body(cls, body: bytes) -> "Fields":
        """Raises Refusal 400 when the body is not a JSON object."""
        try:
            content = json.loads(body)
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise Refusal(400, "PARAM_ERROR", "请求体不是合法的JSON") from error
        if not isinstance(content, dict):
            raise Refusal(400, "PARAM_ERROR", "请求体不是JSON对象")
        return cls(content)

    def fail(self, name: str, issue: str) -> Refusal:
        return param_error(f"{self._pointer}/{name}", issue, value=self._content.get(name))

    def has(self, name: str) -> bool:
        return self._content.get(name) is not None

    def raw(self, name: str) -> Any:
        return self._content.get(name)

    def text(
        self,
        name: str,
        limit: int,
        *,
        required: bool = True,
        pattern: re.Pattern[str] | None = None,
        check: Callable[[str], str] | None = None,
    ) -> str:
        """A string of 1 to `limit` characters; '' when it may be left out and was. `check` returns an issue or ''."""
        value = self._content.get(name)
        if value is None and not required:
            return ""
        if value is None:
            raise self.fail(name, "必填字段缺失")
        if not isinstance(value, str):
            raise self.fail(name, "输入源映射到值字段失败，类型应为字符串")
        if not value or len(value) > limit:
            raise self.fail(name, f"字符串长度应为1到{limit}个字符")
        if pattern and not pattern.fullmatch(value):
            raise self.fail(name, "字符串规则校验失败，格式不符")
        if check and (issue := check(value)):
            raise self.fail(name, issue)
        return value

    def fen(self, name: str, *, least: int = 1) -> int:
        """An amount: an integer (no bool, no 1.0) of at least `least` fen."""
        value = self._content.get(name)
        if value is None:
            raise self.fail(name, "必填字段缺失")
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fail(name, "输入源映射到数值字段失败，类型应为整数")
        if not least <= value <= 10_000_000_000:
            raise self.fail(name, f"数值应不小于{least}")
        return value

    def flag(self, name: str) -> bool:
        value = self._content.get(name, False)
        if not isinstance(value, bool):
            raise self.fail(name, "类型应为布尔值")
        return value

    def one_of(self, name: str, allowed: Iterable[str], *, default: str = "") -> str:
        value = self._content.get(name)
        if value is None and default:
            return default
        if value not in tuple(allowed):
            raise self.fail(name, "枚举值不存在")
        return str(value)

    def child(self, name: str) -> "Fields":
        value = self._content.get(name)
        if value is None:
            raise self.fail(name, "必填字段缺失")
        if not isinstance(value, dict):
            raise self.fail(name, "类型应为对象")
        return Fields(value, f"{self._pointer}/{name}")

    def optional_object(self, name: str) -> dict[str, Any]:
        return dict(self.child(name)._content) if self.has(name) else {}

    def children(self, name: str) -> list["Fields"]:
        value = self._content.get(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(name, "必填字段缺失或类型应为对象数组")
        return [Fields(item, f"{self._pointer}/{name}/{index}") for index, item in enumerate(value)]


def url_issue(url: str) -> str:
    """Why a notify_url is refused, or ''. Plain http is let through: the local stack has no certificates."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "notify_url必须为http(s)开头的完整URL"
    return "notify_url不能携带参数" if parts.query or parts.fragment else ""


def _expiry_issue(value: str, now: datetime) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)", value):
        return "time_expire应遵循rfc3339标准格式"
    try:
        expiry = datetime.fromisoformat(value)
    except ValueError:
        return "time_expire应遵循rfc3339标准格式"
    if expiry <= now:
        return "time_expire已过期"
    return "time_expire不能晚于预支付会话的有效期（2小时）" if expiry > now + PREPAY_LIFE else ""


def _own_appid(fields: Fields, appids: tuple[str, ...]) -> str:
    appid = fields.text("appid", 32)
    if appid not in appids:
        raise Refusal(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试")
    return appid


def jsapi_order(fields: Fields, *, mchid: str, appids: tuple[str, ...], now: datetime) -> dict[str, Any]:
    """The body of `POST /v3/pay/transactions/jsapi`, checked; raises Refusal 400."""
    appid = _own_appid(fields, appids)
    if fields.text("mchid", 32) != mchid:
        raise fields.fail("mchid", "商户号与签名商户号不一致")
    amount, payer = fields.child("amount"), fields.child("payer")
    request = {
        "appid": appid,
        "mchid": mchid,
        "description": fields.text("description", 127),
        "out_trade_no": fields.text("out_trade_no", 32, pattern=TRADE_NO),
        "time_expire": fields.text("time_expire", 64, required=False),
        "attach": fields.text("attach", 128, required=False),
        "notify_url": fields.text("notify_url", 255, check=url_issue),
        "goods_tag": fields.text("goods_tag", 32, required=False),
        "support_fapiao": fields.flag("support_fapiao"),
        "amount": {"total": amount.fen("total"), "currency": amount.one_of("currency", ["CNY"], default="CNY")},
        "payer": {"openid": payer.text("openid", 128)},
        "detail": fields.optional_object("detail"),
        "scene_info": fields.optional_object("scene_info"),
        "settle_info": fields.optional_object("settle_info"),
    }
    if not OPENID.fullmatch(request["payer"]["openid"]):
        raise Refusal(400, "PARAM_ERROR", "无效的openid", {"field": "/payer/openid", "location": "body"})
    if request["scene_info"]:
        Fields(request["scene_info"], "/scene_info").text("payer_client_ip", 45)
    if request["time_expire"] and (issue := _expiry_issue(request["time_expire"], now)):
        raise fields.fail("time_expire", issue)
    return request


def refund_order(fields: Fields) -> dict[str, Any]:
    """The body of `POST /v3/refund/domestic/refunds`, checked; raises Refusal 400."""
    if not fields.has("transaction_id") and not fields.has("out_trade_no"):
        raise fields.fail("transaction_id", "transaction_id和out_trade_no二选一必填")
    amount = fields.child("amount")
    return {
        "transaction_id": fields.text("transaction_id", 32, required=False),
        "out_trade_no": fields.text("out_trade_no", 32, required=False, pattern=TRADE_NO),
        "out_refund_no": fields.text("out_refund_no", 64, pattern=REFUND_NO),
        "reason": fields.text("reason", 80, required=False),
        "notify_url": fields.text("notify_url", 256, required=False, check=url_issue),
        "funds_account": fields.one_of("funds_account", ["AVAILABLE", "UNSETTLED"], default="AVAILABLE"),
        "amount": {
            "refund": amount.fen("refund"),
            "total": amount.fen("total"),
            "currency": amount.one_of("currency", ["CNY"]),
        },
    }


def transfer_bill(fields: Fields, *, appids: tuple[str, ...], opened: Callable[[str], str]) -> dict[str, Any]:
    """The body of `POST …/transfer-bills`, checked; `opened` decrypts `user_name`. Raises Refusal 400."""
    appid = _own_appid(fields, appids)
    amount_fen = fields.fen("transfer_amount", least=TRANSFER_MINIMUM_FEN)
    scene = fields.text("transfer_scene_id", 36)
    if scene not in SCENE_REPORTS:
        raise invalid_request("你尚未获取该转账场景")
    perception = fields.text("user_recv_perception", 64, required=False)
    if perception and perception not in SCENE_PERCEPTIONS[scene]:
        raise invalid_request("暂不支持展示当前传入的用户收款感知")
    reports = [
        {"info_type": each.text("info_type", 15), "info_content": each.text("info_content", 32)}
        for each in fields.children("transfer_scene_report_infos")
    ]
    if sorted(each["info_type"] for each in reports) != sorted(SCENE_REPORTS[scene]):
        raise invalid_request("转账场景报备信息与转账场景不匹配，应传入：" + "、".join(SCENE_REPORTS[scene]))
    sealed_name = fields.text("user_name", 1024, required=False)
    if sealed_name and amount_fen < NAME_REFUSED_BELOW_FEN:
        raise invalid_request("转账金额小于0.3元时，不支持传入收款用户姓名")
    if not sealed_name and amount_fen >= NAME_REQUIRED_FROM_FEN:
        raise invalid_request("转账金额大于等于2000元时，必须传入收款用户姓名")
    return {
        "appid": appid,
        "out_bill_no": fields.text("out_bill_no", 32, pattern=BILL_NO),
        "transfer_scene_id": scene,
        "openid": fields.text("openid", 64, pattern=OPENID),
        "user_name": opened(sealed_name) if sealed_name else "",
        "transfer_amount": amount_fen,
        "transfer_remark": fields.text("transfer_remark", 32),
        "notify_url": fields.text("notify_url", 256, required=False, check=url_issue),
        "user_recv_perception": perception,
        "transfer_scene_report_infos": reports,
    }
