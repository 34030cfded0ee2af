"""A strict Tencent Cloud SMS for the local stack: `python -m infra.local.simulators.sms --port P …`.

Nothing leaves the machine: `GET /_messages?phone=` reads what a number got. `GET /` says the rest.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from infra.local.simulators.controls import Control, bad_request
from infra.local.simulators.program import Core, application, main
from infra.local.simulators.sms_gateway import DEFAULTS, Gateway
from infra.local.simulators.storage import Settings
from infra.local.simulators.switches import clock_controls, settings_controls

MISBEHAVIOUR = "SendSms: slow, error (`code` is the error answered), lost (sends, then answers 5xx)"


def build(config: Mapping[str, str], state: Path) -> Starlette:
    """The whole program as an ASGI application; KeyError if the configuration lacks a key or the template."""
    core = Core(state)
    settings = Settings(core.store, DEFAULTS)
    gateway = Gateway(
        config, store=core.store, clock=core.clock, settings=settings, faults=core.faults, journal=core.journal
    )

    def messages(_body: Any, request: Request) -> dict[str, Any]:
        phone = request.query_params.get("phone", "")
        if not phone:
            raise bad_request("whose messages? give phone")
        return {"items": gateway.last(phone)}

    return application(
        core,
        name="sms",
        about={"name": "Tencent Cloud SMS simulator", "app": config["sdk_app_id"], "sign": config["sign_name"]},
        api=["POST / with X-TC-Action: SendSms, X-TC-Version: 2021-01-11"],
        controls=[
            Control("GET", "/_messages", "?phone=<11 digits>", "what a number got, newest first", messages),
            *clock_controls(core.clock, moves="the limits per number"),
            *settings_controls(settings),
            core.journal.control("request"),
            *core.faults.controls(MISBEHAVIOUR),
        ],
        routes=[Route("/", gateway.answer, methods=["POST"])],
    )


if __name__ == "__main__":
    main("sms", build)
