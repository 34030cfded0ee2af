"""The catalogue in its table: one partition of services, one of areas; read whole and kept for a minute."""

import time
from dataclasses import dataclass
from typing import Final

from pynamodb.attributes import UnicodeAttribute

from daojia.catalogue.book import Book
from daojia.catalogue.model import Area, Service
from daojia.kernel.parallel import both
from daojia.kernel.table import Document, Table, table_name

KEEP_SECONDS: Final = 60
"""How old a catalogue may be: a change of price is seen everywhere within a minute."""


class ServiceItem(Table):
    """A service of the catalogue."""

    class Meta:
        table_name = table_name("CATALOGUE_TABLE")

    KIND: Final = "SERVICE"
    kind = UnicodeAttribute(hash_key=True, default=KIND)
    sk = UnicodeAttribute(range_key=True)
    body = Document(Service)


class AreaItem(Table):
    """An area served."""

    class Meta:
        table_name = table_name("CATALOGUE_TABLE")

    KIND: Final = "AREA"
    kind = UnicodeAttribute(hash_key=True, default=KIND)
    sk = UnicodeAttribute(range_key=True)
    body = Document(Area)


@dataclass
class _Kept:
    book: Book | None = None
    until: float = 0.0


_kept: Final = _Kept()


def load() -> Book:
    """The whole catalogue; from memory while it is fresh, else both partitions side by side."""
    if _kept.book is None or time.monotonic() >= _kept.until:
        services, areas = both(
            lambda: [item.body for item in ServiceItem.query(ServiceItem.KIND)],
            lambda: [item.body for item in AreaItem.query(AreaItem.KIND)],
        )
        book = Book(services=services, areas=areas)
        if not services:  # a new stage is about to be filled: look again next time
            return book
        _kept.book, _kept.until = book, time.monotonic() + KEEP_SECONDS
    return _kept.book


def save(entry: Service | Area) -> None:
    """Write a service or an area as it is to be from now on."""
    if isinstance(entry, Service):
        ServiceItem(sk=entry.service_id, body=entry).save()
    else:
        AreaItem(sk=entry.area_id, body=entry).save()
    forget()


def forget() -> None:
    """Read the catalogue anew at the next `load`."""
    _kept.book = None
