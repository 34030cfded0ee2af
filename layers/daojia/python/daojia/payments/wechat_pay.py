"""WeChat Pay APIv3 through `wechatpayv3`, in public-key mode.

Every call ends in one of three ways: an answer, UnavailableError (nobody knows, ask the same again), or
PaymentRefusedError (no, and asking again is pointless). Refunds and transfers turn a refusal into the fact that they
failed, after asking whether the number is known after all. The library takes a quarter of a second to import, so that
happens when it is first needed.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final

from daojia.kernel.errors import UnavailableError
from daojia.kernel.ids import ulid
from daojia.kernel.money import Fen
from daojia.kernel.secrets import channel
from daojia.kernel.texts import known, say
from daojia.kernel.times import local, seconds
from daojia.payments.errors import PaymentRefusedError
from daojia.payments.model import App, JsapiParams, PaymentFact, RefundFact, RefundState, TransferFact
from daojia.payments.notices import Notice, payment_fact, refund_state, transfer_fact, verified

BASE_URL: Final = "https://api.mch.weixin.qq.com"
CALLBACK_PATH: Final = "/payments/wechat-pay"
SCENE_COMMISSION: Final = "1005"
"""佣金报酬: what a platform may pay those who work through it."""
_TIMEOUT: Final = (2, 5)
_TRY_AGAIN: Final = {"SYSTEM_ERROR", "FREQUENCY_LIMITED", "NOT_ENOUGH", "SIGN_ERROR", "NO_AUTH"}
"""Refused now, not for good: the merchant account needs money, a key or a right, or WeChat needs a moment."""
_HTML: Final = re.compile(r"[\r\n\t<>]+")


class WeChatPayClient:
    """One merchant account. Holds nothing that changes, so threads share it."""

    def __init__(
        self, settings: Mapping[str, str], appids: Mapping[App, str], *, base_url: str = BASE_URL, notify_url: str
    ) -> None:
        self._settings = settings
        self._appids = appids
        self._base_url = base_url.rstrip("/")
        self._notify_url = notify_url

    @staticmethod
    def of_stage() -> "WeChatPayClient":
        """The stage's merchant account; made anew in a process only when its settings change."""
        wechat = channel("wechat")
        appids = {"official": wechat["appid"], "miniprogram": wechat.get("miniprogram_appid", "")}
        return _made_once(
            json.dumps(channel("wechat_pay"), sort_keys=True),
            json.dumps(appids, sort_keys=True),
            os.environ.get("WECHAT_PAY_BASE_URL") or BASE_URL,
            os.environ["PUBLIC_BASE_URL"].rstrip("/") + CALLBACK_PATH,
        )

    @cached_property
    def _sdk(self) -> Any:
        # Imported here for the reason in the docstring of this module.
        from wechatpayv3 import WeChatPay, WeChatPayType  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

        sdk: Any = WeChatPay(
            wechatpay_type=WeChatPayType.JSAPI,
            mchid=self._settings["mchid"],
            private_key=self._settings["merchant_private_key"],
            cert_serial_no=self._settings["merchant_serial_no"],
            appid=self._appids["official"],
            apiv3_key=self._settings["apiv3_key"],
            notify_url=self._notify_url,
            public_key=self._settings["public_key"],
            public_key_id=self._settings["public_key_id"],
            timeout=_TIMEOUT,
        )
        sdk._core._gate_way = self._base_url  # the library has no other way to another address
        return sdk

    # -- payments -----------------------------------------------------------------------------------------------------

    def prepay(
        self,
        *,
        out_trade_no: str,
        amount_fen: Fen,
        description: str,
        openid: str,
        app: App,
        expires_at: datetime,
        now: datetime,
    ) -> JsapiParams:
        """Announce a payment and sign what opens the pay sheet. The same again is harmless.

        PaymentRefusedError with reason ORDERPAID or ORDER_CLOSED when it is too late for it.
        """
        appid = self._appids[app]
        answer = self._call(
            "prepay",
            lambda: self._sdk.pay(
                description=_plain(description, 127),
                out_trade_no=out_trade_no,
                amount={"total": amount_fen, "currency": "CNY"},
                payer={"openid": openid},
                time_expire=local(expires_at).isoformat(timespec="seconds"),
                appid=appid,
            ),
        )
        time_stamp, nonce_str, package = str(seconds(now)), ulid(now), f"prepay_id={answer['prepay_id']}"
        return JsapiParams(
            app_id=appid,
            time_stamp=time_stamp,
            nonce_str=nonce_str,
            package=package,
            pay_sign=self._sdk.sign([appid, time_stamp, nonce_str, package]),
        )

    def query(self, out_trade_no: str) -> PaymentFact | None:
        """How a payment stands; None if the channel has never heard of it."""
        try:
            answer = self._call("query", lambda: self._sdk.query(out_trade_no=out_trade_no))
        except PaymentRefusedError as error:
            if error.reason == "ORDER_NOT_EXIST":
                return None
            raise
        return payment_fact(answer)

    def close(self, out_trade_no: str) -> None:
        """Nobody may pay this any more. Closed, unknown or paid already is no error: ask again what it is."""
        try:
            self._call("close", lambda: self._sdk.close(out_trade_no=out_trade_no))
        except PaymentRefusedError as error:
            if error.reason not in ("ORDER_CLOSED", "ORDER_NOT_EXIST", "ORDERPAID"):
                raise

    # -- refunds ------------------------------------------------------------------------------------------------------

    def refund(self, *, refund_no: str, out_trade_no: str, amount_fen: Fen, total_fen: Fen, reason: str) -> RefundFact:
        """Send money back, once per `refund_no` however often it is asked for. A final refusal is a failed refund."""
        key = f"payments.refund_reasons.{reason}"
        try:
            answer = self._call(
                "refund",
                lambda: self._sdk.refund(
                    out_refund_no=refund_no,
                    out_trade_no=out_trade_no,
                    amount={"refund": amount_fen, "total": total_fen, "currency": "CNY"},
                    reason=say(key) if known(key) else _plain(reason, 80) or say("payments.refund_reasons.other"),
                ),
            )
        except PaymentRefusedError:
            return self.query_refund(refund_no) or RefundFact(
                out_trade_no=out_trade_no, refund_no=refund_no, state=RefundState.FAILED
            )
        return RefundFact(out_trade_no=out_trade_no, refund_no=refund_no, state=refund_state(answer["status"]))

    def query_refund(self, refund_no: str) -> RefundFact | None:
        """How a refund stands; None if the channel has never heard of it."""
        try:
            answer = self._call("query_refund", lambda: self._sdk.query_refund(out_refund_no=refund_no))
        except PaymentRefusedError as error:
            if error.details["status"] == 404:
                return None
            raise
        return RefundFact(
            out_trade_no=answer["out_trade_no"], refund_no=refund_no, state=refund_state(answer["status"])
        )

    # -- transfers to providers ---------------------------------------------------------------------------------------

    def transfer(self, *, bill_no: str, amount_fen: Fen, app: App, openid: str, name: str | None) -> TransferFact:
        """Pay somebody, once per `bill_no` however often it is asked for. A final refusal is a failed transfer.

        `name` is the receiver's real name, sent encrypted; WeChat demands it from 2000 yuan.
        """
        try:
            answer = self._call(
                "transfer",
                lambda: self._sdk.mch_transfer_bills(
                    out_bill_no=bill_no,
                    transfer_scene_id=SCENE_COMMISSION,
                    openid=openid,
                    transfer_amount=amount_fen,
                    transfer_remark=say("payments.transfer.remark"),
                    user_name=name,
                    user_recv_perception=say("payments.transfer.perception"),
                    transfer_scene_report_infos=[_report("position"), _report("pay")],
                    appid=self._appids[app],
                ),
            )
        except PaymentRefusedError as error:
            return self.query_transfer(bill_no) or transfer_fact(
                {"out_bill_no": bill_no, "state": "FAIL", "fail_reason": error.reason}
            )
        return transfer_fact(answer)

    def query_transfer(self, bill_no: str) -> TransferFact | None:
        """How a transfer stands; None if the channel has never heard of it."""
        try:
            return transfer_fact(
                self._call("query_transfer", lambda: self._sdk.mch_transfer_bills_query(out_bill_no=bill_no))
            )
        except PaymentRefusedError as error:
            if error.details["status"] == 404:
                return None
            raise

    def confirmation(self, app: App, package_info: str) -> dict[str, str]:
        """The argument of `wx.requestMerchantTransfer`, with which the receiver takes the money. Makes no call."""
        return {"mchId": self._settings["mchid"], "appId": self._appids[app], "package": package_info}

    # -- notices ------------------------------------------------------------------------------------------------------

    def notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """What the channel tells us by callback. NoticeUnbelievableError or NoticeUnreadableError; makes no call."""
        return verified(self._sdk, self._settings["public_key_id"], headers, body, now)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _call(self, what: str, ask: Callable[[], tuple[int, str | bytes]]) -> dict[str, Any]:
        """One request; {} for an answer without a body."""
        try:
            status, text = ask()
            answer: Any = json.loads(text) if text else {}
        # Connections fail with requests' errors; an answer whose signature is wrong with a bare Exception.
        except Exception as error:
            raise UnavailableError(call=what) from error
        if not isinstance(answer, dict):
            raise UnavailableError(call=what, status=status)
        if 200 <= status < 300:
            return answer  # pyright: ignore[reportUnknownVariableType]
        reason, explanation = str(answer.get("code", "")), str(answer.get("message", ""))  # pyright: ignore
        if status in (401, 429) or status >= 500 or reason in _TRY_AGAIN:
            raise UnavailableError(call=what, status=status, reason=reason, explanation=explanation)
        raise PaymentRefusedError(call=what, status=status, reason=reason, explanation=explanation)


@cache
def _made_once(settings: str, appids: str, base_url: str, notify_url: str) -> WeChatPayClient:
    return WeChatPayClient(json.loads(settings), json.loads(appids), base_url=base_url, notify_url=notify_url)


def _report(field: str) -> dict[str, str]:
    """One of the things WeChat wants to know about a transfer of this scene."""
    return {"info_type": say(f"payments.transfer.{field}_type"), "info_content": say(f"payments.transfer.{field}")}


def _plain(text: str, limit: int) -> str:
    """One line that fits."""
    return _HTML.sub(" ", text).strip()[:limit]
