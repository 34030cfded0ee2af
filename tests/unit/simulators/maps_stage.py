"""The maps simulator for tests, and a client that has its key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from daojia.kernel.breaker import Breaker
from daojia.places.maps import MapsClient
from infra.local.simulators.maps import build
from tests.unit.simulators.serving import serving

KEY, SECRET = "ABCDE-FGHIJ-KLMNO-PQRST-UVWXY-Z2345", "a-secret-that-signs"


@dataclass
class Stage:
    url: str
    client: MapsClient
    http: httpx.Client

    def misbehave(self, *faults: dict[str, Any]) -> None:
        assert self.http.put("/_faults", json=list(faults)).status_code == 200

    def asked(self) -> int:
        return len(self.http.get("/_journal").json()["items"])

    def fresh(self, breaker: Breaker | None = None, *, key: str = KEY, secret: str = SECRET) -> MapsClient:
        return MapsClient(key, secret, base_url=self.url, breaker=breaker)


@contextmanager
def running(state: Path) -> Iterator[Stage]:
    with (
        serving(build({"key": KEY, "secret": SECRET}, state)) as url,
        httpx.Client(base_url=url, trust_env=False) as http,
    ):
        yield Stage(url, MapsClient(KEY, SECRET, base_url=url), http)
