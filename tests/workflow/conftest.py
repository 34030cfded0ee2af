"""Workflow tests drive orders on the running stack."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def _road(stack: dict[str, Any]) -> Any:
    from tests.workflow.road import Road

    return Road(stack)


@pytest.fixture
def road(_road: Any) -> Iterator[Any]:
    """The stack's road, with the channel behaving again after each test."""
    yield _road
    _road.misbehave()
