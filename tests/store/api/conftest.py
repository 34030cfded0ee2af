"""A small world on moto for the API's tests."""

import pytest

from tests.store.api.world import World, open_world


@pytest.fixture
def world(tables: None, monkeypatch: pytest.MonkeyPatch) -> World:
    return open_world(monkeypatch)
