"""The official account's server address: WeChat's handshake, and every message people send.

Requests that break WeChat's rules get a 4xx with a JSON error before anything is read or written. Everything else is
answered with 200: WeChat would send a message again for any other answer.
"""

import base64
import binascii
import json
from typing import Any

from daojia.chat import turn, wire
from daojia.chat.wire import Settings
from daojia.kernel.errors import DaojiaError
from daojia.kernel.secrets import channel
from daojia.kernel.times import now as clock
from daojia.platform.observability import logger, metrics


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    logger.set_correlation_id(event["requestContext"].get("requestId"))
    try:
        return answer(event)
    except DaojiaError as error:
        logger.warning("message refused", error=error.code)
        return refusal(error)


def answer(event: dict[str, Any]) -> dict[str, Any]:
    query: dict[str, str] = event.get("queryStringParameters") or {}
    settings, now = Settings.of(channel("wechat")), clock()
    if event["requestContext"]["http"]["method"] == "GET":
        return response(200, wire.handshake(query, settings, now), "text/plain; charset=utf-8")
    envelope = wire.open_envelope(query, body_of(event), settings, now)
    try:
        reply = turn.take(envelope.message, now)
    finally:
        metrics.flush_metrics()
    sealed = wire.seal_reply(reply, envelope, query, settings, clock())
    return response(200, sealed, "text/xml; charset=utf-8" if reply.text else "text/plain; charset=utf-8")


def body_of(event: dict[str, Any]) -> bytes:
    """The request's body as it was sent. A body that is not what API Gateway says it is counts as unreadable."""
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise wire.MessageUnreadableError(problem="base64") from error


def refusal(error: DaojiaError) -> dict[str, Any]:
    content = {"error": {"code": error.code, "message": error.message, "details": error.details}}
    return response(error.http_status, json.dumps(content, ensure_ascii=False), "application/json; charset=utf-8")


def response(status: int, body: str, content_type: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": content_type}, "body": body}
