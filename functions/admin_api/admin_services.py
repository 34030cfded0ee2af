"""Services and packages: created, changed, retired; every change makes a version and leaves a trace in the log."""

from datetime import datetime
from typing import Annotated, Any

from admin_front import api
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from daojia.catalogue import store as catalogue
from daojia.catalogue.book import Book
from daojia.catalogue.editing import Entry, Upcoming, Version, check, refuse
from daojia.catalogue.errors import CatalogueChangedError, ServiceNotFoundError
from daojia.catalogue.model import CancellationPolicy, Family, Option, Part, PriceLine, Service, Unit
from daojia.kernel.ids import ServiceId, ulid
from daojia.kernel.money import Fen
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction
from daojia.platform import audit, cursors
from daojia.platform.http import Cursor, IdempotencyKey, Limit
from daojia.platform.shapes import Instant, View, Wish

SERVICES, PACKAGES = "服务", "套餐"
Lines = Annotated[tuple[PriceLine, ...], Field(min_length=1, max_length=12)]
Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=30)]
Pictures = Annotated[tuple[Annotated[str, Field(max_length=500, pattern=r"^https://\S+$")], ...], Field(max_length=12)]
Name = Annotated[str, Field(min_length=2, max_length=20)]
Minutes = Annotated[int, Field(ge=15, le=600, multiple_of=15)]
ServicePath = Annotated[str, Path(max_length=64, description="服务标识 service_id")]


class NewService(Wish):
    """A service as it is to be sold."""

    name: Name
    family: Family
    category: str = Field(min_length=1, max_length=20)
    summary: str = Field(min_length=1, max_length=300)
    minutes: Minutes
    price_lines: Lines
    steps: Words
    tools: Words
    products: Words = ()
    synonyms: Words = ()
    notes_hint: str = Field(default="", max_length=200)
    pictures: Pictures = ()
    commission_basis_points: int = Field(ge=0, le=5000)
    policy: CancellationPolicy
    unit: Unit | None = None
    options: tuple[Option, ...] = Field(default=(), max_length=20)


class NewPackage(NewService):
    """Services sold together, done in one visit by one person, at a price of their own."""

    includes: tuple[Part, ...] = Field(min_length=2, max_length=6)
    dearer_is_meant: bool = Field(default=False, description="比单项合计还贵时，确认就要这样定价")


class Change(Wish):
    """What is to be different; what is not named stays. `revision` is the one the editor saw."""

    revision: int = Field(ge=1, description="看到的 revision；别人改过就会被拒绝")
    effective_from: Instant | None = Field(
        default=None, description="定时生效（只限价格、时长、单位、选项）；不填马上生效"
    )
    note: str = Field(default="", max_length=200, description="为什么改")
    name: Name | None = None
    category: str | None = Field(default=None, min_length=1, max_length=20)
    summary: str | None = Field(default=None, min_length=1, max_length=300)
    minutes: Minutes | None = None
    price_lines: Lines | None = None
    steps: Words | None = None
    tools: Words | None = None
    products: Words | None = None
    synonyms: Words | None = None
    notes_hint: str | None = Field(default=None, max_length=200)
    pictures: Pictures | None = None
    commission_basis_points: int | None = Field(default=None, ge=0, le=5000)
    policy: CancellationPolicy | None = None
    unit: Unit | None = Field(default=None, description="填 null 表示不再按数量计价")
    options: tuple[Option, ...] | None = Field(default=None, max_length=20)
    includes: tuple[Part, ...] | None = Field(default=None, min_length=2, max_length=6, description="只用于套餐")
    dearer_is_meant: bool = False


class Seen(Wish):
    """Which state of the entry the editor saw."""

    revision: int = Field(ge=1)
    note: str = Field(default="", max_length=200)


class EntryView(View):
    """A service or package as administrators see it. Customers see a change within a minute."""

    service: Service
    revision: int
    upcoming: Upcoming | None
    total_fen: Fen
    separately_fen: Fen | None = Field(description="套餐：单项合计")
    in_packages: tuple[str, ...] = Field(description="包含这项服务的套餐；下架后它们也暂停销售")
    effective_within_seconds: int = catalogue.KEEP_SECONDS

    @classmethod
    def of(cls, entry: Entry, book: Book) -> "EntryView":
        service = entry.service
        return cls(
            service=service,
            revision=entry.revision,
            upcoming=entry.upcoming,
            total_fen=service.quote().total_fen,
            separately_fen=book.parts(service).total_fen if service.includes else None,
            in_packages=tuple(
                each.name for each in book.services if service.service_id in {part.service_id for part in each.includes}
            ),
        )


class ServiceList(View):
    """A piece of the list, by id."""

    items: tuple[Service, ...]
    next: str | None


