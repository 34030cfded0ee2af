"""Grabbing by link: it names order and provider and works once; a repetition gets the same answer (B4)."""

from datetime import datetime
from typing import Any

from page_parts import Page, message, rows

from daojia.dispatch import grabbing
from daojia.kernel.ids import AccountId, OrderId, ProviderId
from daojia.kernel.money import yuan
from daojia.kernel.texts import say
from daojia.kernel.times import local, spoken
from daojia.kernel.transaction import Transaction
from daojia.ordering import store as orders
from daojia.ordering.model import Order, State
from daojia.platform import commands
from daojia.platform.links import read_link


def offer(token: str, now: datetime) -> Page:
    """The offer with its button, or what has become of it. Looking changes nothing: previews open links too."""
    order_id, provider_id = _named(token, now)
    order = orders.get(order_id)
    about = _about(order, now)
    if order.accepted_at is not None and order.provider_id == provider_id and order.state is not State.CANCELLED:
        return message(say("pages.grab.mine_title"), say("pages.grab.mine_text", **about), mood="happy")
    if order.accepted_at is not None and order.state is not State.CANCELLED:
        return message(say("pages.grab.lost_title"), say("pages.grab.lost_text", **about), mood="calm")
    asked = provider_id in order.offered and provider_id not in order.excluded
    if order.state is not State.PENDING_ACCEPTANCE or not asked:
        return message(say("pages.grab.over_title"), say("pages.grab.over_text", **about), mood="calm")
    facts = {
        say("pages.grab.service"): order.service.text,
        say("pages.grab.start"): about["start"],
        say("pages.grab.length"): say("pages.page.minutes", minutes=order.minutes),
        say("pages.grab.area"): order.place.area,
        say("pages.grab.number"): order.number,
    }
    values = {"income": yuan(order.split(0)["earned_fen"])}
    return Page("grab", say("pages.grab.title"), values, {"facts": rows(facts)})


def take(token: str, now: datetime, *, as_json: bool) -> Page | dict[str, Any]:
    """Grab. Refusals are raised as they are everywhere."""
    order_id, provider_id = _named(token, now)

    def decide(tx: Transaction) -> dict[str, Any]:
        order = grabbing.grab(provider_id, order_id=order_id, tx=tx, now=now)
        text = say("pages.grab.won_text", **_about(order, now))
        return {"ok": True, "code": "ACCEPTED", "number": order.number, "message": text}

    answer = commands.run(f"grab#{token}", "grab", decide, now=now)
    return answer if as_json else message(say("pages.grab.won_title"), answer["message"], mood="happy")


def _named(token: str, now: datetime) -> tuple[OrderId, ProviderId]:
    subject = read_link("grab", token, now)
    return OrderId(subject["order_id"]), ProviderId(AccountId(subject["provider_id"]))


def _about(order: Order, now: datetime) -> dict[str, str]:
    start = spoken(order.start, local(now).date())
    return {"number": order.number, "service": order.service.text, "start": start}
