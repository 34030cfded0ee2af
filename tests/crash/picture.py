"""The world in words that two runs of one scenario share: what is drawn by chance or tells the time is left out.

A crash and a repetition must lead to the same picture as an undisturbed run. As it shows every table whole, nothing
that is added later needs to be added here.
"""

import json
import re
from typing import Any

from daojia.kernel.sealed import unseal
from daojia.ordering.model import Order
from tests.crash import tables
from tests.crash.outside import Outside

LEFT_OUT = {"expires_at", "token", "said"}
_SEALED = re.compile(r"enc1:[A-Za-z0-9+/=]+")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_LINK = re.compile(r"/(pay|grab)/[\w.-]+")
_ONCE = re.compile(r'"(paySign|nonceStr|timeStamp|access_token|refresh_token|seconds|said|X-Request-Id)": ?"?[^",}]*"?')
_ULID = re.compile(r"(?<![0-9A-Z])01[0-9A-HJKMNP-TV-Z]{24}")
_HASHED = re.compile(r"(refresh#)[0-9a-f]{64}")


def _alone(digits: str) -> str:
    """These digits where they are no part of something longer; a line may begin with them."""
    return rf"(?:(?<![0-9A-Za-z.])|(?<=\\n)){digits}(?![0-9A-Za-z])"


class Words:
    """Gives orders names by the time of their placing: `<order 1>`."""

    def __init__(self, orders: list[Order]) -> None:
        self._names: list[tuple[re.Pattern[str], str]] = []
        for place, order in enumerate(sorted(orders, key=lambda order: order.order_id), 1):
            for drawn, name in (
                (re.escape(order.order_id.removeprefix("o_")), "order"),
                (_alone(order.number), "number"),
                (_alone(order.arrival_code), "code"),
            ):
                self._names.append((re.compile(drawn), f"<{name} {place}>"))

    def of(self, value: Any) -> str:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
        text = _SEALED.sub(lambda found: unseal(found[0]), text)
        for pattern, name in self._names:
            text = pattern.sub(name, text)
        for pattern, name in ((_INSTANT, "<at>"), (_LINK, "<link>"), (_ONCE, ""), (_ULID, "<ulid>"), (_HASHED, r"\1")):
            text = pattern.sub(name, text)
        return text


def words() -> Words:
    return Words([order_in(raw) for raw in tables.items("orders") if raw["sk"]["S"] == "ORDER"])


def order_in(raw: tables.Raw) -> Order:
    return Order.model_validate_json(raw["body"]["S"])


def _readable(raw: tables.Raw) -> dict[str, Any]:
    """An item with its documents opened and without what may differ."""
    return {name: _opened(next(iter(value.values()))) for name, value in raw.items() if name not in LEFT_OUT}


def _opened(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(map(str, value))
    text = unseal(str(value))
    if not text.startswith("{"):
        return text
    document: dict[str, Any] = json.loads(text)
    return {name: part for name, part in document.items() if name not in LEFT_OUT}


def picture(outside: Outside) -> set[str]:
    """Everything that is kept anywhere."""
    named = words()
    kept = {f"{table}: {named.of(_readable(raw))}" for table in tables.names() for raw in tables.items(table)}
    kept |= {f"queued: {named.of(message_id)}" for message_id in outside.queued}
    kept |= {
        f"card: {named.of([to, card['template_id'], card['data']])}" for (to, _), card in outside.people.cards.items()
    }
    kept |= {f"text: {named.of(list(text))}" for text in outside.people.texts}
    for books in (outside.bank.payments, outside.bank.refunds, outside.bank.transfers):
        kept |= {f"bank: {named.of([number, entry])}" for number, entry in books.items()}
    return kept


def situation(outside: Outside) -> frozenset[str]:
    """The picture with all that is still under way. From equal situations the same follows."""
    named, machine = words(), outside.machine
    parked = [
        (raw["sk"]["S"], raw["token"]["S"]) for raw in tables.items("orders") if raw["sk"]["S"].startswith("WAIT#")
    ]
    under_way = [machine.executions, machine.ready, machine.tokens, machine.holders, sorted(parked)]
    under_way += [outside.queue, sorted(map(list, outside.delivered))]
    return frozenset(picture(outside) | {f"under way: {named.of(each)}" for each in under_way})