class VersionList(View):
    """A piece of the versions, newest first."""

    items: tuple[Version, ...]
    next: str | None


class _Filters(Wish):
    """What a list is narrowed to."""

    family: Family | None = None
    category: str | None = None
    active: bool | None = None
    q: str = ""

    def fits(self, service: Service) -> bool:
        return (
            (self.family is None or service.family is self.family)
            and (self.category is None or service.category == self.category)
            and (self.active is None or service.active is self.active)
            and self.q.casefold() in " ".join((service.name, *service.synonyms)).casefold()
        )


_Family = Annotated[Family | None, Query(description="大类")]
_Category = Annotated[str | None, Query(max_length=20, description="分类")]
_Active = Annotated[bool | None, Query(description="是否在售")]
_Said = Annotated[str, Query(max_length=50, description="名称或别名中的字词")]


@api.get("/v1/admin/services", tags=[SERVICES], summary="服务列表")
def services(
    *,
    family: _Family = None,
    category: _Category = None,
    active: _Active = None,
    q: _Said = "",
    cursor: Cursor = None,
    limit: Limit = 20,
) -> ServiceList:
    return _listed(_Filters(family=family, category=category, active=active, q=q), cursor, limit, packages=False)


@api.get("/v1/admin/packages", tags=[PACKAGES], summary="套餐列表")
def packages(
    *,
    family: _Family = None,
    category: _Category = None,
    active: _Active = None,
    q: _Said = "",
    cursor: Cursor = None,
    limit: Limit = 20,
) -> ServiceList:
    return _listed(_Filters(family=family, category=category, active=active, q=q), cursor, limit, packages=True)


@api.post("/v1/admin/services", tags=[SERVICES], summary="新增服务", status_code=201)
def create_service(wish: NewService, key: IdempotencyKey) -> EntryView:
    return _created(wish, key, "s_")


@api.post("/v1/admin/packages", tags=[PACKAGES], summary="新增套餐", status_code=201)
def create_package(wish: NewPackage, key: IdempotencyKey) -> EntryView:
    return _created(wish, key, "p_", dearer_is_meant=wish.dearer_is_meant)


@api.get("/v1/admin/services/<service_id>", tags=[SERVICES], summary="服务")
def show_service(service_id: ServicePath) -> EntryView:
    return EntryView.of(_entry(service_id, packages=False), _book())


@api.get("/v1/admin/packages/<service_id>", tags=[PACKAGES], summary="套餐")
def show_package(service_id: ServicePath) -> EntryView:
    return EntryView.of(_entry(service_id, packages=True), _book())


@api.patch(
    "/v1/admin/services/<service_id>",
    tags=[SERVICES],
    summary="修改服务",
    description="每次修改都是一个新版本，已下的订单不受影响。填 effective_from 则定时生效，取代之前的定时改动。",
)
def change_service(service_id: ServicePath, wish: Change, key: IdempotencyKey) -> EntryView:
    return _changed(service_id, wish, key, packages=False)


@api.patch("/v1/admin/packages/<service_id>", tags=[PACKAGES], summary="修改套餐")
def change_package(service_id: ServicePath, wish: Change, key: IdempotencyKey) -> EntryView:
    return _changed(service_id, wish, key, packages=True)


@api.post("/v1/admin/services/<service_id>/retire", tags=[SERVICES], summary="下架服务", description="已下的订单照常。")
def retire_service(service_id: ServicePath, wish: Seen, key: IdempotencyKey) -> EntryView:
    return _switched(service_id, wish, key, packages=False, active=False)


@api.post("/v1/admin/packages/<service_id>/retire", tags=[PACKAGES], summary="下架套餐")
def retire_package(service_id: ServicePath, wish: Seen, key: IdempotencyKey) -> EntryView:
    return _switched(service_id, wish, key, packages=True, active=False)


@api.post("/v1/admin/services/<service_id>/restore", tags=[SERVICES], summary="重新上架服务")
def restore_service(service_id: ServicePath, wish: Seen, key: IdempotencyKey) -> EntryView:
    return _switched(service_id, wish, key, packages=False, active=True)


@api.post("/v1/admin/packages/<service_id>/restore", tags=[PACKAGES], summary="重新上架套餐")
def restore_package(service_id: ServicePath, wish: Seen, key: IdempotencyKey) -> EntryView:
    return _switched(service_id, wish, key, packages=True, active=True)


@api.get("/v1/admin/services/<service_id>/versions", tags=[SERVICES], summary="服务的历次版本")
def service_versions(service_id: ServicePath, cursor: Cursor = None, limit: Limit = 20) -> VersionList:
    return _versions(service_id, cursor, limit)


