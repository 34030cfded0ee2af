"""Identifiers: sortable where order matters, deterministic where the same thing must meet itself again."""

import base64
import hashlib
import secrets
from datetime import datetime
from typing import Final, NewType

AccountId = NewType("AccountId", str)
"""A person. A provider's id is the id of their account."""
ProviderId = AccountId
OrderId = NewType("OrderId", str)
ServiceId = NewType("ServiceId", str)

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(now: datetime) -> str:
    """26 characters that sort by time (milliseconds), 80 random bits: https://github.com/ulid/spec."""
    value = (int(now.timestamp() * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -5, -5))


def new_order_id(now: datetime) -> OrderId:
    return OrderId(f"o_{ulid(now)}")


def account_id_of(appid: str, openid: str) -> AccountId:
    """The account of a WeChat user of one app: the same openid always leads to the same account."""
    digest = hashlib.sha256(f"{appid}:{openid}".encode()).digest()
    return AccountId("a_" + base64.b32encode(digest[:15]).decode().lower())


def digits(count: int) -> str:
    """`count` random decimal digits from the system's generator (arrival codes, order numbers)."""
    return f"{secrets.randbelow(10**count):0{count}d}"
