"""The controls of the clock of business and of the switches, which both simulators have."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from infra.local.simulators.controls import Control, a_number, bad_request
from infra.local.simulators.storage import Clock, Settings

CLOCK_LIMIT_SECONDS = 10 * 365 * 86_400


def clock_controls(clock: Clock, *, moves: str, moved: Callable[[], None] = lambda: None) -> list[Control]:
    """`GET|POST /_clock`; `moves` says what follows this clock, `moved` is told when it was moved."""

    def show(body: dict[str, Any], request: Request) -> dict[str, Any]:
        return {"now": clock.rfc3339(clock.now()), "offset_seconds": clock.offset_seconds}

    def move(body: dict[str, Any], request: Request) -> dict[str, Any]:
        clock.move(a_number(body, "offset_seconds", most=CLOCK_LIMIT_SECONDS))
        moved()
        return show(body, request)

    does = f"move the clock of business ({moves}) against the real one; signatures keep real time"
    return [
        Control("GET", "/_clock", "", "the clock of business", show),
        Control("POST", "/_clock", "{offset_seconds}", does, move),
    ]


def settings_controls(settings: Settings) -> list[Control]:
    """`GET|PUT /_settings`."""

    def show(body: dict[str, Any], request: Request) -> dict[str, Any]:
        return settings.all()

    def change(body: dict[str, Any], request: Request) -> dict[str, Any]:
        try:
            return settings.change(body)
        except ValueError as error:
            raise bad_request(str(error)) from error

    return [
        Control("GET", "/_settings", "", "switches and delays", show),
        Control("PUT", "/_settings", "{name: value, …}", "change switches and delays", change),
    ]
