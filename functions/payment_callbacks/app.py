"""Notices of WeChat Pay: `POST /payments/wechat-pay`.

204 only when what the notice says is in the books; anything else makes WeChat send it again, up to 15 times in a day:

    401  not WeChat's signature, or stale; SIGNTEST probes too
    400  signed, but nothing we understand · 413 larger than any notice · 404 no such order or payout
    500  it contradicts the books (another amount, a second payment): nothing is written and nothing is forgotten. It
         rings as the metric CallbackContradictions, the merchant's money stays at the channel, and a person decides.
         The retries bring it in by themselves if the cause is mended within the day
    503  the tables are busy

An unexpected error is raised: the function's error alarm rings, and WeChat, which gets a 500, tries again.
"""

import base64
import json
from datetime import datetime
from typing import Any

from daojia.kernel.errors import BodyTooLargeError, DaojiaError, NotFoundError
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction, committed
from daojia.ordering import paying
from daojia.ordering.errors import PaymentMismatchError
from daojia.payments import payouts
from daojia.payments.errors import NoticeUnreadableError, PayoutContradictedError
from daojia.payments.model import PaymentFact, RefundFact
from daojia.payments.notices import Notice
from daojia.payments.wechat_pay import WeChatPayClient
from daojia.platform.observability import logger, metrics

BODY_MAX = 64 * 1024


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    try:
        return _answered(event, clock())
    finally:
        metrics.flush_metrics()


def _answered(event: dict[str, Any], now: datetime) -> dict[str, Any]:
    try:
        notice = WeChatPayClient.of_stage().notice(event.get("headers") or {}, _body(event), now)
    except DaojiaError as error:
        logger.warning("notice refused", code=error.code, details=error.details)
        metrics.add_metric(name="CallbacksRefused", unit="Count", value=1)
        return _failure(error.http_status, error)
    about = notice.model_dump(mode="json", exclude_none=True, exclude={"package_info"})
    try:
        if isinstance(notice, PaymentFact):
            # Before it is booked: the alarm is to ring for a payment that cannot be.
            age_seconds = max(0.0, (now - notice.paid_at).total_seconds())
            metrics.add_metric(name="CallbackAgeSeconds", unit="Seconds", value=age_seconds)
        committed(lambda tx: _receive(notice, tx, now))
    except (PaymentMismatchError, PayoutContradictedError) as error:
        logger.error("notice contradicts the books", code=error.code, notice=about)
        metrics.add_metric(name="CallbackContradictions", unit="Count", value=1)
        return _failure(500, error)
    except NotFoundError as error:
        logger.error("notice about something unknown", code=error.code, notice=about)
        metrics.add_metric(name="CallbacksUnknown", unit="Count", value=1)
        return _failure(error.http_status, error)
    except DaojiaError as error:
        logger.warning("notice could not be booked", code=error.code, notice=about)
        metrics.add_metric(name="CallbacksPutOff", unit="Count", value=1)
        return _failure(503, error)
    logger.info("notice booked", notice=about)
    metrics.add_metric(name="CallbacksBooked", unit="Count", value=1)
    return {"statusCode": 204}


def _receive(notice: Notice, tx: Transaction, now: datetime) -> None:
    if isinstance(notice, PaymentFact):
        paying.receive(notice, tx=tx, now=now)
    elif isinstance(notice, RefundFact):
        order = paying.receive_refund(notice, tx=tx, now=now)
        if all(refund.refund_no != notice.refund_no for refund in order.refunds):
            raise NotFoundError(refund_no=notice.refund_no)
    else:
        payouts.receive(notice, tx=tx, now=now)


def _body(event: dict[str, Any]) -> bytes:
    """The body as it was signed. BodyTooLargeError beyond 64 KiB."""
    text = str(event.get("body") or "")
    if len(text) > BODY_MAX * 4 / 3 + 4:
        raise BodyTooLargeError
    try:
        raw = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except ValueError as error:
        raise NoticeUnreadableError(problem="body") from error
    if len(raw) > BODY_MAX:
        raise BodyTooLargeError
    return raw


def _failure(status: int, error: DaojiaError) -> dict[str, Any]:
    body = {"code": "FAIL", "message": error.message}
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json; charset=utf-8"},
        "body": json.dumps(body, ensure_ascii=False),
    }
