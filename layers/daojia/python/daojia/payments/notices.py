"""What the channel says, put into our words: the answers to questions and the notices it sends by itself."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from daojia.kernel.times import SHANGHAI, parse_iso, seconds
from daojia.payments.errors import NoticeUnbelievableError, NoticeUnreadableError
from daojia.payments.model import PaymentFact, RefundFact, RefundState, TransferFact, TransferState

Notice = PaymentFact | RefundFact | TransferFact

FRESH: Final = timedelta(minutes=5)
_SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
_SIGNED: Final = ("wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature", "wechatpay-serial")
_PROBE: Final = "WECHATPAY/SIGNTEST/"
_PAID: Final = {"SUCCESS", "REFUND"}
"""REFUND: paid, and something has been sent back since."""
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=SHANGHAI)


def payment_fact(answer: Mapping[str, Any]) -> PaymentFact:
    """A payment as query and notice show it. KeyError or ValueError when it is not one."""
    paid = answer["trade_state"] in _PAID
    return PaymentFact(
        out_trade_no=answer["out_trade_no"],
        transaction_id=answer["transaction_id"] if paid else "",
        # What was asked for. `payer_total` is less when WeChat itself gave the customer a coupon.
        amount_fen=answer.get("amount", {}).get("total", 0) if not paid else answer["amount"]["total"],
        paid_at=parse_iso(answer["success_time"]) if paid else _LONG_AGO,
        paid=paid,
    )


def refund_state(status: str) -> RefundState:
    """ABNORMAL (the customer's card is gone) and CLOSED both need an administrator."""
    if status == "PROCESSING":
        return RefundState.REQUESTED
    return RefundState.SUCCEEDED if status == "SUCCESS" else RefundState.FAILED


def transfer_fact(answer: Mapping[str, Any]) -> TransferFact:
    """A transfer as request, query and notice show it. A state we have no word for is still on its way."""
    state = str(answer["state"])
    return TransferFact(
        bill_no=answer["out_bill_no"],
        state=TransferState(state) if state in TransferState.__members__ else TransferState.PROCESSING,
        amount_fen=answer.get("transfer_amount"),
        transfer_bill_no=answer.get("transfer_bill_no"),
        package_info=answer.get("package_info"),
        fail_reason=answer.get("fail_reason"),
    )


def verified(sdk: Any, public_key_id: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
    """Believe a notice, or not.

    The library checks the signature and decrypts, but it neither looks at the time nor survives a key it does not
    know, and it answers None instead of raising: all that is seen to here.
    """
    named = {name.lower(): value for name, value in headers.items()}
    try:
        signed = {name: named[name] for name in _SIGNED}
        age_seconds = abs(seconds(now) - int(signed["wechatpay-timestamp"]))
        # Left to the library, a signature that is none would pass for a notice that makes no sense.
        signature = base64.b64decode(signed["wechatpay-signature"], validate=True)
        text = body.decode()
    except (KeyError, ValueError) as error:
        raise NoticeUnbelievableError from error
    scheme = named.get("wechatpay-signature-type", _SCHEME)
    known = hmac.compare_digest(signed["wechatpay-serial"].encode(), public_key_id.encode())
    if scheme != _SCHEME or not known or not signature or age_seconds > FRESH.total_seconds():
        raise NoticeUnbelievableError
    if signed["wechatpay-signature"].startswith(_PROBE):
        raise NoticeUnbelievableError
    try:
        notice = sdk.callback({**signed, "wechatpay-signature-type": scheme}, text)
    except Exception as error:  # the library raises what it likes once a signature is right
        raise NoticeUnreadableError(problem="content") from error
    if notice is None:
        raise NoticeUnbelievableError
    return _in_our_words(notice)


def _in_our_words(notice: Mapping[str, Any]) -> Notice:
    event, resource = str(notice.get("event_type", "")), notice["resource"]
    try:
        if event.startswith("TRANSACTION.") and (payment := payment_fact(resource)).paid:
            return payment
        if event.startswith("REFUND."):
            return RefundFact(
                out_trade_no=resource["out_trade_no"],
                refund_no=resource["out_refund_no"],
                state=refund_state(resource["refund_status"]),
            )
        if event.startswith("MCHTRANSFER.BILL."):
            return transfer_fact(resource)
    except (KeyError, TypeError, ValueError) as error:
        raise NoticeUnreadableError(problem=event) from error
    raise NoticeUnreadableError(problem=event or "event_type")
