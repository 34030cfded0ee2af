"""The WeChat simulator for the tests of its parts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.simulators import wechat_stage


@pytest.fixture
def wechat(tmp_path: Path) -> Iterator[wechat_stage.Stage]:
    with wechat_stage.running(tmp_path / "wechat.sqlite") as stage:
        yield stage
