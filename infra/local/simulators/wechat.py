"""A strict WeChat for the local stack: `python -m infra.local.simulators.wechat --port P …`.

It is the platform's side of an official account and its mini-program (tokens, template, subscribe and customer-service
messages, log-in codes), and it plays the phones of the people who talk to the account. `GET /` says how to drive it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from infra.local.simulators.program import Core, application, main
from infra.local.simulators.storage import Settings
from infra.local.simulators.switches import clock_controls, settings_controls
from infra.local.simulators.wechat_cards import Cards
from infra.local.simulators.wechat_chat import Chances, Chats
from infra.local.simulators.wechat_config import Account
from infra.local.simulators.wechat_controls import Controls
from infra.local.simulators.wechat_gateway import Gateway
from infra.local.simulators.wechat_miniprogram import MiniProgram
from infra.local.simulators.wechat_people import People
from infra.local.simulators.wechat_phones import Phones
from infra.local.simulators.wechat_quotas import Quotas
from infra.local.simulators.wechat_service import Service
from infra.local.simulators.wechat_tokens import Tokens
from infra.local.simulators.wechat_webhook import SETTINGS, Webhook

MISBEHAVIOUR = (
    "API paths: slow or late, error (refuses with `code` as errcode, else -1), lost (acts, then answers 502). "
    "Messages to the server, as phone/text … phone/event/subscribe: slow, late or out_of_order (held back), lost "
    "(never arrives), error (its answer is lost), duplicate (arrives twice at once)"
)
CLOCK = "tokens, codes, windows, quotas"


def build(config: Mapping[str, Any], state: Path) -> Starlette:
    """The whole program as an ASGI application; KeyError or ValueError if the configuration cannot be used."""
    account, core = Account.parse(config), Core(state)
    store, clock, settings = core.store, core.clock, Settings(core.store, SETTINGS)
    people, chats = People(store, clock), Chats(store, core.bell, account.original_id)
    chances, tokens, quotas = Chances(store, clock), Tokens(store, clock), Quotas(store, clock)
    webhook = Webhook(account, settings, core.faults, core.journal)
    phones = Phones(
        account=account,
        store=store,
        settings=settings,
        people=people,
        chats=chats,
        chances=chances,
        webhook=webhook,
    )
    gateway = Gateway(
        account=account,
        tokens=tokens,
        quotas=quotas,
        people=people,
        cards=Cards(account, store, clock, people, chats, phones.told),
        service=Service(account, store, people, chats, chances),
        miniprogram=MiniProgram(account, clock, people),
        faults=core.faults,
        journal=core.journal,
    )
    controls = Controls(
        account=account,
        bell=core.bell,
        people=people,
        chats=chats,
        chances=chances,
        phones=phones,
        tokens=tokens,
        quotas=quotas,
        webhook=webhook,
    )
    return application(
        core,
        name="wechat",
        about={
            "name": "WeChat simulator: official account, mini-program and phones",
            "account": {
                "appid": account.appid,
                "original_id": account.original_id,
                "miniprogram_appid": account.miniprogram_appid,
                "webhook": account.webhook,
                "templates": sorted(account.templates),
            },
        },
        api=gateway.describe(),
        controls=[
            *controls.all,
            *clock_controls(clock, moves=CLOCK),
            *settings_controls(settings),
            core.journal.control("request | webhook | handshake"),
            *core.faults.controls(MISBEHAVIOUR),
        ],
        routes=[Route("/{path:path}", gateway.answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])],
        work=phones.run,
    )


if __name__ == "__main__":
    main("wechat", build)
