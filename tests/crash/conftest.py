"""One world for all crash tests, and the count of crash points at the end of the run."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from daojia.catalogue import store as catalogue
from daojia.kernel import secrets
from daojia.kernel.aws import client
from daojia.kernel.table import forget_connections
from tests.crash import stages
from tests.crash.world import World

TOTALS = pytest.StashKey[list[int]]()


@pytest.fixture(scope="session")
def totals(pytestconfig: pytest.Config) -> list[int]:
    """How many crash points each scenario had."""
    return pytestconfig.stash.setdefault(TOTALS, [])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        _start_afresh()
        yield World(patch)
    _start_afresh()


def _start_afresh() -> None:
    stages.forget()
    forget_connections()
    client.cache_clear()
    catalogue.forget()
    secrets.forget()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if counts := config.stash.get(TOTALS, []):
        terminalreporter.write_line(f"crash points: {sum(counts)} in {len(counts)} scenarios")
