"""Switches for misbehaviour: which requests or events are slow, refused, lost, doubled, late, and how often."""

from dataclasses import asdict, dataclass
from typing import Any, get_type_hints

from starlette.requests import Request

from infra.local.simulators.controls import Control, bad_request
from infra.local.simulators.storage import Store

KINDS = ("slow", "error", "lost", "duplicate", "late", "out_of_order")


@dataclass(frozen=True)
class Misbehaviour:
    """One fault that applies now. `delay_ms` and `status` are 0, `code` and `message` '' where the switch gave none."""

    kind: str
    delay_ms: int = 0
    status: int = 0
    code: str = ""
    message: str = ""


@dataclass
class Switch:
    """One entry of `PUT /_faults`. `match` is a part of a path or of an event's name; `*` is everything."""

    match: str
    fault: str
    times: int = 1
    delay_ms: int = 0
    status: int = 0
    code: str = ""
    message: str = ""

    @classmethod
    def parse(cls, entry: Any) -> "Switch":
        """Raises Refused (400) that says what is wrong."""
        if not isinstance(entry, dict):
            raise bad_request("a fault is an object {match, fault, times, …}")
        types = get_type_hints(cls)
        if unknown := sorted(set(entry) - set(types)):
            raise bad_request(f"unknown: {', '.join(unknown)}")
        given: dict[str, Any] = {
            name: str(value) if name == "code" else value for name, value in entry.items() if value is not None
        }
        for name, value in given.items():
            if type(value) is not types[name] or (isinstance(value, int) and value < 0):
                raise bad_request(f"{name} has the wrong type")
        if not given.get("match") or given.get("fault") not in KINDS:
            raise bad_request(f"give match and fault ({', '.join(KINDS)})")
        if given.get("status", 200) not in range(100, 600):
            raise bad_request("status must be an HTTP status")
        return cls(**given)

    def applies(self, name: str, kinds: tuple[str, ...]) -> bool:
        return self.times > 0 and self.fault in kinds and (self.match == "*" or self.match in name)


class Faults:
    """The switches of `PUT /_faults`; they outlive a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._switches = [Switch(**each) for each in store.setting("faults", [])]

    def take(self, name: str, *kinds: str) -> Misbehaviour | None:
        """The fault of one of these kinds that is switched on for a path or event, using up one of its times."""
        for switch in self._switches:
            if switch.applies(name, kinds):
                switch.times -= 1
                self._keep([each for each in self._switches if each.times > 0])
                return Misbehaviour(switch.fault, switch.delay_ms, switch.status, switch.code, switch.message)
        return None

    def controls(self, does: str) -> list[Control]:
        """`GET|PUT|DELETE /_faults`; `does` tells what each kind means for this simulator."""
        takes = "[{match: part of a path or event, fault, times?: 1, delay_ms?, status?, code?, message?}]"
        return [
            Control("GET", "/_faults", "", "the faults that are switched on, with the times left", self._show),
            Control(
                "PUT",
                "/_faults",
                takes,
                f"misbehave ({' | '.join(KINDS)}), in place of what was set. {does}",
                self._put,
                (list,),
            ),
            Control("DELETE", "/_faults", "", "behave", self._clear),
        ]

    def _show(self, _body: Any, _request: Request) -> dict[str, Any]:
        return {"items": [asdict(switch) for switch in self._switches]}

    def _put(self, body: list[Any], request: Request) -> dict[str, Any]:
        self._keep([Switch.parse(entry) for entry in body])
        return self._show(body, request)

    def _clear(self, body: Any, request: Request) -> dict[str, Any]:
        self._keep([])
        return self._show(body, request)

    def _keep(self, switches: list[Switch]) -> None:
        self._switches = switches
        self._store.set("faults", [asdict(switch) for switch in switches])