@api.get("/v1/admin/packages/<service_id>/versions", tags=[PACKAGES], summary="套餐的历次版本")
def package_versions(service_id: ServicePath, cursor: Cursor = None, limit: Limit = 20) -> VersionList:
    return _versions(service_id, cursor, limit)


def _book() -> Book:
    """The catalogue as it is at this moment, not as it was a minute ago."""
    catalogue.forget()
    return catalogue.load()


def _entry(service_id: str, *, packages: bool) -> Entry:
    entry = catalogue.entry(service_id).at(clock())
    if bool(entry.service.includes) is not packages:
        raise ServiceNotFoundError(service_id=service_id)
    return entry


def _listed(filters: _Filters, cursor: str | None, limit: int, *, packages: bool) -> ServiceList:
    now, owner = clock(), f"catalogue#{packages}"
    after = cursors.taken_back(cursor, owner, now) or ""
    fitting = [each for each in _book().services if bool(each.includes) is packages and filters.fits(each)]
    rest = sorted((each for each in fitting if each.service_id > after), key=_id_of)
    items = tuple(rest[:limit])
    more = items[-1].service_id if len(rest) > limit else None
    return ServiceList(items=items, next=cursors.given_out(more, owner, now))


def _id_of(service: Service) -> str:
    return service.service_id


def _versions(service_id: str, cursor: str | None, limit: int) -> VersionList:
    now, owner = clock(), f"versions#{service_id}"
    found = catalogue.versions(service_id, cursor=cursors.taken_back(cursor, owner, now), limit=limit)
    more = f"{found[-1].service.version:06d}" if len(found) == limit else None
    return VersionList(items=tuple(found), next=cursors.given_out(more, owner, now))


def _created(wish: NewService, key: str, prefix: str, *, dearer_is_meant: bool = False) -> EntryView:
    def decide(tx: Transaction, now: datetime) -> EntryView:
        fields = {name: getattr(wish, name) for name in type(wish).model_fields if name != "dearer_is_meant"}
        service = Service(service_id=ServiceId(f"{prefix}{ulid(now)}"), **fields)
        return _written(tx, None, Entry(service=service), "create", now=now, dearer_is_meant=dearer_is_meant)

    return api.once(key, EntryView, decide)


def _changed(service_id: str, wish: Change, key: str, *, packages: bool) -> EntryView:
    named = wish.model_fields_set - {"revision", "effective_from", "note", "dearer_is_meant"}
    changes: dict[str, Any] = {name: getattr(wish, name) for name in named}
    for name, value in changes.items():
        if value is None and name != "unit":
            refuse(name, "not_null")
    if "includes" in changes and not packages:
        refuse("includes", "only_packages")

    def decide(tx: Transaction, now: datetime) -> EntryView:
        before = _seen(service_id, wish.revision, packages=packages)
        if wish.effective_from is not None:
            after = before.planned(changes, wish.effective_from, now)
        else:
            after = before.changed(changes, now)
        action = "plan" if wish.effective_from is not None else "change"
        return _written(tx, before, after, action, wish.note, now=now, dearer_is_meant=wish.dearer_is_meant)

    return api.once(key, EntryView, decide)


def _switched(service_id: str, wish: Seen, key: str, *, packages: bool, active: bool) -> EntryView:
    def decide(tx: Transaction, now: datetime) -> EntryView:
        before = _seen(service_id, wish.revision, packages=packages)
        after = before.changed({"active": active}, now)
        return _written(tx, before, after, "restore" if active else "retire", wish.note, now=now, dearer_is_meant=True)

    return api.once(key, EntryView, decide)


def _seen(service_id: str, revision: int, *, packages: bool) -> Entry:
    """The entry, if it still is the one the editor saw. CatalogueChangedError."""
    entry = catalogue.entry(service_id)
    if bool(entry.service.includes) is not packages:
        raise ServiceNotFoundError(service_id=service_id)
    if entry.revision != revision:
        raise CatalogueChangedError(revision=entry.revision)
    return entry


def _written(
    tx: Transaction,
    before: Entry | None,
    after: Entry,
    action: str,
    note: str = "",
    *,
    now: datetime,
    dearer_is_meant: bool,
) -> EntryView:
    """Checked, written and logged; retiring needs no check."""
    book = _book()
    for service in filter(None, (after.service, after.upcoming and after.upcoming.service)):
        if service.active:
            check(service, book, dearer_is_meant=dearer_is_meant)
    me = api.caller.account_id
    catalogue.put(tx, before, after, by=me, note=note, now=now)
    kind = "package" if after.service.includes else "service"
    audit.record(
        tx,
        f"{kind}.{action}",
        f"{kind}#{after.service.service_id}",
        by=me,
        now=now,
        before=before.model_dump(mode="json") if before else None,
        after=after.model_dump(mode="json"),
        note=note,
    )
    return EntryView.of(after, book)
