"""What all tests share: the order of their kinds, and one running stack for those that need it."""

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from infra.local.programs import free_port

settings.register_profile("steady", derandomize=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile("explore" if os.environ.get("EXPLORE") else "steady")
"""The same examples every time, so that a red run is the change's doing; `EXPLORE=1` looks for new ones."""

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("unit", "store", "crash", "workflow", "e2e", "browser")
UP_SECONDS = 240
LOGS = ROOT / ".local" / "test" / "logs"
"""What the last session's stack wrote."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--features", action="store_true", help="run what proves rows of the feature list, and list them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Quick kinds first; those on the running stack come last, because it binds the tables of this process."""

    def kind(item: pytest.Item) -> int:
        parts = item.path.relative_to(ROOT / "tests").parts
        return KINDS.index(parts[0]) if parts[0] in KINDS else len(KINDS)

    items.sort(key=kind)
    if config.getoption("--features"):
        items[:] = [item for item in items if item.get_closest_marker("feature")]
        for item in items:
            item.user_properties += [("feature", row) for mark in item.iter_markers("feature") for row in mark.args]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """With `--features`: each row with how many of its tests passed."""
    if not config.getoption("--features"):
        return
    rows: dict[str, list[bool]] = defaultdict(list)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, row in report.user_properties:
                if name == "feature":
                    rows[row].append(outcome == "passed")
    for row, passed in sorted(rows.items(), key=lambda each: (each[0][0], int(each[0][1:]))):
        terminalreporter.write_line(f"{row:>4}  {sum(passed):>4} of {len(passed):<4} {'█' * min(60, sum(passed))}")


@pytest.fixture(scope="session")
def stack() -> Iterator[dict[str, Any]]:
    """The content of stack.json of a running local stack.

    Started fresh for the session on free ports; `DAOJIA_STACK=path/to/stack.json` uses one that runs already.
    """
    given = os.environ.get("DAOJIA_STACK")
    if given:
        yield _bound(json.loads(Path(given).read_text(encoding="utf-8")))
        return
    state = ROOT / ".local" / "test" / str(os.getpid())
    command = [sys.executable, "-m", "infra.local"]
    where = ["--state", str(state), "--port", str(free_port(14566))]
    up = subprocess.run(
        [*command, "up", "--fresh", "--detach", *where], cwd=ROOT, check=False, capture_output=True, timeout=UP_SECONDS
    )
    assert up.returncode == 0, (up.stdout + up.stderr).decode()
    try:
        yield _bound(json.loads((state / "stack.json").read_text(encoding="utf-8")))
    finally:
        subprocess.run([*command, "down", *where], cwd=ROOT, check=False, capture_output=True)
        shutil.rmtree(LOGS, ignore_errors=True)
        shutil.copytree(state / "logs", LOGS)
        shutil.rmtree(state)


def _bound(stack: dict[str, Any]) -> dict[str, Any]:
    from tests.stack import bind

    bind(stack)
    return stack
