"""A strict Tencent Location Service for the local stack: `python -m infra.local.simulators.maps --port P …`.

It knows Wuhan as the demo data have it, refuses what the real one refuses, and misbehaves on request. `GET /` says how.
"""

from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

from infra.local.simulators.maps_gateway import DEFAULTS, Gateway
from infra.local.simulators.program import Core, application, main
from infra.local.simulators.storage import Settings
from infra.local.simulators.switches import clock_controls, settings_controls

MISBEHAVIOUR = "API paths: slow, error (`code` is the status answered, 500 if none), lost (acts, then answers 5xx)"


def build(config: Mapping[str, str], state: Path) -> Starlette:
    """The whole program as an ASGI application; KeyError if the configuration lacks the key or its secret."""
    core = Core(state)
    settings = Settings(core.store, DEFAULTS)
    gateway = Gateway(
        config, store=core.store, clock=core.clock, settings=settings, faults=core.faults, journal=core.journal
    )
    return application(
        core,
        name="maps",
        about={"name": "Tencent Location Service simulator: geocoder and suggestions", "key": config["key"]},
        api=gateway.describe(),
        controls=[
            *clock_controls(core.clock, moves="the daily quota"),
            *settings_controls(settings),
            core.journal.control("request"),
            *core.faults.controls(MISBEHAVIOUR),
        ],
        routes=[Route("/ws/{path:path}", gateway.answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])],
    )


if __name__ == "__main__":
    main("maps", build)
