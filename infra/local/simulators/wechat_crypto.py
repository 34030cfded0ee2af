"""WeChat's signatures and its AES: SHA-1 over sorted parts; AES-256-CBC, PKCS#7 to 32 bytes, IV from the key."""

import base64
import binascii
import hashlib
import secrets
import struct
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32


class UnreadableError(ValueError):
    """A reply that is not what WeChat can read; says why."""


def signature(*parts: str) -> str:
    """The SHA-1 of the sorted parts, in hex."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  WeChat's own rule


def sealed(xml: str, key: bytes, appid: str) -> str:
    """16 random bytes, the length, the XML and the appid, encrypted, in base64."""
    text = xml.encode()
    plain = secrets.token_bytes(16) + struct.pack(">I", len(text)) + text + appid.encode()
    padding = BLOCK - len(plain) % BLOCK
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()


def opened(cipher_base64: str, key: bytes, appid: str) -> str:
    """The XML inside; UnreadableError if it was not sealed with this key for this appid."""
    try:
        cipher = base64.b64decode(cipher_base64, validate=True)
        decryptor = Cipher(AES(key), CBC(key[:16])).decryptor()
        padded = decryptor.update(cipher) + decryptor.finalize()
        padding = padded[-1]
        if not 1 <= padding <= BLOCK:
            raise UnreadableError("the padding of Encrypt is wrong")
        plain = padded[16:-padding]
        length = struct.unpack(">I", plain[:4])[0]
        text, owner = plain[4 : 4 + length], plain[4 + length :]
        if owner.decode() != appid:
            raise UnreadableError("Encrypt is for another appid")
        return text.decode()
    except (binascii.Error, struct.error, IndexError, UnicodeDecodeError) as error:
        raise UnreadableError("Encrypt cannot be decrypted") from error
    except ValueError as error:
        raise error if isinstance(error, UnreadableError) else UnreadableError("Encrypt cannot be decrypted") from error


def cdata(text: str) -> str:
    """A CDATA section that nothing inside can end."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def element(name: str, value: object) -> str:
    """An element as WeChat writes it: numbers bare, texts in CDATA, lists and mappings nested."""
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(element(key, each) for key, each in value.items())}</{name}>"
    if isinstance(value, list):
        return "".join(element(name, each) for each in value)
    return f"<{name}>{value if isinstance(value, int | float) else cdata(str(value))}</{name}>"
