"""How services, proposals and a customer's orders read in the chat. Pure."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

from daojia.accounts.model import Address, Place
from daojia.catalogue.book import Book
from daojia.catalogue.model import AddOn, CancellationPolicy, Choice, Family, PriceLine, Service
from daojia.catalogue.pricing import Wanted, missing, priced
from daojia.chat.model import Draft
from daojia.chat.speech import duration, listed, tell
from daojia.kernel.money import Fen, yuan
from daojia.kernel.sealed import mask_phone
from daojia.kernel.times import local, spoken
from daojia.messaging.rendering import plain
from daojia.ordering.model import Order, RefundState, State

PayLink = Callable[[Order], str]
CODE_SHOWN: Final = {State.ACCEPTED, State.EN_ROUTE}


def numbered(labels: Sequence[str], first: int = 1) -> str:
    """1. 甲 / 2. 乙, a line each."""
    return "\n".join(tell("menu.line", number=index, label=label) for index, label in enumerate(labels, first))


def family_name(family: Family) -> str:
    return tell(f"families.{family.value}")


def services_of(family: Family, services: Sequence[Service]) -> str:
    """The services of a family with price and duration, numbered."""
    shown = [
        tell(
            "menu.service_line",
            number=index,
            name=service.name,
            price=yuan(service.quote().total_fen),
            duration=duration(service.minutes),
        )
        for index, service in enumerate(services, 1)
    ]
    return "\n".join([tell("menu.services", family=family_name(family)), *shown, tell("menu.back")])


def price(service: Service, wanted: Wanted) -> str:
    """日常保洁 共 ¥128：上门费 ¥20、保洁 ¥108。 While a choice is open: from which price on."""
    if missing(service, wanted) is None:
        agreed = priced(service, wanted)
        quote, name = agreed.quote, " ".join((service.name, *agreed.shown))
        key = "answer.price"
    else:
        quote, name, key = service.quote(), service.name, "answer.price_from"
    parts = listed(f"{line.name} ¥{yuan(line.amount_fen)}" for line in quote.lines)
    return tell(key, service=name, total=yuan(quote.total_fen), lines=parts)


def options(service: Service) -> str:
    """What may be chosen or added: 可选：加擦玻璃 ¥12/扇. Empty where nothing may."""
    parts: list[str] = []
    for option in service.options:
        if isinstance(option, AddOn):
            each = f"/{option.unit}" if option.unit else ""
            parts.append(f"{option.name} ¥{yuan(option.price_fen)}{each}")
        else:
            parts.append(f"{option.name}（{listed(map(choice, option.choices))}）")
    return tell("answer.options", options=listed(parts)) if parts else ""


def tiers(policy: CancellationPolicy) -> str:
    """接单后，开始前 24 小时以上退 100%；开始前 2 小时以上退 80%；之后退 50%."""
    ordered = sorted(policy.tiers, key=lambda tier: -tier.minutes_before)
    parts = [
        tell("policy.tier", left=duration(tier.minutes_before), percent=_percent(tier.refund_basis_points))
        for tier in ordered
        if tier.minutes_before > 0
    ]
    rest = max((tier.refund_basis_points for tier in ordered if tier.minutes_before <= 0), default=0)
    parts.append(tell("policy.last", percent=_percent(rest)) if rest else tell("policy.none"))
    return tell("policy.after") + tell("words.semicolon").join(parts)


def _percent(basis_points: int) -> str:
    return yuan(basis_points)


def card(draft: Draft, service: Service, place: Place, start: datetime, today: date) -> str:
    """The proposal: everything the customer agrees to with 确认."""
    agreed = priced(service, draft.wanted)
    return "\n".join(
        [
            tell("card.service", service=" ".join((service.name, *agreed.shown)), duration=duration(agreed.minutes)),
            tell("card.time", time=spoken(start, today)),
            tell("card.place", place=address(place)),
            tell("card.contact", contact=plain(place.contact), phone=mask_phone(place.phone)),
            tell("card.notes", notes=plain(draft.notes) or tell("card.no_notes")),
            tell("card.price_title"),
            *map(price_line, agreed.quote.lines),
            tell("card.total", amount=yuan(agreed.quote.total_fen)),
            tell("card.policy", tiers=tiers(service.policy)),
        ]
    )


def price_line(line: PriceLine) -> str:
    """· 挂机清洗人工 ¥89 × 2 = ¥178."""
    if line.quantity == 1:
        return tell("card.price_line", name=line.name, amount=yuan(line.amount_fen))
    each, amount = yuan(line.amount_fen // line.quantity), yuan(line.amount_fen)
    return tell("card.price_times", name=line.name, each=each, quantity=line.quantity, amount=amount)


def choice(choice: Choice) -> str:
    """中长发 +¥30, or 短发 alone where it costs no more."""
    return tell("menu.choice", name=choice.name, price=yuan(choice.price_fen)) if choice.price_fen else choice.name


def fingerprint(service: Service, wanted: Wanted, start: datetime, place: Place, notes: str) -> str:
    """What the confirmation is bound to: everything the card says and everything the order copies (B6)."""
    offer = priced(service, wanted)
    agreed = {
        "service": service.service_id,
        "includes": [part.model_dump(mode="json") for part in service.includes],
        "wanted": wanted.model_dump(mode="json"),
        "minutes": offer.minutes,
        "start": start.isoformat(),
        "place": [place.point.lat, place.point.lng, place.area, place.detail, place.contact, place.phone],
        "notes": notes,
        "quote": offer.quote.model_dump(mode="json"),
        "policy": service.policy.model_dump(mode="json"),
    }
    return hashlib.sha256(json.dumps(agreed, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


def address(place: Place) -> str:
    return plain(f"{place.area} {place.detail}")


def saved_address(entry: Address) -> str:
    """家：武汉市洪山区关山街道 阳光花园 3 栋 1203."""
    text = address(entry.place)
    return f"{plain(entry.label)}：{text}" if entry.label else text


def areas(book: Book) -> str:
    """The districts served, each once."""
    return listed(dict.fromkeys(area.district for area in book.served))


def state_of(order: Order) -> str:
    return tell(f"states.{order.state.value}")


def brief(key: str, index: int, order: Order, today: date) -> str:
    """One line of a list of orders."""
    return tell(
        key,
        index=index,
        number=order.number,
        service=order.service.text,
        time=spoken(order.start, today),
        state=state_of(order),
    )


def order_list(orders: Sequence[Order], today: date) -> str:
    lines = [brief("orders.line", index, order, today) for index, order in enumerate(orders, 1)]
    return "\n".join([tell("orders.title"), *lines])


def order_page(order: Order, pay_link: PayLink, today: date) -> str:
    """One order as its customer sees it: the arrival code only between acceptance and start (B13)."""
    shown = [
        tell("order.title", number=order.number, state=state_of(order)),
        tell("order.service", service=order.service.text, duration=duration(order.minutes)),
        tell("order.time", time=spoken(order.start, today)),
        tell("order.place", place=address(order.place)),
        tell("order.notes", notes=plain(order.notes) or tell("card.no_notes")),
        tell("order.total", amount=yuan(order.total_fen)),
    ]
    if order.accepted_at is not None and order.provider_name:
        shown.append(tell("order.provider", name=provider_name(order)))
    if order.state in CODE_SHOWN:
        shown.append(tell("order.code", code=order.arrival_code))
    shown += [
        tell("order.refund", amount=yuan(refund.amount_fen), state=tell(f"refund_states.{refund.state.value}"))
        for refund in order.refunds
    ]
    if order.proposal is not None:
        shown.append(tell("order.proposal"))
    if order.state is State.PENDING_PAYMENT:
        shown.append(tell("order.pay", until=clock(order.pay_by), link=pay_link(order)))
    if order.state is State.COMPLETED and order.confirmed_at is None:
        shown.append(tell("order.unconfirmed"))
    return "\n".join(shown)


def provider_name(order: Order) -> str:
    """王师傅: what customers read of a provider."""
    return f"{(order.provider_name or '')[:1]}师傅"


def placed(order: Order, pay_link: PayLink, today: date) -> str:
    """The order is placed: its number and the way to pay."""
    return tell(
        "placed.text",
        number=order.number,
        service=order.service.text,
        time=spoken(order.start, today),
        total=yuan(order.total_fen),
        link=pay_link(order),
        until=clock(order.pay_by),
    )


def payment(order: Order, pay_link: PayLink) -> str:
    return tell(
        "pay.one",
        number=order.number,
        service=order.service.text,
        total=yuan(order.total_fen),
        until=clock(order.pay_by),
        link=pay_link(order),
    )


def cancellation(order: Order, refund_fen: Fen, today: date) -> str:
    """What cancelling now would mean."""
    accepted = "by_policy" if order.overdue_at is None else "overdue"
    key = {State.PENDING_PAYMENT: "unpaid", State.PENDING_ACCEPTANCE: "free"}.get(order.state, accepted)
    return tell(
        f"cancel.{key}",
        number=order.number,
        service=order.service.text,
        time=spoken(order.start, today),
        refund=yuan(refund_fen),
        total=yuan(order.total_fen),
    )


def cancelled(order: Order) -> str:
    """What the cancellation led to."""
    if order.proposal is not None:
        return tell("cancel.done_proposed", number=order.number, refund=yuan(order.proposal.refund_fen))
    back_fen = sum(each.amount_fen for each in order.refunds if each.state is not RefundState.FAILED)
    if back_fen:
        return tell("cancel.done_free", number=order.number, refund=yuan(back_fen))
    return tell("cancel.done_unpaid", number=order.number)


def hurried(order: Order, today: date) -> str:
    """Where an order stands, for somebody who waits."""
    key = {
        State.PENDING_ACCEPTANCE: "hurry_pending",
        State.ACCEPTED: "hurry_accepted",
        State.EN_ROUTE: "hurry_en_route",
    }.get(order.state, "hurry_other")
    return tell(
        f"complaint.{key}",
        number=order.number,
        name=provider_name(order),
        time=spoken(order.start, today),
        state=state_of(order),
    )


def clock(instant: datetime) -> str:
    return f"{local(instant):%H:%M}"
