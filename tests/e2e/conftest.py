"""End-to-end tests know `stack.json`, WeChat's rules and the HTTP API, as a stranger's program would."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.e2e.town import Town

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def town(stack: dict[str, Any]) -> Town:
    return Town.of(stack)


@pytest.fixture(scope="session")
def state(stack: dict[str, Any]) -> Path:
    """The folder in which the running stack keeps its data: what its supervisor was told."""
    port = str(urlsplit(stack["aws"]["endpoint"]).port)
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "infra.local" in words and "up" in words and _told(words, "--port") in (port, None):
            return Path(_told(words, "--state") or ROOT / ".local")
    raise AssertionError(f"no supervisor of a stack at port {port}")


def _told(words: list[str], option: str) -> str | None:
    return words[words.index(option) + 1] if option in words else None


@pytest.fixture(scope="session")
def channel(state: Path) -> dict[str, str]:
    """The keys of WeChat Pay's side, with which a test can say what the channel would say."""
    identity = json.loads((state / "identity.json").read_text(encoding="utf-8"))
    return dict(identity["wechat_pay"])
