"""The shape all functions of the HTTP API share: who calls, what is wrong with a request, how refusals read.

A function makes one `Api`, declares its routes on it as Powertools does, and hands events to `Api.handle`.
"""

# Powertools leaves parts of its own surface without types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import base64
import binascii
import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NoReturn, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from pydantic import BaseModel

from daojia.kernel.errors import (
    BodyTooLargeError,
    DaojiaError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    UnauthorizedError,
)
from daojia.kernel.texts import known, say
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction
from daojia.platform import commands
from daojia.platform.errors import IdempotencyKeyMissingError, UnknownRouteError, refusal
from daojia.platform.observability import logger, metrics
from daojia.platform.tokens import Caller, CallerRole, caller_of

BODY_MAX: Final = 64 * 1024
_KEY_HEADER: Final = "idempotency-key"
_JSON: Final = "application/json"

_View = TypeVar("_View", bound=BaseModel)

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
        description="请求编号：同一请求重发时用同一个编号，只会执行一次",
    ),
]
Cursor = Annotated[str | None, Query(max_length=1000, description="上一页返回的 next；不填则从第一页开始")]
Limit = Annotated[int, Query(ge=1, le=50, description="每页条数")]


class Api(APIGatewayHttpResolver):
    """The routes of one function. Everything needs a bearer token of one of `roles`, except paths under `open_to_all`.

    Bodies are JSON whatever their content type says, at most 64 KiB.
    """

    def __init__(self, *, roles: Collection[CallerRole], open_to_all: tuple[str, ...] = ()) -> None:
        super().__init__(enable_validation=True, json_body_deserializer=_parsed)
        self._serializer = _dumped
        self._roles = frozenset(roles)
        self.open_to_all = open_to_all
        self.exception_handler(DaojiaError)(_refused)
        self.exception_handler(RequestValidationError)(_invalid)
        self.exception_handler(Exception)(_unexpected)
        self.not_found(_unknown_route)

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one request; never raises."""
        request_id = str(event.get("requestContext", {}).get("requestId", ""))
        logger.set_correlation_id(request_id)
        try:
            answer = self._answer(event, context)
        finally:
            logger.clear_state()
        answer["headers"] = {
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Request-Id": request_id,
            **answer.get("headers", {}),
        }
        return answer

    @property
    def caller(self) -> Caller:
        """Who sent the request being answered."""
        caller: Caller | None = self.context.get("caller")
        if caller is None:
            raise UnauthorizedError
        return caller

    def once(self, key: str, view: type[_View], decide: Callable[[Transaction, datetime], _View]) -> _View:
        """Carry out a command of the caller once: the same key and request give the same answer (rule 6)."""
        event = self.current_event
        body = event.json_body if event.body else None
        payload = f"{event.http_method} {event.path}\n{json.dumps(body, sort_keys=True, ensure_ascii=False)}"
        now = clock()
        answer = commands.run(
            f"http#{self.caller.account_id}#{key}",
            payload,
            lambda tx: decide(tx, now).model_dump(mode="json"),
            now=now,
        )
        return view.model_validate(answer)

    def _answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            readable = _readable(event)
            path = str(event.get("rawPath", ""))
            if not path.startswith(self.open_to_all):
                self.append_context(caller=self._authenticated(readable["headers"]))
            return self.resolve(readable, context)
        except DaojiaError as error:
            return _bare(_refused(error))
        except Exception as error:
            return _bare(_unexpected(error))

    def _authenticated(self, headers: Mapping[str, str]) -> Caller:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthorizedError
        caller = caller_of(token.strip(), clock())
        logger.append_keys(account_id=caller.account_id)
        if caller.role not in self._roles:
            raise ForbiddenError
        return caller


def _readable(event: dict[str, Any]) -> dict[str, Any]:
    """The event with header names in small letters and its body as text. Refuses what is too large or no text."""
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            raw = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            _not_json()
    else:
        raw = str(body).encode("utf-8", "surrogatepass")
    if len(raw) > BODY_MAX:
        raise BodyTooLargeError(bytes_max=BODY_MAX)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        _not_json()
    return {
        **event,
        "headers": {**headers, "content-type": _JSON},
        "body": text or None,
        "isBase64Encoded": False,
    }


def _parsed(text: str) -> Any:
    """Strict JSON: no NaN, no nesting that only an attacker would think of."""
    try:
        return json.loads(text, parse_constant=lambda _: _not_json())
    except (ValueError, RecursionError):
        _not_json()


def _not_json() -> NoReturn:
    raise InvalidInputError(problem=say("errors.problems.not_json")) from None


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _refused(error: DaojiaError) -> Response[Any]:
    if error.http_status >= 500:
        logger.warning("refused", code=error.code, error_details=error.details)
    return Response(error.http_status, content_type=_JSON, body=_dumped(refusal(error)))


def _unknown_route(_: Exception) -> Response[Any]:
    return _refused(UnknownRouteError())


def _invalid(error: RequestValidationError) -> Response[Any]:
    """Every field that is wrong, named as the caller wrote it; a path that cannot be is nothing we have."""
    found: list[dict[str, Any]] = list(error.errors())
    places = [[str(part) for part in each["loc"]] for each in found]
    if any(place[0] == "response" for place in places):
        return _unexpected(error)
    if any(place[0] == "path" for place in places):
        return _refused(NotFoundError())
    if any(place == ["header", _KEY_HEADER] for place in [[part.lower() for part in place] for place in places]):
        return _refused(IdempotencyKeyMissingError(problem=say("errors.problems.idempotency_key")))
    fields = [
        {"field": ".".join(place[1:]) or place[0], "problem": _described(each)}
        for place, each in zip(places, found, strict=True)
    ]
    problem = "；".join(f"{each['field']} {each['problem']}" for each in fields[:3])
    return _refused(InvalidInputError(problem=problem, fields=fields))


def _described(error: dict[str, Any]) -> str:
    """A rule of pydantic in words; the ones without words of their own are simply not right."""
    key = f"errors.problems.{error['type']}"
    if not known(key):
        return say("errors.problems.value")
    return say(key, **{name: value for name, value in (error.get("ctx") or {}).items() if name != "error"})


def _unexpected(error: Exception) -> Response[Any]:
    logger.error("unexpected error", exc_info=error)
    metrics.add_metric(name="UnexpectedErrors", unit="Count", value=1)
    metrics.flush_metrics()
    return Response(500, content_type=_JSON, body=_dumped(refusal(DaojiaError())))


def _bare(response: Response[Any]) -> dict[str, Any]:
    """An answer given before any route was looked for."""
    return {
        "statusCode": response.status_code,
        "headers": {"Content-Type": _JSON},
        "body": response.body,
        "isBase64Encoded": False,
        "cookies": [],
    }
