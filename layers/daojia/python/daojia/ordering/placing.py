"""Placing an order: check the wish against the catalogue, the area and the calendars; copy what was agreed."""

from datetime import datetime, timedelta
from typing import Final

from daojia.accounts.model import Place
from daojia.catalogue import store as catalogue
from daojia.catalogue.errors import PriceChangedError
from daojia.catalogue.model import Service
from daojia.catalogue.pricing import Priced, Wanted, priced
from daojia.kernel.errors import InvalidInputError
from daojia.kernel.ids import AccountId, ProviderId, ServiceId, digits, new_order_id
from daojia.kernel.money import yuan
from daojia.kernel.parallel import both
from daojia.kernel.texts import say
from daojia.kernel.times import iso, local, spoken
from daojia.kernel.transaction import Transaction
from daojia.kernel.value import Value
from daojia.ordering import store
from daojia.ordering.errors import NobodyFreeError, TooFarAheadError, TooSoonError
from daojia.ordering.model import Actor, Event, Order, OrderedService, Payment, Role, State, Timing
from daojia.scheduling import availability
from daojia.scheduling import store as calendar
from daojia.scheduling.model import Interval, free_at

HORIZON: Final = timedelta(days=60)
LEAD: Final = timedelta(minutes=60)
"""The earliest start from now: time to pay, to find someone and to get there."""
NOTES_MAX: Final = 500
ATTEMPT: Final = "01"


class PlaceOrder(Value):
    """A customer's wish, complete."""

    service_id: ServiceId
    start: datetime
    place: Place
    notes: str = ""
    named_provider_id: ProviderId | None = None
    wanted: Wanted = Wanted()
    expected_fen: int | None = None
    """The total the customer was shown."""


class Draft(Value):
    """A wish that can be fulfilled as things stand."""

    command: PlaceOrder
    service: Service
    priced: Priced
    candidates: tuple[availability.Candidate, ...]
    number: str


def prepare(command: PlaceOrder, *, now: datetime) -> Draft:
    """Check a wish: served place, sensible time, someone free. One round of parallel reads.

    Raises ServiceNotFoundError, ServiceRetiredError, what `priced` raises, PriceChangedError, OutsideAreaError,
    TooSoonError, TooFarAheadError, CrossesMidnightError, InvalidInputError, NobodyFreeError.
    """
    book = catalogue.load()
    service = book.on_sale(command.service_id)
    agreed = priced(service, command.wanted)
    if command.expected_fen not in (None, agreed.quote.total_fen):
        raise PriceChangedError(total=yuan(agreed.quote.total_fen), total_fen=agreed.quote.total_fen)
    book.require_served(command.place.point)
    interval = Interval(local(command.start), agreed.minutes)
    check_time(interval, now)
    if len(command.notes) > NOTES_MAX:
        raise InvalidInputError(problem=say("errors.problems.notes_too_long", limit=NOTES_MAX))
    found, number = both(lambda: _candidates(command, service, interval), _free_number)
    free = free_at(found, interval)
    if not free:
        raise NobodyFreeError()
    return Draft(command=command, service=service, priced=agreed, candidates=tuple(free), number=number)


def check_time(interval: Interval, now: datetime) -> None:
    """A start is a whole quarter hour, an hour from now at least and sixty days at most, within one day."""
    start = interval.start
    if start.minute % 15 or start.second or start.microsecond:
        raise InvalidInputError(problem=say("errors.problems.not_a_quarter"))
    if start < now + LEAD:
        raise TooSoonError(earliest=spoken(now + LEAD, local(now).date()))
    if start > now + HORIZON:
        raise TooFarAheadError(days=HORIZON.days)
    interval.work_mask()


def place(customer_id: AccountId, command: PlaceOrder, *, timing: Timing, tx: Transaction, now: datetime) -> Order:
    """Place the order; a named provider's time is held from this moment on."""
    if command.named_provider_id == customer_id:
        raise NobodyFreeError()  # nobody visits themselves
    draft = prepare(command, now=now)
    service, named = draft.service, command.named_provider_id
    order_id = new_order_id(now)
    interval = Interval(local(command.start), draft.priced.minutes)
    candidate = draft.candidates[0] if named else None
    order = Order(
        order_id=order_id,
        number=draft.number,
        version=1,
        state=State.PENDING_PAYMENT,
        customer_id=customer_id,
        service=_ordered(draft),
        start=interval.start,
        minutes=draft.priced.minutes,
        place=command.place,
        notes=command.notes,
        quote=draft.priced.quote,
        policy=service.policy,
        commission_basis_points=service.commission_basis_points,
        timing=timing,
        arrival_code=digits(4),
        placed_at=now,
        pay_by=now + timedelta(seconds=timing.payment_window),
        payment=Payment(out_trade_no=order_id.removeprefix("o_") + ATTEMPT),
        named_provider_id=named,
        provider_id=named,
        provider_name=candidate.provider.name if candidate else None,
        reserved_mask=interval.mask() if candidate else None,
    )
    event = Event(
        order_id=order_id,
        version=1,
        name="OrderPlaced",
        at=now,
        by=Actor(role=Role.CUSTOMER, id=customer_id),
        data={"total_fen": order.total_fen, "start": iso(order.start)},
    )
    store.place(tx, order, event, now)
    if candidate is not None:
        calendar.reserve(tx, candidate.provider, candidate.day, order_id, interval.mask())
    return order


def _ordered(draft: Draft) -> OrderedService:
    """What the order keeps of the service: its version and what exactly was wished."""
    service = draft.service
    return OrderedService(
        service_id=service.service_id,
        name=service.name,
        family=service.family,
        version=service.version,
        includes=tuple(part.service_id for part in service.includes),
        wanted=draft.priced.wanted,
        shown=draft.priced.shown,
    )


def _candidates(command: PlaceOrder, service: Service, interval: Interval) -> list[availability.Candidate]:
    """Whom the wish is for: the provider it names, read as they are at this moment, or everyone around."""
    if command.named_provider_id is None:
        return availability.search(service, command.place.point, interval.day)
    named = availability.one(command.named_provider_id, service, command.place.point, interval.day)
    return [named] if named else []


def _free_number() -> str:
    """A short number nobody uses: four digits, longer only when those are nearly used up."""
    drawn = [digits(length) for length in (4, 4, 4, 4, 5, 5, 6, 6)]
    taken = store.taken_numbers(sorted(set(drawn)))
    free = [number for number in drawn if number not in taken and number[0] != "0"]
    return free[0] if free else digits(7)
