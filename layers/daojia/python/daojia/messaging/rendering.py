"""How a message reads: the text of a customer-service message and the card of a template message. Pure but for texts.

Cards hold nothing personal. Texts may: the arrival code goes to the customer, the address to the provider who comes.
"""

import tomllib
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from daojia.kernel.money import Fen
from daojia.kernel.sealed import mask_phone
from daojia.kernel.texts import known, say
from daojia.kernel.times import local, spoken, spoken_full
from daojia.kernel.value import Value
from daojia.messaging.model import Kind, Message
from daojia.ordering.model import Order

THING_MAX: Final = 20
TEXT_BYTES_MAX: Final = 2048
_INCOME: Final = {Kind.EARNED, Kind.RELEASED, Kind.PAYOUT}
_TEXT_FIRST: Final = {
    Kind.ACCEPTED,
    Kind.CANCELLED,
    Kind.CODE_RENEWED,
    Kind.CANCELLATION_PROPOSED,
    Kind.JOB,
    Kind.JOB_REMINDER,
    Kind.LATE_PAYMENT,
    Kind.NOBODY_FOUND,
}
"""What needs more words, or personal ones, than a card may hold: sent as text while WeChat allows it."""


class Card(Value):
    """A template message: which template, its fields by their registered names, where a tap leads."""

    template_id: str
    fields: dict[str, str]
    url: str | None = None


class Rendered(Value):
    """A message in both forms, and which is to be tried first."""

    text: str
    card: Card
    text_first: bool


def render(
    message: Message,
    order: Order | None,
    *,
    templates: Mapping[str, Mapping[str, str]],
    link: str | None = None,
    now: datetime,
) -> Rendered:
    """Put a message into words. `templates` is the account's own registration (channels secret); `link` is where the
    card leads. KeyError when a text is missing: a test renders every kind."""
    values = _values(message, order, link, now)
    name = "offer" if message.kind is Kind.OFFER else "income" if message.kind in _INCOME else "order"
    template = {**_templates()[name], **templates.get(name, {})}
    key = f"push.{message.kind.value}"
    facts = {
        "number": values["number"],
        "service": thing(values["service"]),
        "start": values["start_full"],
        "at": spoken_full(now),
        "area": thing(values["area"]),
        "amount": values["amount"],
        "phrase": say(f"{key}.phrase") if known(f"{key}.phrase") else "",
        "hint": thing(say(f"{key}.hint", **values)) if known(f"{key}.hint") else "",
    }
    fields = {field: facts[fact] for fact, field in template.items() if fact != "id"}
    return Rendered(
        text=shortened(say(f"{key}.text", **values), TEXT_BYTES_MAX),
        card=Card(template_id=template["id"], fields=fields, url=link),
        text_first=message.kind in _TEXT_FIRST,
    )


def _values(message: Message, order: Order | None, link: str | None, now: datetime) -> dict[str, str]:
    """Everything a text may mention; absent things are empty."""
    amount_fen: Fen = int(message.facts.get("amount_fen", 0))
    values = dict.fromkeys(
        ("number", "service", "start", "start_full", "area", "code", "address", "contact", "phone", "notes", "way"), ""
    )
    values |= {"link": link or "", "provider": say("push.words.someone")}
    if order is not None:
        if message.kind is Kind.OFFER:
            amount_fen = order.split(0)["earned_fen"]
        place = order.place
        values |= {
            "number": order.number,
            "service": plain(order.service.text),
            "start": spoken(order.start, local(now).date()),
            "start_full": spoken_full(order.start),
            "area": plain(place.area),
            "code": order.arrival_code,
            "address": plain(f"{place.area} {place.detail}"),
            "contact": plain(place.contact),
            "phone": mask_phone(place.phone),
            "notes": plain(order.notes) or say("push.words.no_notes"),
            "way": way_to(place.point.lat, place.point.lng, place.area),
        }
        if order.provider_name:
            values["provider"] = plain(order.provider_name) + say("push.words.someone")
    return {**values, "amount": amount(amount_fen)}


def way_to(lat: float, lng: float, name: str) -> str:
    """A link that opens the way in Amap, in its app where there is one. Coordinates GCJ-02; longitude comes first."""
    return f"https://uri.amap.com/navigation?to={lng:.6f},{lat:.6f},{quote(name)}&mode=car&src=daojia&callnative=1"


def amount(fen: Fen) -> str:
    """¥108.80, as the field type `amount` wants it."""
    return f"¥{fen // 100}.{fen % 100:02d}"


def plain(text: str) -> str:
    """What people typed, unable to pass for a link or markup in a text message."""
    return text.replace("<", "＜").replace(">", "＞").strip()


def thing(text: str) -> str:
    """A value for a `thing` field: one line, no emoji, at most 20 characters."""
    flat = " ".join("".join(char if _speakable(char) else " " for char in text).split())
    return flat if len(flat) <= THING_MAX else flat[: THING_MAX - 1] + "…"


def _speakable(char: str) -> bool:
    return unicodedata.category(char) not in {"So", "Sk", "Cs", "Co", "Cn", "Cc", "Cf", "Mn", "Me"}


def shortened(text: str, bytes_max: int) -> str:
    """Cut to so many bytes of UTF-8 without breaking a character."""
    raw = text.encode()
    if len(raw) <= bytes_max:
        return text
    return raw[: bytes_max - 3].decode(errors="ignore") + "…"


@cache
def _templates() -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "templates.toml").open("rb") as file:
        return tomllib.load(file)


def described(rendered: Rendered) -> dict[str, Any]:
    """A card as WeChat's API wants its data: `{"thing1": {"value": "日常保洁"}}`."""
    return {field: {"value": value} for field, value in rendered.card.fields.items()}
