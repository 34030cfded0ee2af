"""What must hold whenever everything that was under way has come to rest."""

from collections import Counter

from daojia.kernel.ids import OrderId
from daojia.ledger.model import Account, Posting, channel, effects, escrow
from daojia.ledger.store import Entry, TrialBalance
from daojia.messaging.rules import messages_for
from daojia.ordering.model import Event, Order, State, WaitKind
from daojia.ordering.store import holds_number
from tests.crash import tables
from tests.crash.outside import Outside
from tests.crash.picture import order_in


def check(outside: Outside) -> None:
    """AssertionError that names what does not hold."""
    raws = list(tables.items("orders"))
    orders = {order.order_id: order for order in (order_in(raw) for raw in raws if raw["sk"]["S"] == "ORDER")}
    events: dict[str, list[Event]] = {order_id: [] for order_id in orders}
    for raw in sorted(raws, key=lambda raw: raw["sk"]["S"]):
        if raw["sk"]["S"].startswith("EVENT#"):
            events[raw["order_id"]["S"]].append(Event.model_validate_json(raw["body"]["S"]))
    for order in orders.values():
        every_version_has_its_event(order, events[order.order_id])
        one_winner(order, events[order.order_id])
        everybody_is_told(order, events[order.order_id], outside)
        nothing_is_stuck(order, raws, outside)
    numbers_belong_to_live_orders(orders, raws)
    days_hold_what_orders_hold(orders)
    books_are_sound(orders, outside)
    assert not outside.queue, "messages that nobody can deliver"


def every_version_has_its_event(order: Order, events: list[Event]) -> None:
    assert [event.version for event in events] == list(range(1, order.version + 1)), f"{order.number}: events"


def one_winner(order: Order, events: list[Event]) -> None:
    names = Counter(event.name for event in events)
    won = names["OrderAccepted"] - names["ProviderWithdrew"]
    assert won == (1 if order.accepted_at is not None else 0), f"{order.number}: {won} winners"


def everybody_is_told(order: Order, events: list[Event], outside: Outside) -> None:
    wanted = {message.message_id for event in events for message in messages_for(event, order)}
    assert wanted <= outside.queued, f"never told: {wanted - outside.queued}"


def nothing_is_stuck(order: Order, raws: list[tables.Raw], outside: Outside) -> None:
    """A workflow waits for every open order, and knows it as it is; none waits for a signal that was given."""
    waits = [raw for raw in raws if raw["order_id"]["S"] == order.order_id and raw["sk"]["S"].startswith("WAIT#")]
    tokens = outside.machine.tokens
    live = {raw["sk"]["S"]: int(raw["version"]["N"]) for raw in waits if tokens[raw["token"]["S"]] == "waiting"}
    stale = [key for key, version in live.items() if version < order.version]
    assert not stale, f"{order.number}: {stale} wait for what has happened"
    if order.open:
        waiter = "WAIT#dispatch" if order.next_wait().kind is WaitKind.DISPATCH else "WAIT#lifecycle"
        assert live.get(waiter) == order.version, f"{order.number}: nobody looks after it"


def numbers_belong_to_live_orders(orders: dict[OrderId, Order], raws: list[tables.Raw]) -> None:
    taken = {raw["order_id"]["S"]: raw["target"]["S"] for raw in raws if raw["sk"]["S"] == "NUMBER"}
    held = {f"NUMBER#{order.number}": order.order_id for order in orders.values() if holds_number(order)}
    assert taken == held, "short numbers"


def days_hold_what_orders_hold(orders: dict[OrderId, Order]) -> None:
    """Each provider's day is the sum of the masks of the orders they have, and no two of these overlap."""
    wanted: dict[tuple[str, str], dict[str, int]] = {}
    for order in orders.values():
        if order.reserved_mask is not None:
            day = (str(order.provider_id), f"DAY#{order.interval.day.isoformat()}")
            wanted.setdefault(day, {})[order.order_id] = order.reserved_mask
    found: dict[tuple[str, str], dict[str, int]] = {}
    for raw in tables.items("providers"):
        if raw["sk"]["S"].startswith("DAY#"):
            jobs = {job.rsplit(":", 1)[0]: int(job.rsplit(":", 1)[1], 16) for job in raw.get("jobs", {}).get("SS", [])}
            assert sum(jobs.values()) == int(raw["busy"]["N"]), f"busy is not its jobs: {raw}"
            masks = 0
            for mask in jobs.values():
                assert not masks & mask, f"booked twice: {raw}"
                masks |= mask
            if jobs:
                found[raw["provider_id"]["S"], raw["sk"]["S"]] = jobs
    assert found == wanted, "providers' days"


def books_are_sound(orders: dict[OrderId, Order], outside: Outside) -> None:
    """The trial balance is sound, what is held for orders is held, and the channel's books agree."""
    postings: list[Posting] = []
    kept: dict[Account, int] = {}
    for raw in tables.items("ledger"):
        if raw["sk"]["S"].startswith("ENTRY#"):
            postings += Entry.model_validate_json(raw["body"]["S"]).postings
        elif raw["sk"]["S"].startswith("ACCOUNT#"):
            name = Account(raw["account"]["S"])
            kept[name] = kept.get(name, 0) + int(raw["balance_fen"]["N"])
    rebuilt = {name: fen for name, fen in effects(postings).items() if fen}
    trial = TrialBalance(kept={name: fen for name, fen in kept.items() if fen}, rebuilt=rebuilt)
    assert trial.sound, f"trial balance: {trial.differing}, sum {trial.sum_fen}"
    for order in orders.values():
        moved_on = order.confirmed_at is not None or order.state is State.CANCELLED
        held_fen = order.total_fen if order.paid and not moved_on else 0
        assert trial.kept.get(escrow(order.order_id), 0) == held_fen, f"{order.number}: escrow"
    assert -trial.kept.get(channel(), 0) == outside.bank.held_fen, "the books are not the channel's"
