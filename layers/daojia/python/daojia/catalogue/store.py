"""The catalogue in its table: one partition of services, one of areas; read whole and kept for a minute."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.catalogue.book import Book
from daojia.catalogue.editing import Entry, Upcoming, Version
from daojia.catalogue.errors import AreaNotFoundError, CatalogueChangedError, ServiceNotFoundError
from daojia.catalogue.model import Area, Service
from daojia.kernel.parallel import both
from daojia.kernel.table import Document, Table, table_name
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction

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
    upcoming = Document(Upcoming, null=True)
    revision = NumberAttribute(null=True)
    """The latest version written: what an editor must have seen."""

    def entry(self) -> Entry:
        return Entry(service=self.body, upcoming=self.upcoming, kept="revision" in self.attribute_values)


class VersionItem(Table):
    """A version of a service, for good."""

    class Meta:
        table_name = table_name("CATALOGUE_TABLE")

    kind = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = Document(Version)

    @staticmethod
    def key(service_id: str) -> str:
        return f"VERSION#{service_id}"


class AreaItem(Table):
    """An area served."""

    class Meta:
        table_name = table_name("CATALOGUE_TABLE")

    KIND: Final = "AREA"
    kind = UnicodeAttribute(hash_key=True, default=KIND)
    sk = UnicodeAttribute(range_key=True)
    body = Document(Area)
    revision = NumberAttribute(null=True)


@dataclass
class _Kept:
    book: Book | None = None
    until: float = 0.0


_kept: Final = _Kept()


def load() -> Book:
    """The whole catalogue; from memory while it is fresh, else both partitions side by side."""
    if _kept.book is None or time.monotonic() >= _kept.until:
        entries, areas = both(
            lambda: [item.entry() for item in ServiceItem.query(ServiceItem.KIND)],
            lambda: [item.body for item in AreaItem.query(AreaItem.KIND)],
        )
        now = clock()
        book = Book(services=[entry.at(now).service for entry in entries], areas=areas)
        if not entries:  # a new stage is about to be filled: look again next time
            return book
        _kept.book, _kept.until = book, time.monotonic() + _good_for(entries, now)
    return _kept.book


def _good_for(entries: list[Entry], now: datetime) -> float:
    """Seconds this reading holds: a minute, or until the next planned change begins."""
    begins = [each.upcoming.effective_from for each in entries if each.upcoming is not None]
    left = [(start - now).total_seconds() for start in begins if start > now]
    return min(KEEP_SECONDS, *left) if left else KEEP_SECONDS


def entry(service_id: str) -> Entry:
    """A service as it is stored, strongly consistent. ServiceNotFoundError."""
    try:
        return ServiceItem.get(ServiceItem.KIND, service_id, consistent_read=True).entry()
    except ServiceItem.DoesNotExist as error:
        raise ServiceNotFoundError(service_id=service_id) from error


def put(tx: Transaction, before: Entry | None, after: Entry, *, by: str, note: str, now: datetime) -> None:
    """Write an entry and its new versions. CatalogueChangedError when somebody else was faster."""
    service = after.service
    item = ServiceItem(sk=service.service_id, body=service, upcoming=after.upcoming, revision=after.revision)
    if before is None:
        condition = ServiceItem.kind.does_not_exist()
    elif before.kept:
        condition = ServiceItem.revision == before.revision
    else:
        condition = ServiceItem.kind.exists() & ServiceItem.revision.does_not_exist()
        _keep(tx, Version(service=before.service, effective_from=now, by="", at=now))
    tx.put(item, condition=condition, otherwise=CatalogueChangedError())
    for version, start in after.new_versions(before):
        _keep(tx, Version(service=version, effective_from=start or now, by=by, at=now, note=note))
    tx.after_commit(forget)


def versions(service_id: str, *, cursor: str | None = None, limit: int = 20) -> list[Version]:
    """The versions of a service, newest first, those before the one called `cursor`."""
    older = VersionItem.sk < cursor if cursor else None
    found = VersionItem.query(
        VersionItem.key(service_id), range_key_condition=older, scan_index_forward=False, limit=limit
    )
    return [item.body for item in found]


def area(area_id: str) -> Area:
    """An area as it is stored, strongly consistent. AreaNotFoundError."""
    try:
        return AreaItem.get(AreaItem.KIND, area_id, consistent_read=True).body
    except AreaItem.DoesNotExist as error:
        raise AreaNotFoundError(area_id=area_id) from error


def put_area(tx: Transaction, before: Area | None, after: Area) -> None:
    """Write an area. CatalogueChangedError when somebody else was faster."""
    item = AreaItem(sk=after.area_id, body=after, revision=after.revision)
    if before is None:
        condition = AreaItem.kind.does_not_exist()
    elif before.revision == 1:  # may be from before revisions were kept
        condition = AreaItem.kind.exists() & (AreaItem.revision.does_not_exist() | (AreaItem.revision == 1))
    else:
        condition = AreaItem.revision == before.revision
    tx.put(item, condition=condition, otherwise=CatalogueChangedError())
    tx.after_commit(forget)


def _keep(tx: Transaction, version: Version) -> None:
    service = version.service
    tx.put(VersionItem(kind=VersionItem.key(service.service_id), sk=f"{service.version:06d}", body=version))


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
