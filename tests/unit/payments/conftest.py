"""A WeChat Pay simulator on a free port and our client talking to it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from daojia.kernel import secrets
from daojia.payments.wechat_pay import WeChatPayClient
from tests.unit.simulators.wechat_pay_stage import (
    APIV3_KEY,
    APPID,
    KEY_ID,
    MCHID,
    MINI,
    SERIAL,
    Stage,
    key_pair,
    running,
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with running(Path(tmp_path_factory.mktemp("pay")) / "pay.sqlite") as running_stage:
        yield running_stage


@pytest.fixture
def client(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> WeChatPayClient:
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
    monkeypatch.setenv("WECHAT_PAY_BASE_URL", stage.base)
    monkeypatch.setenv("PUBLIC_BASE_URL", stage.webhook.url.removesuffix("/payments/wechat-pay") + "/")
    stage.webhook.arrived.clear()
    return WeChatPayClient.of_stage()
