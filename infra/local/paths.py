"""Where the local stack keeps things, and at which ports its programs listen."""

from dataclasses import dataclass
from pathlib import Path

from infra.build import ROOT

STACK_NAME = "daojia-local"
BUCKET = "daojia-local-artifacts"
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""MiniStack's root credentials; they open nothing but the emulator."""


@dataclass(frozen=True)
class Place:
    """One local stack: a state folder and a first port."""

    state: Path
    port: int

    @property
    def stack_json(self) -> Path:
        return self.state / "stack.json"

    @property
    def pid_file(self) -> Path:
        return self.state / "supervisor.json"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def cache(self) -> Path:
        """Built dependency layers are shared by all stacks of this checkout."""
        return ROOT / ".local" / "cache"

    @property
    def ports(self) -> dict[str, int]:
        names = ("aws", "wechat", "wechat_pay", "maps", "sms")
        return {**{name: self.port + offset for offset, name in enumerate(names)}, "web": self.port + 10}

    def url(self, program: str) -> str:
        return f"http://127.0.0.1:{self.ports[program]}"

    @property
    def api(self) -> str:
        """The platform's HTTP API behind MiniStack."""
        return f"{self.url('aws')}/_aws/execute-api/{STACK_NAME}/$default"

    @property
    def aws_env(self) -> dict[str, str]:
        """What the AWS command line and SDK need to talk to this stack."""
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.url("aws"),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_PAGER": "",
        }
