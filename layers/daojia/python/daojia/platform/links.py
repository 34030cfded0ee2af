"""Signed links: who holds one may do one thing with one order until it ends (B4).

A token is `base64url(JSON [expiry, subject]) . base64url(HMAC)`. The purpose is part of what is signed, so that a link
to pay is no link to grab. The text of the signature is compared, not its bytes: one link has exactly one spelling,
which makes the token itself a key for "only once".
"""

import base64
import hmac
import json
from datetime import datetime
from typing import Any, Final

from daojia.kernel.errors import DaojiaError, UnauthorizedError
from daojia.kernel.secrets import derived_key
from daojia.kernel.times import seconds

_SIGNATURE_BYTES: Final = 16
_TOKEN_MAX: Final = 1024


class LinkInvalidError(UnauthorizedError):
    """The link was not made by this stage for this purpose, or somebody changed it."""

    code = "LINK_INVALID"


class LinkExpiredError(DaojiaError):
    """The link was genuine; its time is over."""

    code = "LINK_EXPIRED"
    http_status = 410


def sign_link(purpose: str, subject: dict[str, str], expires: datetime) -> str:
    """A URL-safe token that names `subject` until `expires` (whole seconds, rounded down)."""
    content = json.dumps([seconds(expires), subject], separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    payload = _encoded(content.encode())
    return f"{payload}.{_signature(purpose, payload)}"


def read_link(purpose: str, token: str, now: datetime) -> dict[str, str]:
    """The subject of a token. LinkInvalidError unless it was signed for `purpose`; LinkExpiredError when it ended."""
    payload, _, signature = token.partition(".")
    genuine = len(token) <= _TOKEN_MAX and token.isascii()
    if not genuine or not hmac.compare_digest(signature, _signature(purpose, payload)):
        raise LinkInvalidError
    expires, subject = _decoded(payload)
    if seconds(now) >= expires:
        raise LinkExpiredError
    return subject


def _signature(purpose: str, payload: str) -> str:
    digest = hmac.digest(derived_key("link"), f"{purpose}:{payload}".encode(), "sha256")
    return _encoded(digest[:_SIGNATURE_BYTES])


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(payload: str) -> tuple[int, dict[str, str]]:
    content: Any = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return int(content[0]), {str(key): str(value) for key, value in content[1].items()}
