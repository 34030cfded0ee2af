"""Puts the fakes where the platform meets the outside, and a standing clock where it asks for the time."""

import json
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient

from daojia.accounts.sms import SmsClient
from daojia.chat import turn
from daojia.kernel import ids, parallel, times
from daojia.messaging.wechat_client import WeChatClient
from daojia.payments.wechat_pay import WeChatPayClient
from infra.local.identity import password_hash
from infra.local.simulators import wechat_pay_signing
from tests.crash import tables
from tests.crash.boundary import Dice
from tests.crash.outside import AWS, BankCounter, ShortMessages, WeChatCounter
from tests.store.api.world import function
from tests.unit.ordering.builders import TIMING
from tests.unit.simulators.wechat_pay_stage import APIV3_KEY, APPID, KEY_ID, MCHID, MINI, SERIAL, key_pair

if TYPE_CHECKING:
    from tests.crash.world import World

PASSWORD = "correct horse battery"
ACCOUNT = {
    "appid": APPID,
    "secret": "secret",
    "token": "a-token",
    "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "original_id": "gh_daojia",
    "miniprogram_appid": MINI,
    "miniprogram_secret": "mini-secret",
}
SECRETS = {"MASTER_SECRET_ARN": "crash:master", "CHANNELS_SECRET_ARN": "crash:channels"}


def settle_environment(world: "World", patch: pytest.MonkeyPatch) -> None:
    """The variables a function finds, and a clock that says what the world says."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "WECHAT_API_BASE_URL", "WECHAT_PAY_BASE_URL"):
        patch.delenv(name, raising=False)
    found = {name.upper(): str(value) for name, value in TIMING.model_dump().items()}
    found |= SECRETS
    found |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": tables.REGION,
        "PUBLIC_BASE_URL": "https://daojia.example",
        "ORDER_LIFECYCLE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:order-lifecycle",
        "NOTIFICATIONS_QUEUE_URL": "https://queue.example/notifications",
    }
    for name, value in found.items():
        patch.setenv(name, value)
    standing = SimpleNamespace(
        now=lambda _zone: world.now, fromisoformat=datetime.fromisoformat, combine=datetime.combine
    )
    patch.setattr(times, "datetime", standing)
    as_it_stands = SimpleNamespace(time=lambda: world.now.timestamp())  # noqa: PLW0108 - asked anew every time
    patch.setattr(wechat_pay_signing, "time", as_it_stands)
    patch.setattr(ids, "secrets", Dice())
    patch.setattr(parallel, "_pool", world.pools.at)
    patch.setattr(turn, "_pool", world.pools.at)


def stand_between_aws(world: "World", patch: pytest.MonkeyPatch) -> None:
    """Every call of AWS crosses the boundary; tables are moto's, all else is the world's."""
    to_moto = BaseClient._make_api_call
    secrets = {"crash:master": "master-of-crashes", "crash:channels": json.dumps(_channels())}

    def answer(client: BaseClient, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        if (service, operation) in AWS:
            return getattr(world.outside, AWS[service, operation])(**arguments)
        if (service, operation) == ("secretsmanager", "GetSecretValue"):
            return {"SecretString": secrets[arguments["SecretId"]]}
        assert service == "dynamodb", f"nobody answers {service}:{operation} here"
        return to_moto(client, operation, arguments)

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        return world.boundary.call(f"{service}:{operation}", lambda: answer(client, service, operation, arguments))

    patch.setattr(BaseClient, "_make_api_call", call)


def stand_between_wechat(world: "World", patch: pytest.MonkeyPatch) -> None:
    """The official account's client, the mini-program's log-in and WeChat Pay's library ask counters in memory."""
    counter = WeChatCounter(world.outside, world.boundary)
    function("customer_api")
    import customer_login  # pyright: ignore[reportMissingImports]

    patch.setattr(customer_login, "_http", counter)
    official = WeChatClient(APPID, "secret")
    official._http = counter  # pyright: ignore[reportAttributeAccessIssue]
    patch.setattr(WeChatClient, "of_stage", staticmethod(lambda: official))
    sms = ShortMessages(world.outside, world.boundary)
    patch.setattr(SmsClient, "of_stage", staticmethod(lambda: sms))
    make = WeChatPayClient.__dict__["_sdk"].func

    @cache
    def sdk(client: WeChatPayClient) -> BankCounter:
        return BankCounter(world.outside, world.boundary, make(client))

    patch.setattr(WeChatPayClient, "_sdk", property(sdk))


def note_acts(world: "World", patch: pytest.MonkeyPatch) -> None:
    """What chats lead to is noted for completeness."""
    carry_out = turn.carry_out

    def noted(act: Any, *arguments: Any, **named: Any) -> str:
        world.reached.add(f"act {type(act).__name__}")
        return carry_out(act, *arguments, **named)

    patch.setattr(turn, "carry_out", noted)


def _channels() -> dict[str, Any]:
    return {
        "wechat": ACCOUNT,
        "wechat_pay": {
            "mchid": MCHID,
            "apiv3_key": APIV3_KEY,
            "merchant_private_key": key_pair("merchant")[0],
            "merchant_serial_no": SERIAL,
            "public_key": key_pair("platform")[1],
            "public_key_id": KEY_ID,
        },
        "admin": {"username": "admin", "password_hash": password_hash(PASSWORD)},
    }
