"""End-to-end tests know `stack.json`, WeChat's rules and the HTTP API, as a stranger's program would."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.town import Town

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def town(stack: dict[str, Any]) -> Town:
    return Town.of(stack)


@pytest.fixture(scope="session")
def state(stack: dict[str, Any]) -> Path:
    """The folder in which the running stack keeps its data."""
    given = os.environ.get("DAOJIA_STACK")
    return Path(given).resolve().parent if given else ROOT / ".local" / "test"


@pytest.fixture(scope="session")
def channel(state: Path) -> dict[str, str]:
    """The keys of WeChat Pay's side, with which a test can say what the channel would say."""
    identity = json.loads((state / "identity.json").read_text(encoding="utf-8"))
    return dict(identity["wechat_pay"])
