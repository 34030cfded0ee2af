"""Changing the catalogue: what an entry must fulfil, and how a change makes versions. Pure."""

from datetime import datetime
from typing import Any, Final, NoReturn

from daojia.catalogue.book import Book
from daojia.catalogue.errors import CatalogueRefusedError, DearerThanPartsError
from daojia.catalogue.model import Choosing, Service
from daojia.catalogue.pricing import VISIT_MINUTES_MAX
from daojia.kernel.errors import DaojiaError
from daojia.kernel.money import yuan
from daojia.kernel.texts import say
from daojia.kernel.value import Value

PRICE_FIELDS: Final = ("price_lines", "minutes", "unit", "options")
"""What a change for a later day may touch."""
PARTS_MAX: Final = 6


class Upcoming(Value):
    """The service as it will be from an instant on."""

    effective_from: datetime
    service: Service


class Version(Value):
    """One state of a service: kept for good, so that an order can show what it was placed for."""

    service: Service
    effective_from: datetime
    by: str
    at: datetime
    note: str = ""


class Entry(Value):
    """A service with what is planned for it. `revision` is the latest version written."""

    service: Service
    upcoming: Upcoming | None = None
    kept: bool = True
    """Whether this state has a version of its own already; entries from before versions were kept have none."""

    @property
    def revision(self) -> int:
        return max(self.service.version, self.upcoming.service.version if self.upcoming else 0)

    def at(self, now: datetime) -> "Entry":
        """As it holds now: a planned change whose time has come is the service."""
        if self.upcoming is None or now < self.upcoming.effective_from:
            return self
        return Entry(service=self.upcoming.service)

    def changed(self, changes: dict[str, Any], now: datetime) -> "Entry":
        """With changes that hold from now on. What is planned stays planned, on top of them."""
        here = self.at(now)
        service = here.service.model_copy(update={**changes, "version": here.revision + 1})
        planned = here.upcoming
        if planned is not None:
            prices = {name: getattr(planned.service, name) for name in PRICE_FIELDS}
            later = service.model_copy(update={**prices, "version": here.revision + 2})
            planned = planned.model_copy(update={"service": later})
        return Entry(service=service, upcoming=planned)

    def planned(self, changes: dict[str, Any], start: datetime, now: datetime) -> "Entry":
        """With a change of price that holds from `start` on, in place of any other that is planned."""
        if start <= now:
            refuse("effective_from", "in_the_past")
        for name in changes:
            if name not in PRICE_FIELDS:
                refuse(name, "not_later")
        here = self.at(now)
        later = here.service.model_copy(update={**changes, "version": here.revision + 1})
        return Entry(service=here.service, upcoming=Upcoming(effective_from=start, service=later))

    def new_versions(self, before: "Entry | None") -> tuple[tuple[Service, datetime | None], ...]:
        """The versions this entry has and `before` had not, each with when it begins (None: at once)."""
        known = before.revision if before else 0
        states: list[tuple[Service, datetime | None]] = [(self.service, None)]
        if self.upcoming is not None:
            states.append((self.upcoming.service, self.upcoming.effective_from))
        return tuple((service, start) for service, start in states if service.version > known)


def refuse(field: str, problem: str, **details: object) -> NoReturn:
    """Name the field and what to do. CatalogueRefusedError."""
    raise CatalogueRefusedError(field=field, problem=say(f"errors.catalogue.{problem}", **details))


def check(service: Service, book: Book, *, dearer_is_meant: bool = False) -> None:
    """Whether an entry may stand in the catalogue. CatalogueRefusedError, DearerThanPartsError."""
    other = book.named(service.name)
    if other is not None and other.service_id != service.service_id and other.name == service.name:
        refuse("name", "name_taken", name=service.name)
    if service.minutes % 15 or not 15 <= service.minutes <= VISIT_MINUTES_MAX:
        refuse("minutes", "minutes", most=VISIT_MINUTES_MAX)
    if service.unit is None and any(line.per_unit for line in service.price_lines):
        refuse("price_lines", "per_unit")
    if any(line.quantity != 1 for line in service.price_lines):
        refuse("price_lines", "quantity")
    if not sum(line.amount_fen for line in service.price_lines):
        refuse("price_lines", "free")
    _options(service)
    if service.includes:
        _package(service, book, dearer_is_meant=dearer_is_meant)


def _options(service: Service) -> None:
    ids = [option.option_id for option in service.options]
    if len(set(ids)) != len(ids):
        refuse("options", "option_twice")
    for option in service.options:
        if isinstance(option, Choosing):
            _choices(option)


def _choices(option: Choosing) -> None:
    ids = [each.choice_id for each in option.choices]
    if len(ids) < 2 or len(set(ids)) != len(ids):
        refuse("options", "choices", option=option.name)
    if option.usual is not None and option.usual not in ids:
        refuse("options", "usual", option=option.name)


def _package(service: Service, book: Book, *, dearer_is_meant: bool) -> None:
    """Two to six different services of one family, all of them sold: one person does them in one visit."""
    ids = [part.service_id for part in service.includes]
    if not 2 <= len(ids) <= PARTS_MAX or len(set(ids)) != len(ids):
        refuse("includes", "parts", most=PARTS_MAX)
    for part in service.includes:
        try:
            one = book.on_sale(part.service_id)
        except DaojiaError:
            refuse("includes", "part_not_sold", part=part.service_id)
        if one.includes:
            refuse("includes", "part_is_package", part=one.name)
        if one.family is not service.family:
            refuse("includes", "part_of_family", part=one.name)
        if not 1 <= part.quantity <= (one.unit.most if one.unit else 1):
            refuse("includes", "part_quantity", part=one.name, most=one.unit.most if one.unit else 1)
    separately = book.parts(service).total_fen
    if service.quote().total_fen > separately and not dearer_is_meant:
        raise DearerThanPartsError(total=yuan(service.quote().total_fen), parts=yuan(separately))
