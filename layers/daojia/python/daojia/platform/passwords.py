"""Passwords of administrators: stored as scrypt hashes (RFC 7914), compared in constant time."""

import base64
import hashlib
import hmac
from typing import Final

_MEMORY_MAX: Final = 128 * 1024 * 1024
_NOBODY: Final = "scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
"""A hash no password has: checking against it takes as long as checking a real one."""


def matches(password: str, stored: str | None) -> bool:
    """Whether a password belongs to `scrypt$n$r$p$base64 salt$base64 hash`. None (no such user) takes as long."""
    _, n, r, p, salt, expected = (stored or _NOBODY).split("$")
    digest = hashlib.scrypt(
        password.encode(), salt=base64.b64decode(salt), n=int(n), r=int(r), p=int(p), maxmem=_MEMORY_MAX, dklen=32
    )
    return hmac.compare_digest(digest, base64.b64decode(expected)) and stored is not None
