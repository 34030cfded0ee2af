"""Paying: the bill, and what WeChat's pay sheet needs. The link names the order; whoever holds it may pay."""

from datetime import datetime
from typing import Any

from page_parts import Page, message, rows

from daojia.accounts import store as accounts
from daojia.kernel.ids import OrderId
from daojia.kernel.money import yuan
from daojia.kernel.texts import say
from daojia.kernel.times import local, seconds, spoken
from daojia.ordering import paying
from daojia.ordering import store as orders
from daojia.ordering.model import Order, State
from daojia.platform.errors import NoWeChatIdentityError
from daojia.platform.links import read_link


def bill(token: str, now: datetime, *, as_json: bool) -> Page | dict[str, Any]:
    """What is to be paid; as JSON only how the order stands, for the page that waits for the payment to arrive."""
    order = _order(token, now)
    if as_json:
        return {"number": order.number, "state": order.state.value, "paid": order.paid}
    about = {"number": order.number, "service": order.service.text}
    if order.paid and order.state is not State.CANCELLED:
        return message(say("pages.pay.paid_title"), say("pages.pay.paid_text", **about), mood="happy")
    if order.state is not State.PENDING_PAYMENT or now >= order.pay_by:
        return message(say("pages.pay.over_title"), say("pages.pay.over_text", **about), mood="calm")
    facts = {
        say("pages.pay.service"): order.service.text,
        say("pages.pay.start"): spoken(order.start, local(now).date()),
        say("pages.pay.area"): order.place.area,
        say("pages.pay.number"): order.number,
    }
    lines = {line.name: f"¥{yuan(line.amount_fen)}" for line in order.quote.lines}
    values = {
        "total": yuan(order.total_fen),
        "until": str(seconds(order.pay_by)),
        "paid_text": say("pages.pay.paid_text", **about),
    }
    return Page("pay", say("pages.pay.title"), values, {"facts": rows(facts), "lines": rows(lines)})


def pay_params(token: str, now: datetime) -> dict[str, str]:
    """The argument of `getBrandWCPayRequest`. Links are opened in the official account, so it is paid there."""
    order = _order(token, now)
    account = accounts.find(order.customer_id)
    if account is None or account.openid is None:
        raise NoWeChatIdentityError(app="official")
    return paying.start_payment(order, account.openid, "official", now=now).for_wechat()


def _order(token: str, now: datetime) -> Order:
    return orders.get(OrderId(read_link("pay", token, now)["order_id"]))
