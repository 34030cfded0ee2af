"""The entry points as Lambda loads them, and the merchant account they work for."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from daojia.kernel import secrets
from tests.unit.simulators.wechat_pay_stage import APIV3_KEY, APPID, KEY_ID, MCHID, MINI, SERIAL, key_pair

ROOT = Path(__file__).resolve().parents[3]


def load(name: str) -> Any:
    """The module of `functions/<name>/app.py`."""
    spec = importlib.util.spec_from_file_location(f"money_{name}_app", ROOT / "functions" / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def provide_merchant(monkeypatch: pytest.MonkeyPatch, base_url: str) -> None:
    """The channels secret and the addresses a function needs."""
    settings = {
        "wechat": {"appid": APPID, "miniprogram_appid": MINI},
        "wechat_pay": {
            "mchid": MCHID,
            "apiv3_key": APIV3_KEY,
            "merchant_private_key": key_pair("merchant")[0],
            "merchant_serial_no": SERIAL,
            "public_key": key_pair("platform")[1],
            "public_key_id": KEY_ID,
        },
    }
    monkeypatch.setenv("CHANNELS_SECRET_ARN", "local:channels-of-payments")
    secrets.provide("CHANNELS_SECRET_ARN", json.dumps(settings))
    monkeypatch.setenv("WECHAT_PAY_BASE_URL", base_url)
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://daojia.example")
