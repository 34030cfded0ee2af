"""A stack of a test's own, started and stopped as a person does."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
UP_SECONDS = 240


def command(*arguments: str, seconds: float = UP_SECONDS) -> subprocess.CompletedProcess[str]:
    """`python -m infra.local …`."""
    whole = [sys.executable, "-m", "infra.local", *arguments]
    return subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds)


def processes(state: Path) -> list[psutil.Process]:
    """The supervisor of a running stack and everything below it."""
    supervisor = psutil.Process(json.loads((state / "supervisor.json").read_text(encoding="utf-8"))["pid"])
    return [supervisor, *supervisor.children(recursive=True)]


def memory_mb(process: psutil.Process) -> float:
    """What a process occupies; 0 when it has just ended."""
    try:
        return float(process.memory_info().rss / 1e6)
    except psutil.Error:
        return 0.0


def is_function(process: psutil.Process) -> bool:
    try:
        return any("ministack-lambda" in part for part in process.cmdline())
    except psutil.Error:
        return False


@dataclass
class OwnStack:
    """One stack in a folder; its data stays from one start to the next."""

    state: Path
    port: int
    parameters: tuple[str, ...] = ()

    def up(self, *more: str) -> tuple[dict[str, Any], float]:
        """Start it; the content of stack.json and the seconds until it was ready."""
        settings = [part for each in self.parameters for part in ("--set", each)]
        begin = time.monotonic()
        done = command("up", "--detach", *self._where, *settings, *more)
        took = time.monotonic() - begin
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads((self.state / "stack.json").read_text(encoding="utf-8")), took

    def terminate(self) -> None:
        """SIGTERM to the supervisor alone; returns when everything below it has ended too."""
        everything = processes(self.state)
        everything[0].send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(everything, timeout=60)
        assert not alive, [process.cmdline() for process in alive]

    def down(self) -> None:
        command("down", *self._where)

    @property
    def _where(self) -> tuple[str, ...]:
        return "--state", str(self.state), "--port", str(self.port)
