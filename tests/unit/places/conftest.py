"""The maps simulator, once per module's needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.simulators import maps_stage


@pytest.fixture
def maps(tmp_path: Path) -> Iterator[maps_stage.Stage]:
    with maps_stage.running(tmp_path / "maps.sqlite") as stage:
        yield stage
