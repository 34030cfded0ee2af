"""The programs of the local stack: started in their own sessions, watched, stopped in order."""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.build import ROOT, BuildError
from infra.local.paths import Place

STOP_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1
SERVICES = (
    *("apigateway", "cloudformation", "cloudwatch", "dynamodb", "dynamodbstreams", "ec2", "events", "iam", "kms"),
    *("lambda", "logs", "s3", "scheduler", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts"),
)
"""What the template uses; the emulator serves nothing else."""


@dataclass
class Program:
    """One running program with its log file."""

    name: str
    command: list[str]
    log: Path
    health: str
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self.env},
                cwd=ROOT,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one thread starts them
            )

    def await_health(self, patience_seconds: float) -> None:
        """Return when it answers; BuildError with the end of its log if it dies or does not answer in time."""
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                raise BuildError(f"{self.name} stopped while starting:\n{self.tail()}")
            if answers(self.health):
                return
            time.sleep(0.1)
        raise BuildError(f"{self.name} did not answer within {patience_seconds:.0f} s:\n{self.tail()}")

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ask it to end and wait; its whole session is ended if it does not."""
        if self.process is None or not self.alive:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def tail(self, lines: int = 15) -> str:
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _end_with_parent() -> None:
    """Have the kernel end this program when the one that started it is gone, however that ended."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def answers(url: str) -> bool:
    """Whether something answers 200 there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own loopback address
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError, OSError):
        return False


def is_free(port: int) -> bool:
    """Whether nothing listens there on this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_port(first: int) -> int:
    """The first port from `first` on at which a whole stack fits; BuildError when there is none among a thousand."""
    for port in range(first, first + 1000, 20):
        if all(is_free(each) for each in Place(Path(), port).ports.values()):
            return port
    raise BuildError(f"no free ports between {first} and {first + 1000}")


def require_free(ports: Mapping[str, int]) -> None:
    """BuildError that says which port is taken and what to do."""
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise BuildError(
                    f"port {port} (for {name}) is taken by another program. Stop it (`python -m infra.local down` if "
                    "it is another local stack), or choose other ports: "
                    f"`python -m infra.local up --port {port + 1000}`."
                ) from error


def ministack(port: int, state: Path, log: Path) -> Program:
    """The AWS emulator, with its data in `state` and IAM policies enforced."""
    scratch = state / "tmp"  # the functions' unpacked code, of no use after a stop
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    env = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "S3_PERSIST": "1",
        "STATE_DIR": str(state / "aws"),
        "S3_DATA_DIR": str(state / "s3"),
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_WARM_TTL_SECONDS": "60",
        "LOG_LEVEL": "WARNING",
        "SERVICES": ",".join(SERVICES),
        "IOT_MTLS_ENABLED": "0",  # it would listen on all addresses
        "SFTP_ENABLED": "0",
        "TMPDIR": str(scratch),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",  # or the functions would follow one of the shell's own
        "AWS_DEFAULT_REGION": "us-east-1",
        "MINISTACK_REGION": "us-east-1",
        "PYTHONUNBUFFERED": "1",
        "TZ": "Asia/Shanghai",
    }
    health = f"http://127.0.0.1:{port}/_ministack/health"
    return Program("MiniStack", [sys.executable, "-m", "infra.local.emulator"], log, health, env)


def module(name: str, module_name: str, port: int, log: Path, *arguments: str) -> Program:
    """A program of ours with a `/health` address."""
    command = [sys.executable, "-m", module_name, "--port", str(port), *arguments]
    return Program(name, command, log, f"http://127.0.0.1:{port}/health")


def write_json(path: Path, content: Any) -> None:
    """Write a file whole or not at all; only the owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    temporary.chmod(0o600)
    temporary.replace(path)
