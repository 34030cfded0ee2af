"""A strict WeChat Pay APIv3 for the local stack: `python -m infra.local.simulators.wechat_pay --port P …`.

It refuses what the real one refuses, signs what the real one signs, and plays the payer, the receiver of transfers and
the passing of time on request. `GET /` says how to drive it.
"""

import argparse
import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from infra.local.simulators.wechat_pay_bills import Bills
from infra.local.simulators.wechat_pay_callbacks import Callbacks
from infra.local.simulators.wechat_pay_controls import Controls
from infra.local.simulators.wechat_pay_gateway import Gateway
from infra.local.simulators.wechat_pay_shared import Faults, Journal
from infra.local.simulators.wechat_pay_signing import Platform
from infra.local.simulators.wechat_pay_store import Clock, Job, Settings, Store
from infra.local.simulators.wechat_pay_trade import Balance, Trade
from infra.local.simulators.wechat_pay_transfers import Transfers

DEFAULT_RETRY_SCALE = 0.05
SHARED_CONTROLS = [
    {"method": "GET", "path": "/health", "takes": "", "does": "200 while the clockwork runs"},
    {
        "method": "GET",
        "path": "/_journal",
        "takes": "?since=<seq>&kind=request | callback | probe&wait=<seconds>",
        "does": "what came in and went out",
    },
    {
        "method": "PUT",
        "path": "/_faults",
        "takes": "[{match: path or event type, fault, times, delay_ms?, status?, code?}]",
        "does": "misbehave. API paths: slow, error (refuses without acting), lost (acts, then answers 5xx). "
        "Notices: slow or late, lost, duplicate, out_of_order, error (ignores the merchant's answer)",
    },
]


def build(
    config: Mapping[str, str],
    state: Path,
    *,
    journal: Journal,
    faults: Faults,
    shared_routes: Sequence[BaseRoute] = (),
    retry_scale: float = DEFAULT_RETRY_SCALE,
) -> Starlette:
    """The whole program as an ASGI application; `shared_routes` serve the journal and the faults."""
    store = Store(state)
    platform, clock, settings = Platform(config), Clock(store), Settings(store)
    balance = Balance(store, settings)
    callbacks = Callbacks(store, platform, clock, faults, journal, retry_scale)
    trade = Trade(store, platform, clock, settings, balance, callbacks)
    transfers = Transfers(store, platform, clock, settings, balance, callbacks)
    gateway = Gateway(
        platform=platform,
        store=store,
        trade=trade,
        transfers=transfers,
        bills=Bills(store, platform, clock, settings),
        faults=faults,
        journal=journal,
    )
    controls = Controls(
        store=store,
        platform=platform,
        clock=clock,
        settings=settings,
        balance=balance,
        trade=trade,
        transfers=transfers,
        callbacks=callbacks,
    )
    actions = {
        "settle_refund": trade.settle_refund,
        "finish_transfer": transfers.finish,
        "finish_cancel": transfers.finish,
        "lapse_transfer": transfers.lapse,
    }

    def perform(job: Job) -> None:
        actions[job.action](job.subject)

    callbacks.perform = perform
    clockwork: list[asyncio.Task[None]] = []

    async def health(request: Request) -> JSONResponse:
        alive = bool(clockwork) and not clockwork[0].done()
        return JSONResponse({"ok": alive, "name": "wechat_pay"}, 200 if alive else 500)

    async def describe(request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "name": "WeChat Pay APIv3 simulator",
                "merchant": {"mchid": platform.mchid, "appids": platform.appids},
                "api": gateway.describe(),
                "controls": [*controls.describe(), *SHARED_CONTROLS],
            }
        )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        clockwork.append(asyncio.create_task(callbacks.run()))
        yield
        clockwork[0].cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await clockwork[0]
        store.close()

    routes = [
        Route("/health", health),
        Route("/", describe),
        *controls.routes(),
        *shared_routes,
        Route("/v3/{path:path}", gateway.answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
