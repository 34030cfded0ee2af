"""The API's description of itself, and a page to try it. Both are files beside this one, made from the code."""

from functools import cache
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from aws_lambda_powertools.event_handler import Response
from customer_front import api

FOLDER = Path(__file__).parent


@cache
def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@api.get("/v1/openapi.json", include_in_schema=False)
def openapi() -> Response[Any]:
    headers = {"Cache-Control": "max-age=300"}
    return Response(200, content_type="application/json; charset=utf-8", body=_file("openapi.json"), headers=headers)


@api.get("/v1/docs", include_in_schema=False)
def docs() -> Response[Any]:
    nonce = token_urlsafe(16)
    headers = {
        "Content-Security-Policy": f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
    }
    page = _file("docs.html").replace("{{nonce}}", nonce)
    return Response(200, content_type="text/html; charset=utf-8", body=page, headers=headers)
