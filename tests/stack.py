"""The running stack as tests use it: the platform's own code bound to its tables, and clients for what surrounds it."""

import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

import boto3
import httpx
from botocore.config import Config

_Result = TypeVar("_Result")

PATIENCE_SECONDS = 30.0


def bind(stack: dict[str, Any]) -> None:
    """Let use cases and stores in this process work on the running stack."""
    import daojia.accounts.store
    import daojia.catalogue.store
    import daojia.chat.store
    import daojia.dispatch.store
    import daojia.ledger.store
    import daojia.messaging.delivery
    import daojia.ordering.workflow
    import daojia.payments.store
    import daojia.platform.commands  # noqa: F401 - all tables must be known before they are bound
    from daojia.kernel import secrets
    from daojia.kernel.aws import client
    from daojia.kernel.table import Table, forget_connections

    outputs = stack["outputs"]
    os.environ.update(
        AWS_ENDPOINT_URL=stack["aws"]["endpoint"],
        AWS_DEFAULT_REGION=stack["aws"]["region"],
        AWS_REGION=stack["aws"]["region"],
        AWS_ACCESS_KEY_ID=stack["aws"]["aws_access_key_id"],
        AWS_SECRET_ACCESS_KEY=stack["aws"]["aws_secret_access_key"],
        MASTER_SECRET_ARN=outputs["MasterSecretArn"],
        CHANNELS_SECRET_ARN=outputs["ChannelsSecretArn"],
        ORDER_LIFECYCLE_ARN=outputs["OrderLifecycleArn"],
        NOTIFICATIONS_QUEUE_URL=outputs["NotificationsQueueUrl"],
        PUBLIC_BASE_URL=stack["api"],
        WECHAT_API_BASE_URL=stack["simulators"]["wechat"],
        WECHAT_PAY_BASE_URL=stack["simulators"]["wechat_pay"],
    )
    real = {name.lower(): outputs[f"{name}Table"] for name in TABLES}
    for name in TABLES:
        os.environ[f"{name.upper()}_TABLE"] = outputs[f"{name}Table"]
    pending: list[type[Table]] = [Table]
    while pending:
        for model in pending.pop().__subclasses__():
            meta: Any = getattr(model, "Meta", None)
            if meta is not None and meta.table_name in real:
                meta.table_name = real[meta.table_name]
            pending.append(model)
    forget_connections()
    client.cache_clear()
    secrets.forget()


TABLES = ("Orders", "Providers", "Accounts", "Conversations", "Commands", "Ledger", "Catalogue")


def aws(stack: dict[str, Any], service: str) -> Any:
    """A boto3 client with all rights on the stack."""
    return boto3.client(
        service,
        endpoint_url=stack["aws"]["endpoint"],
        region_name=stack["aws"]["region"],
        aws_access_key_id=stack["aws"]["aws_access_key_id"],
        aws_secret_access_key=stack["aws"]["aws_secret_access_key"],
        config=Config(inject_host_prefix=False),
    )


def until(look: Callable[[], _Result], *, seconds: float = PATIENCE_SECONDS, what: str = "it") -> _Result:
    """The first true answer of `look`; AssertionError when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f} s; last seen: {found!r}"
        time.sleep(0.1)


def http(stack: dict[str, Any], **options: Any) -> httpx.Client:
    """A client of the platform's API."""
    return httpx.Client(base_url=stack["api"], timeout=30, trust_env=False, **options)
