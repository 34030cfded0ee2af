"""The two secrets of a stage, fetched from Secrets Manager once per process and kept for ten minutes.

`MASTER_SECRET_ARN` holds random text made by the template: all keys of our own are derived from it (HKDF, RFC 5869).
`CHANNELS_SECRET_ARN` holds JSON with what WeChat, WeChat Pay and the administrators' log-in need; the operator fills
it in.
"""

import json
import os
import time
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from daojia.kernel.aws import client

_KEEP_SECONDS: Final = 600
_kept: dict[str, tuple[float, str]] = {}


def _fetch(variable: str) -> str:
    arn = os.environ[variable]
    fetched_at, text = _kept.get(arn, (0.0, ""))
    if text and time.monotonic() - fetched_at < _KEEP_SECONDS:
        return text
    text = str(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    _kept[arn] = (time.monotonic(), text)
    return text


def provide(variable: str, text: str) -> None:
    """Set a secret without Secrets Manager (tests)."""
    arn = os.environ.setdefault(variable, f"local:{variable}")
    _kept[arn] = (float("inf"), text)
    _derive.cache_clear()


@cache
def _derive(master: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"daojia/{purpose}".encode()).derive(master.encode())


def derived_key(purpose: str) -> bytes:
    """A 32-byte key for one purpose: `data`, `index`, `token`, `link`."""
    return _derive(_fetch("MASTER_SECRET_ARN"), purpose)


def channel(name: str) -> dict[str, Any]:
    """The settings of one outside channel: `wechat`, `wechat_pay`, `maps`, `sms` or `admin`."""
    return json.loads(_fetch("CHANNELS_SECRET_ARN"))[name]


def forget() -> None:
    """Fetch anew what was kept (tests change stages)."""
    _kept.clear()
    _derive.cache_clear()
