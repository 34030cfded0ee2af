"""Clients of AWS services other than DynamoDB, made once per process, with short timeouts and few retries."""

import os
from functools import cache
from typing import Any

import botocore.session  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]


@cache
def client(service: str) -> Any:
    """A botocore client in the function's region. Endpoint overrides come from the environment as AWS defines them."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    config = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})
    session: Any = botocore.session
    return session.get_session().create_client(service, region_name=region, config=config)
