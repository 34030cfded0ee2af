"""Who is calling: short-lived signed access tokens (JWT, HS256), and refresh tokens that work once.

A refresh token is random; only its hash is stored. Using it replaces it, logging out deletes it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import jwt
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.kernel.errors import UnauthorizedError
from daojia.kernel.ids import AccountId
from daojia.kernel.secrets import derived_key
from daojia.kernel.table import Table, table_name
from daojia.kernel.times import seconds
from daojia.kernel.transaction import Transaction
from daojia.kernel.value import Value

ACCESS_FOR: Final = timedelta(hours=1)
REFRESH_FOR: Final = timedelta(days=30)
_ALGORITHM: Final = "HS256"


class CallerRole(StrEnum):
    """What a caller of the API may be. Providers may also order as customers do."""

    CUSTOMER = "customer"
    PROVIDER = "provider"
    ADMINISTRATOR = "administrator"


class Caller(Value):
    """Whoever presented a valid access token. An administrator's account id is their username."""

    account_id: AccountId
    role: CallerRole


class Session(Value):
    """What a log-in gives: `expires_in` counts the access token's seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    role: CallerRole


class RefreshItem(Table):
    """A refresh token that was given out and not used yet, under its hash."""

    class Meta:
        table_name = table_name("COMMANDS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    role = UnicodeAttribute()
    expires_at = NumberAttribute()


def issue(account_id: AccountId, role: CallerRole, now: datetime) -> Session:
    """Log somebody in."""
    tx = Transaction()
    session = issue_within(tx, account_id, role, now)
    tx.commit()
    return session


def issue_within(tx: Transaction, account_id: AccountId, role: CallerRole, now: datetime) -> Session:
    """Log somebody in together with what proves who it is: a code that works once."""
    return _session(tx, account_id, role, now)


def refresh(refresh_token: str, now: datetime) -> Session:
    """A new session for a refresh token, which is used up by this. UnauthorizedError if it is unknown, used or old."""
    try:
        item = RefreshItem.get(_key(refresh_token), consistent_read=True)
    except RefreshItem.DoesNotExist as error:
        raise UnauthorizedError from error
    if item.expires_at <= seconds(now):
        raise UnauthorizedError
    tx = Transaction()
    tx.delete(item, condition=RefreshItem.key.exists(), otherwise=UnauthorizedError())
    session = _session(tx, AccountId(item.account_id), CallerRole(item.role), now)
    tx.commit()
    return session


def revoke(refresh_token: str) -> None:
    """Log out: the refresh token is worth nothing from now on. An unknown one does not matter."""
    tx = Transaction()
    tx.delete(RefreshItem(key=_key(refresh_token)))
    tx.commit()


def access_token(account_id: AccountId, role: CallerRole, now: datetime) -> str:
    """An access token alone."""
    claims = {"sub": account_id, "role": role.value, "iat": seconds(now), "exp": seconds(now + ACCESS_FOR)}
    return jwt.encode(claims, derived_key("token"), algorithm=_ALGORITHM)


def caller_of(token: str, now: datetime) -> Caller:
    """Who an access token was given to. UnauthorizedError when it is forged, malformed or has ended."""
    try:
        # The library would ask the clock of the machine; here `now` is the time.
        options: Any = {"require": ["sub", "role", "exp"], "verify_exp": False, "verify_iat": False}
        claims: dict[str, Any] = jwt.decode(token, derived_key("token"), algorithms=[_ALGORITHM], options=options)
        caller = Caller(account_id=claims["sub"], role=CallerRole(claims["role"]))
        expires = int(claims["exp"])
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise UnauthorizedError from error
    if expires <= seconds(now):
        raise UnauthorizedError
    return caller


def _session(tx: Transaction, account_id: AccountId, role: CallerRole, now: datetime) -> Session:
    refresh_token = secrets.token_urlsafe(32)
    expires_at = seconds(now + REFRESH_FOR)
    tx.put(RefreshItem(key=_key(refresh_token), account_id=account_id, role=role.value, expires_at=expires_at))
    return Session(
        access_token=access_token(account_id, role, now),
        refresh_token=refresh_token,
        expires_in=int(ACCESS_FOR.total_seconds()),
        role=role,
    )


def _key(refresh_token: str) -> str:
    return f"refresh#{hashlib.sha256(refresh_token.encode()).hexdigest()}"
