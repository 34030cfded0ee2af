"""Personal data at rest: encrypted where it is stored, found by keyed hash, masked wherever it is shown.

The keys come from the stage's master secret (see docs/decisions/0002-data-keys.md): AES-256-GCM for the value,
HMAC-SHA256 for the look-up. The secret is fetched once per process.
"""

import base64
import hmac
import os
from typing import Annotated

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AfterValidator, PlainSerializer

from daojia.kernel.secrets import derived_key

_PREFIX = "enc1:"


def seal(text: str) -> str:
    """Encrypt with the stage's data key: `enc1:` + base64 of nonce and ciphertext. Sealing twice changes nothing."""
    if text.startswith(_PREFIX):
        return text
    nonce = os.urandom(12)
    return _PREFIX + base64.b64encode(nonce + AESGCM(derived_key("data")).encrypt(nonce, text.encode(), None)).decode()


def unseal(sealed: str) -> str:
    """The text `seal` was given. ValueError when it was sealed with another key."""
    if not sealed.startswith(_PREFIX):
        return sealed
    raw = base64.b64decode(sealed.removeprefix(_PREFIX))
    try:
        return AESGCM(derived_key("data")).decrypt(raw[:12], raw[12:], None).decode()
    except InvalidTag as error:
        raise ValueError("not sealed with this stage's key") from error


def lookup_hash(kind: str, value: str) -> str:
    """A keyed hash to find a record by personal data (a phone number) without storing it in the clear."""
    return base64.b32encode(hmac.digest(derived_key("index"), f"{kind}:{value}".encode(), "sha256")[:20]).decode()


Sealed = Annotated[str, AfterValidator(unseal), PlainSerializer(seal, when_used="json")]
"""A string field that is clear in memory and encrypted in JSON, which is how documents are stored.

Views for people are built from masked values, never by dumping a model that has such a field.
"""


def mask_phone(phone: str) -> str:
    """138****5678."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"
