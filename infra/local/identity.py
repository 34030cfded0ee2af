"""Who the local stack pretends to be: made once per state folder, kept over restarts."""

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

APPID = "wx5d1f0a8e3b7c9264"
MINIPROGRAM_APPID = "wx8c2e4b6a0d9f1357"
ORIGINAL_ID = "gh_3a7d9e51c0b2"
TEMPLATES = {
    "tmpl_offer": {
        "title": "新订单提醒",
        "fields": {
            "thing1": "服务项目",
            "time2": "上门时间",
            "thing3": "服务地点",
            "amount4": "预计收入",
            "character_string5": "订单编号",
        },
    },
    "tmpl_order": {
        "title": "订单进度提醒",
        "fields": {
            "character_string1": "订单编号",
            "thing2": "服务项目",
            "time3": "上门时间",
            "phrase4": "订单状态",
            "thing5": "温馨提示",
        },
    },
    "tmpl_income": {
        "title": "收入到账提醒",
        "fields": {"amount1": "金额", "time2": "时间", "thing3": "说明"},
    },
}

CODE_TEMPLATE = "{1}为您的登录验证码，{2}分钟内有效。如非本人操作，请忽略本短信。"


def load_or_make(path: Path) -> dict[str, Any]:
    """The identity in `path`: WeChat, WeChat Pay and administrator settings, with the keys of both sides."""
    if path.exists():
        known = dict(json.loads(path.read_text(encoding="utf-8")))
        return known if {"maps", "sms"} <= set(known) else _kept(path, {"maps": _maps(), "sms": _sms(), **known})
    merchant_private, merchant_public = _key_pair()
    platform_private, platform_public = _key_pair()
    identity = {
        "wechat": {
            "appid": APPID,
            "secret": secrets.token_hex(16),
            "token": secrets.token_hex(8),
            "encoding_aes_key": base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
            "original_id": ORIGINAL_ID,
            "miniprogram_appid": MINIPROGRAM_APPID,
            "miniprogram_secret": secrets.token_hex(16),
        },
        "wechat_pay": {
            "mchid": "1900006891",
            "apiv3_key": secrets.token_hex(16),
            "merchant_serial_no": secrets.token_hex(20).upper(),
            "merchant_private_key": merchant_private,
            "merchant_public_key": merchant_public,
            "platform_private_key": platform_private,
            "platform_public_key": platform_public,
            "platform_public_key_id": f"PUB_KEY_ID_{secrets.randbelow(10**16):016d}",
        },
        "maps": _maps(),
        "sms": _sms(),
        "admin": {"username": "admin", "password": secrets.token_urlsafe(12)},
    }
    return _kept(path, identity)


def _kept(path: Path, identity: dict[str, Any]) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(identity, indent=1), encoding="utf-8")
    path.chmod(0o600)
    return identity


def _sms() -> dict[str, str]:
    """An application of Tencent Cloud SMS with one approved template."""
    return {
        "secret_id": f"AKID{secrets.token_hex(16)}",
        "secret_key": secrets.token_hex(16),
        "sdk_app_id": "1400006891",
        "sign_name": "到家",
        "code_template_id": "449739",
    }


def _maps() -> dict[str, str]:
    """A key as Tencent Location Service gives them, and the secret that signs."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    parts = ("".join(secrets.choice(letters) for _ in range(5)) for _ in range(6))
    return {"key": "-".join(parts), "secret": secrets.token_hex(16)}


def channels_secret(identity: dict[str, Any]) -> dict[str, Any]:
    """What the operator would fill into the channels secret."""
    pay = identity["wechat_pay"]
    return {
        "wechat": identity["wechat"],
        "wechat_pay": {
            "mchid": pay["mchid"],
            "apiv3_key": pay["apiv3_key"],
            "merchant_private_key": pay["merchant_private_key"],
            "merchant_serial_no": pay["merchant_serial_no"],
            "public_key": pay["platform_public_key"],
            "public_key_id": pay["platform_public_key_id"],
        },
        "maps": identity["maps"],
        "sms": identity["sms"],
        "admin": {
            "username": identity["admin"]["username"],
            "password_hash": password_hash(identity["admin"]["password"]),
        },
    }


def password_hash(password: str) -> str:
    """`scrypt$n$r$p$salt$hash`, as `daojia.platform.passwords` reads it."""
    n, r, p = 2**14, 8, 1
    salt = os.urandom(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=32)
    return f"scrypt${n}${r}${p}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def simulator_configs(identity: dict[str, Any], webhook: str) -> dict[str, dict[str, Any]]:
    """What each simulator must know to be the other side of these settings."""
    wechat, pay = identity["wechat"], identity["wechat_pay"]
    return {
        "wechat": {**wechat, "webhook": webhook, "templates": TEMPLATES},
        "wechat_pay": {
            "mchid": pay["mchid"],
            "appid": wechat["appid"],
            "miniprogram_appid": wechat["miniprogram_appid"],
            "apiv3_key": pay["apiv3_key"],
            "merchant_serial_no": pay["merchant_serial_no"],
            "merchant_public_key": pay["merchant_public_key"],
            "platform_private_key": pay["platform_private_key"],
            "platform_public_key": pay["platform_public_key"],
            "platform_public_key_id": pay["platform_public_key_id"],
        },
        "maps": identity["maps"],
        "sms": {**identity["sms"], "code_template": CODE_TEMPLATE},
    }


def _key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
