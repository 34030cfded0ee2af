"""A strict WeChat Pay APIv3 for the local stack: `python -m infra.local.simulators.wechat_pay --port P …`.

It refuses what the real one refuses, signs what the real one signs, and plays the payer, the receiver of transfers and
the passing of time on request. `GET /` says how to drive it.
"""

from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

from infra.local.simulators.program import Core, application, main
from infra.local.simulators.wechat_pay_bills import Bills
from infra.local.simulators.wechat_pay_callbacks import Callbacks
from infra.local.simulators.wechat_pay_controls import Controls
from infra.local.simulators.wechat_pay_gateway import Gateway
from infra.local.simulators.wechat_pay_signing import Platform
from infra.local.simulators.wechat_pay_store import Job, settings_of
from infra.local.simulators.wechat_pay_trade import Balance, Trade
from infra.local.simulators.wechat_pay_transfers import Transfers

DEFAULT_RETRY_SCALE = 0.05
MISBEHAVIOUR = (
    "API paths: slow, error (refuses without acting), lost (acts, then answers 5xx). "
    "Notices, by event type: slow or late, lost, duplicate, out_of_order, error (ignores the merchant's answer)"
)


def build(config: Mapping[str, str], state: Path, *, retry_scale: float = DEFAULT_RETRY_SCALE) -> Starlette:
    """The whole program as an ASGI application; KeyError or ValueError if the configuration cannot be used.

    `retry_scale` shrinks the pauses between the deliveries of a notice.
    """
    platform, core = Platform(config), Core(state)
    store, clock, settings = core.store, core.clock, settings_of(core.store)
    balance = Balance(store, settings)
    callbacks = Callbacks(store, platform, clock, core.faults, core.journal, retry_scale)
    trade = Trade(store, platform, clock, settings, balance, callbacks)
    transfers = Transfers(store, platform, clock, settings, balance, callbacks)
    gateway = Gateway(
        platform=platform,
        store=store,
        trade=trade,
        transfers=transfers,
        bills=Bills(store, platform, clock, settings),
        faults=core.faults,
        journal=core.journal,
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
    return application(
        core,
        name="wechat_pay",
        about={
            "name": "WeChat Pay APIv3 simulator",
            "merchant": {"mchid": platform.mchid, "appids": platform.appids},
        },
        api=gateway.describe(),
        controls=[
            *controls.all,
            core.journal.control("request | callback | probe"),
            *core.faults.controls(MISBEHAVIOUR),
        ],
        routes=[Route("/v3/{path:path}", gateway.answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])],
        work=callbacks.run,
    )


if __name__ == "__main__":
    main("wechat_pay", build)
