"""Small pages that links in messages open: paying for an order, grabbing one.

`GET /pay/{token}` shows what is to be paid (as JSON: whether it is), `POST` gives what WeChat's pay sheet needs.
`GET /grab/{token}` shows the offer, `POST` takes it, once per link.
"""

import json
from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

from page_grab import offer, take
from page_parts import Page, message
from page_pay import bill, pay_params

from daojia.kernel.errors import DaojiaError, NotFoundError
from daojia.kernel.texts import say
from daojia.kernel.times import now as clock
from daojia.platform.errors import refusal
from daojia.platform.links import LinkExpiredError, LinkInvalidError
from daojia.platform.observability import logger

Answer = Page | dict[str, Any]
ROUTES: dict[tuple[str, str], Callable[[str, bool], Answer]] = {
    ("GET", "pay"): lambda token, as_json: bill(token, clock(), as_json=as_json),
    ("POST", "pay"): lambda token, _: pay_params(token, clock()),
    ("GET", "grab"): lambda token, _: offer(token, clock()),
    ("POST", "grab"): lambda token, as_json: take(token, clock(), as_json=as_json),
}
TITLES = {LinkExpiredError: "pages.message.expired_title", LinkInvalidError: "pages.message.invalid_title"}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer one request; never raises."""
    method = str(event["requestContext"]["http"]["method"]).upper()
    _, kind, token = (str(event["rawPath"]) + "//").split("/")[:3]
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    as_json = "application/json" in headers.get("accept", "")
    logger.set_correlation_id(event["requestContext"].get("requestId"))
    try:
        route = ROUTES.get(("GET" if method == "HEAD" else method, kind))
        if route is None:
            raise NotFoundError
        return _answered(200, route(token, as_json))
    except DaojiaError as error:
        return _refused(error, kind, as_json=as_json or (method, kind) == ("POST", "pay"))
    except Exception as error:
        logger.error("unexpected error", exc_info=error)
        return _refused(DaojiaError(), kind, as_json=as_json)
    finally:
        logger.clear_state()


def _refused(error: DaojiaError, kind: str, *, as_json: bool) -> dict[str, Any]:
    told = refusal(error)
    if as_json:
        flat = {"ok": False, "code": error.code, "message": told["error"]["message"]} if kind == "grab" else {}
        return _answered(error.http_status, {**told, **flat})
    title = TITLES.get(type(error)) or f"pages.message.{'error' if error.http_status >= 500 else 'refused'}_title"
    return _answered(error.http_status, message(say(title), told["error"]["message"], mood="sad"))


def _answered(status: int, answer: Answer) -> dict[str, Any]:
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Type": "application/json; charset=utf-8",
    }
    if isinstance(answer, dict):
        return {"statusCode": status, "headers": headers, "body": json.dumps(answer, ensure_ascii=False)}
    nonce = token_urlsafe(16)
    headers["Content-Type"] = "text/html; charset=utf-8"
    headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )
    return {"statusCode": status, "headers": headers, "body": answer.html(nonce)}
