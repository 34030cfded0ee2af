"""Telling one person one thing, once: look whether it is still true, put it into words, send it, remember that."""

import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.accounts.model import Account
from daojia.accounts.store import AccountItem
from daojia.kernel.secrets import channel
from daojia.kernel.table import Table, table_name
from daojia.kernel.times import seconds
from daojia.kernel.transaction import snapshot
from daojia.messaging.model import Kind, Message
from daojia.messaging.rendering import Rendered, described, render
from daojia.messaging.rules import still_true
from daojia.messaging.wechat_client import WeChatRefusedError
from daojia.ordering.model import Order
from daojia.ordering.store import OrderItem
from daojia.platform.links import sign_link
from daojia.platform.observability import logger

REMEMBERED: Final = timedelta(days=3)
"""How long a sent message is remembered; the queue keeps one for less."""


class Outcome(StrEnum):
    """What became of a message."""

    SENT = "Sent"
    SENT_BEFORE = "SentBefore"
    NO_LONGER_TRUE = "NoLongerTrue"
    UNDELIVERABLE = "Undeliverable"


class Carrier(Protocol):
    """What delivers: the official account's API, or a fake."""

    def send_template(
        self, openid: str, template_id: str, data: dict[str, object], *, url: str | None = None, client_msg_id: str
    ) -> None: ...

    def send_text(self, openid: str, text: str) -> None: ...


class SentItem(Table):
    """The memory that a message was dealt with."""

    class Meta:
        table_name = table_name("COMMANDS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    outcome = UnicodeAttribute()
    expires_at = NumberAttribute()


def deliver(message: Message, carrier: Carrier, now: datetime) -> Outcome:
    """Deal with one message from the queue. UnavailableError: WeChat is not there, the message stays in the queue.

    The memory is written after sending, so a crash in between sends again; WeChat itself then drops the second card
    (`client_msg_id`), and a second text is the lesser evil to a missing one.
    """
    key = f"sent#{message.message_id}"
    before, account, order = snapshot(
        (SentItem, key, None), (AccountItem, message.recipient, None), (OrderItem, message.order_id or "-", "ORDER")
    )
    if before is not None:
        return Outcome.SENT_BEFORE
    outcome = _send(message, account and account.body, order and order.body, carrier, now)
    SentItem(key=key, outcome=outcome.value, expires_at=seconds(now + REMEMBERED)).save()
    return outcome


def _send(message: Message, account: Account | None, order: Order | None, carrier: Carrier, now: datetime) -> Outcome:
    if order is not None and not still_true(message, order, now):
        return Outcome.NO_LONGER_TRUE
    if account is None or account.openid is None or not account.followed:
        return Outcome.UNDELIVERABLE
    openid = account.openid
    templates: dict[str, dict[str, str]] = channel("wechat").get("templates") or {}
    rendered = render(message, order, templates=templates, link=grab_link(message, order), now=now)
    ways: list[Callable[[], None]] = [
        lambda: _send_card(carrier, openid, rendered, message),
        lambda: carrier.send_text(openid, rendered.text),
    ]
    for way in reversed(ways) if rendered.text_first else ways:
        try:
            way()
        except WeChatRefusedError as error:
            logger.info("refused by WeChat", kind=message.kind.value, errcode=error.errcode)
        else:
            return Outcome.SENT
    return Outcome.UNDELIVERABLE


def _send_card(carrier: Carrier, openid: str, rendered: Rendered, message: Message) -> None:
    card = rendered.card
    once = hashlib.sha256(message.message_id.encode()).hexdigest()[:32]
    carrier.send_template(openid, card.template_id, described(rendered), url=card.url, client_msg_id=once)


def grab_link(message: Message, order: Order | None) -> str | None:
    """The single-use link of an offer: it names order and provider and ends with the visit's start."""
    if message.kind is not Kind.OFFER or order is None:
        return None
    subject: dict[str, str] = {"order_id": order.order_id, "provider_id": message.recipient}
    return f"{os.environ['PUBLIC_BASE_URL'].rstrip('/')}/grab/{sign_link('grab', subject, order.start)}"
