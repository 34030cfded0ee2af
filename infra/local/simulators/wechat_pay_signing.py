"""Signatures and encryption of WeChat Pay APIv3, seen from the platform's side.

Requests are signed by the merchant (RSA PKCS#1 v1.5 with SHA-256, header `Authorization`); answers and callbacks are
signed by the platform (headers `Wechatpay-*`), and the substance of a callback is encrypted with AES-256-GCM under the
merchant's APIv3 key. Sensitive fields of a request arrive encrypted to the platform's public key (RSA-OAEP, SHA-1).
"""

import base64
import binascii
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from infra.local.simulators.wechat_pay_rules import Refusal

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESHNESS_SECONDS = 300
_PAIR = re.compile(r'([a-z_]+)="([^"]*)"')
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def random_text(length: int) -> str:
    """Letters and digits, as the platform writes its nonces and tokens."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass(frozen=True)
class Claim:
    """What an `Authorization` header says of itself, before it is believed."""

    mchid: str
    serial_no: str
    nonce: str
    timestamp: int
    signature: str

    @classmethod
    def parse(cls, header: str) -> "Claim":
        """Raises Refusal (401 SIGN_ERROR) when the header is missing, of another scheme or incomplete."""
        scheme, _, rest = header.strip().partition(" ")
        if scheme != SCHEME:
            raise sign_error(f"Authorization should start with {SCHEME}", issue="unknown scheme")
        parts = dict(_PAIR.findall(rest))
        missing = [
            name for name in ("mchid", "serial_no", "nonce_str", "timestamp", "signature") if not parts.get(name)
        ]
        if missing:
            raise sign_error(f"Authorization不合法，缺少{missing[0]}", issue=f"missing {missing[0]}")
        if not parts["timestamp"].isdigit() or len(parts["timestamp"]) > 12:
            raise sign_error("Authorization不合法，时间戳格式错误", issue="bad timestamp")
        if len(parts["nonce_str"]) > 128:
            raise sign_error("Authorization不合法，随机串过长", issue="bad nonce_str")
        return cls(
            mchid=parts["mchid"],
            serial_no=parts["serial_no"],
            nonce=parts["nonce_str"],
            timestamp=int(parts["timestamp"]),
            signature=parts["signature"],
        )


def sign_error(message: str, *, issue: str, **more: object) -> Refusal:
    """The answer to a request whose signature cannot be believed."""
    return Refusal(
        401,
        "SIGN_ERROR",
        message,
        {"field": "signature", "issue": issue, "location": "authorization", **more},
    )


class Platform:
    """The keys of both sides: verifies what the merchant signed, signs and encrypts what the platform says."""

    def __init__(self, config: Mapping[str, str]) -> None:
        self.mchid = config["mchid"]
        self.appids = (config["appid"], config["miniprogram_appid"])
        self.public_key_id = config["platform_public_key_id"]
        self._apiv3_key = config["apiv3_key"].encode()
        self._merchant_serial = config["merchant_serial_no"]
        if len(self._apiv3_key) != 32:
            raise ValueError("apiv3_key must have 32 bytes")
        merchant = load_pem_public_key(config["merchant_public_key"].encode())
        private = load_pem_private_key(config["platform_private_key"].encode(), password=None)
        if not isinstance(merchant, rsa.RSAPublicKey) or not isinstance(private, rsa.RSAPrivateKey):
            raise ValueError("merchant_public_key and platform_private_key must be RSA keys")
        self._merchant: rsa.RSAPublicKey = merchant
        self._private: rsa.RSAPrivateKey = private
        stated = load_pem_public_key(config["platform_public_key"].encode())
        if not isinstance(stated, rsa.RSAPublicKey) or stated.public_numbers() != private.public_key().public_numbers():
            raise ValueError("platform_public_key does not belong to platform_private_key")

    def verify(self, claim: Claim, method: str, target: str, body: bytes, *, now: float) -> None:
        """Believe a request or raise Refusal 401. `target` is the path with its query as it stood on the wire."""
        if claim.mchid != self.mchid:
            raise sign_error("商户号不存在", issue="unknown mchid")
        if claim.serial_no.upper() != self._merchant_serial.upper():
            raise sign_error("商户证书序列号有误，请使用签名私钥匹配的证书序列号", issue="unknown serial_no")
        if abs(now - claim.timestamp) > FRESHNESS_SECONDS:
            raise sign_error("Authorization不合法，时间戳已过期", issue="timestamp expired")
        message = b"\n".join(
            [method.encode(), target.encode(), str(claim.timestamp).encode(), claim.nonce.encode(), body]
        )
        message += b"\n"
        if not self.merchant_signed(claim.signature, message):
            shown = message.decode(errors="replace")
            raise sign_error(
                "错误的签名，验签失败",
                issue="sign not match",
                sign_information={
                    "method": method,
                    "url": target,
                    "truncated_sign_message": shown[:256],
                    "sign_message_length": len(message),
                },
            )

    def merchant_signed(self, signature_base64: str, message: bytes) -> bool:
        """Whether the merchant's private key made this signature (also used for `paySign`)."""
        try:
            signature = base64.b64decode(signature_base64, validate=True)
            self._merchant.verify(signature, message, padding.PKCS1v15(), SHA256())
        except (binascii.Error, ValueError, InvalidSignature):
            return False
        return True

    def signed_headers(self, body: bytes) -> dict[str, str]:
        """The `Wechatpay-*` headers over a body; an empty body (204) is signed too."""
        timestamp, nonce = str(int(time.time())), random_text(32)
        message = timestamp.encode() + b"\n" + nonce.encode() + b"\n" + body + b"\n"
        signature = self._private.sign(message, padding.PKCS1v15(), SHA256())
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": self.public_key_id,
            "Wechatpay-Signature-Type": SCHEME,
        }

    def sealed(self, resource: Mapping[str, Any], original_type: str) -> dict[str, str]:
        """The `resource` of a callback: AES-256-GCM, a 12-character nonce, the type as associated data."""
        nonce = random_text(12)
        plain = json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
        cipher = AESGCM(self._apiv3_key).encrypt(nonce.encode(), plain, original_type.encode())
        return {
            "original_type": original_type,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(cipher).decode(),
            "associated_data": original_type,
            "nonce": nonce,
        }

    def opened(self, ciphertext_base64: str) -> str:
        """A sensitive field of a request (RSA-OAEP with SHA-1); Refusal 400 when it was sealed to another key."""
        try:
            cipher = base64.b64decode(ciphertext_base64, validate=True)
            oaep = padding.OAEP(mgf=padding.MGF1(SHA1()), algorithm=SHA1(), label=None)  # noqa: S303 - as the channel
            return self._private.decrypt(cipher, oaep).decode()
        except (binascii.Error, ValueError) as error:
            raise Refusal(400, "PARAM_ERROR", "敏感信息解密失败，请检查加密所用的微信支付公钥") from error
