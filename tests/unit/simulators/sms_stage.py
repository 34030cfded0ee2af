"""The SMS simulator for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from infra.local.identity import CODE_TEMPLATE
from infra.local.simulators.sms import build
from tests.unit.simulators.serving import serving

SETTINGS = {
    "secret_id": "AKIDtest",
    "secret_key": "a-secret-that-signs",
    "sdk_app_id": "1400006891",
    "sign_name": "到家",
    "code_template_id": "449739",
}


def configuration() -> dict[str, Any]:
    return {**SETTINGS, "code_template": CODE_TEMPLATE}


@dataclass
class Stage:
    url: str
    http: httpx.Client

    def messages(self, phone: str) -> list[dict[str, Any]]:
        return list(self.http.get("/_messages", params={"phone": phone}).json()["items"])

    def code(self, phone: str) -> str:
        return str(self.messages(phone)[0]["params"][0])


@contextmanager
def running(state: Path) -> Iterator[Stage]:
    with serving(build(configuration(), state)) as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield Stage(url, http)
