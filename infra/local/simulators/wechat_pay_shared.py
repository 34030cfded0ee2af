"""What this simulator needs of the parts both simulators share: a journal to write to, faults to ask for."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Misbehaviour:
    """One fault that applies now. `delay_ms` and `status` are 0, `code` and `message` '' where the switch gave none."""

    kind: str  # slow error duplicate lost late out_of_order
    delay_ms: int = 0
    status: int = 0
    code: str = ""
    message: str = ""


class Faults(Protocol):
    """The switches of `PUT /_faults`."""

    def take(self, name: str, *kinds: str) -> Misbehaviour | None:
        """The fault of one of these kinds that is switched on for a path or event, using up one of its times."""
        ...


class Journal(Protocol):
    """The log of what came in and went out, as `GET /_journal` shows it."""

    def record(self, kind: str, data: dict[str, Any]) -> object:
        """Append one entry."""
        ...
