"""Where the platform serves: districts by outline or by list of streets; cities, districts and streets switched."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

from admin_front import api
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from daojia.catalogue import store as catalogue
from daojia.catalogue.book import Book
from daojia.catalogue.editing import refuse
from daojia.catalogue.errors import AreaNotFoundError, CatalogueChangedError
from daojia.catalogue.mapping import POINTS_MAX, STREETS_MAX, check_area, middle, overlapping, touched
from daojia.catalogue.model import Area, Family, Street
from daojia.kernel.geography import Point, cells_within
from daojia.kernel.ids import ulid
from daojia.kernel.parallel import gather
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction
from daojia.ordering import queries
from daojia.ordering.model import State
from daojia.platform import audit, cursors
from daojia.platform.http import Cursor, IdempotencyKey, Limit
from daojia.platform.shapes import Position, View, Wish
from daojia.providers import store as providers
from daojia.scheduling.availability import SEARCH_RADIUS_M

TAG = "区域"
AREAS_AT_ONCE = 40
"""A whole city in one transaction, with its log."""
OPEN = (State.PENDING_PAYMENT, State.PENDING_ACCEPTANCE, State.ACCEPTED, State.EN_ROUTE, State.IN_SERVICE)
AreaPath = Annotated[str, Path(max_length=64, description="区域标识 area_id")]
DryRun = Annotated[bool, Query(description="只看影响，不保存")]
_City = Annotated[str | None, Query(max_length=20, description="城市")]


class StreetWish(Wish):
    """A street office of the district."""

    name: str = Field(min_length=1, max_length=20)
    centre: Position
    aliases: tuple[Annotated[str, Field(min_length=1, max_length=20)], ...] = Field(default=(), max_length=20)
    active: bool = True
    reach_m: int = Field(default=1500, ge=200, le=10_000, description="没有边界时，离中心多远以内算这条街道")


class NewArea(Wish):
    """A district: its outline, or the list of its streets, or both."""

    city: str = Field(min_length=2, max_length=20)
    district: str = Field(min_length=1, max_length=20)
    polygon: tuple[Position, ...] = Field(default=(), max_length=POINTS_MAX, description="边界，首尾不用相同")
    streets: tuple[StreetWish, ...] = Field(default=(), max_length=STREETS_MAX)
    active: bool = False


class AreaChange(Wish):
    """What is to be different; what is not named stays."""

    revision: int = Field(ge=1, description="看到的 revision；别人改过就会被拒绝")
    district: str | None = Field(default=None, min_length=1, max_length=20)
    polygon: tuple[Position, ...] | None = Field(default=None, max_length=POINTS_MAX)
    streets: tuple[StreetWish, ...] | None = Field(default=None, max_length=STREETS_MAX)
    active: bool | None = None


class SwitchWish(Wish):
    """Switch a city, a district of it or a street of that."""

    city: str = Field(min_length=1, max_length=20)
    district: str | None = Field(default=None, max_length=20)
    street: str | None = Field(default=None, max_length=20)
    active: bool


class Touched(View):
    """What a change touches: places of open orders, and homes of providers, that are served before or after only.
    `at_least`: there are more open orders than were looked at."""

    open_orders: int
    providers: int
    at_least: bool


class AreaView(View):
    """An area as administrators see it. Customers see a change within a minute."""

    area: Area
    overlaps: tuple[str, ...] = Field(description="和哪些区域重叠（只是提醒）")
    touches: Touched | None = Field(description="影响，只在 dry_run 时计算")
    saved: bool
    effective_within_seconds: int = catalogue.KEEP_SECONDS


class AreaList(View):
    """A piece of the list."""

    items: tuple[Area, ...]
    next: str | None


class Switched(View):
    """The areas that are different now, or would be."""

    items: tuple[Area, ...]
    touches: Touched | None
    saved: bool
    effective_within_seconds: int = catalogue.KEEP_SECONDS


@api.get("/v1/admin/areas", tags=[TAG], summary="区域列表")
def listed(
    *,
    city: _City = None,
    active: Annotated[bool | None, Query(description="是否开通")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> AreaList:
    now, owner = clock(), "areas"
    after = cursors.taken_back(cursor, owner, now) or ""
    rest = [
        area
        for area in sorted(_book().areas, key=_id_of)
        if area.area_id > after and city in (None, area.city) and active in (None, area.served)
    ]
    more = rest[limit - 1].area_id if len(rest) > limit else None
    return AreaList(items=tuple(rest[:limit]), next=cursors.given_out(more, owner, now))


@api.get("/v1/admin/areas/<area_id>", tags=[TAG], summary="区域")
def show(area_id: AreaPath) -> AreaView:
    area = catalogue.area(area_id)
    return AreaView(area=area, overlaps=overlapping(area, _book().areas), touches=None, saved=True)


@api.post("/v1/admin/areas", tags=[TAG], summary="新增区域", description="默认不开通。", status_code=201)
def create(wish: NewArea, key: IdempotencyKey, dry_run: DryRun = False) -> AreaView:
    def decide(tx: Transaction, now: datetime) -> AreaView:
        area = Area(
            area_id=f"r_{ulid(now)}",
            city=wish.city,
            district=wish.district,
            polygon=_outline(wish.polygon),
            streets=_streets(wish.streets),
            active=wish.active,
        )
        return _written(tx, None, area, dry_run=dry_run, now=now)

    return _answered(key, decide, dry_run=dry_run)


@api.patch("/v1/admin/areas/<area_id>", tags=[TAG], summary="修改区域")
def change(area_id: AreaPath, wish: AreaChange, key: IdempotencyKey, dry_run: DryRun = False) -> AreaView:
    def decide(tx: Transaction, now: datetime) -> AreaView:
        before = catalogue.area(area_id)
        if before.revision != wish.revision:
            raise CatalogueChangedError(revision=before.revision)
        changes = {
            "district": wish.district,
            "polygon": None if wish.polygon is None else _outline(wish.polygon),
            "streets": None if wish.streets is None else _streets(wish.streets),
            "active": wish.active,
        }
        named = {name: value for name, value in changes.items() if value is not None}
        after = before.model_copy(update={**named, "revision": before.revision + 1})
        return _written(tx, before, after, dry_run=dry_run, now=now)

    return _answered(key, decide, dry_run=dry_run)


@api.post(
    "/v1/admin/areas/switch",
    tags=[TAG],
    summary="开通或关闭城市、区、街道",
    description="一分钟内生效；已下的订单照常。关闭城市不改变各区自己的开关。",
)
def switch(wish: SwitchWish, key: IdempotencyKey, dry_run: DryRun = False) -> Switched:
    def decide(tx: Transaction, now: datetime) -> Switched:
        book = _book()
        meant = [each for each in book.areas if each.city == wish.city and wish.district in (None, each.district)]
        if not meant:
            raise AreaNotFoundError(city=wish.city)
        if len(meant) > AREAS_AT_ONCE:
            refuse("city", "too_many", most=AREAS_AT_ONCE)
        pairs = [(before, _switched(before, wish)) for before in meant]
        touches = None
        if dry_run:
            touches = _touches(book, [after for _, after in pairs])
        else:
            for before, after in pairs:
                _keep(tx, before, after, "area.switch", now)
        return Switched(items=tuple(after for _, after in pairs), touches=touches, saved=not dry_run)

    if dry_run:
        return decide(Transaction(), clock())
    return api.once(key, Switched, decide)


def _book() -> Book:
    catalogue.forget()
    return catalogue.load()


def _id_of(area: Area) -> str:
    return area.area_id


def _outline(polygon: tuple[Position, ...]) -> tuple[Point, ...]:
    return tuple(corner.point for corner in polygon)


def _streets(streets: tuple[StreetWish, ...]) -> tuple[Street, ...]:
    return tuple(
        Street(
            name=each.name,
            centre=each.centre.point,
            aliases=each.aliases,
            active=each.active,
            reach_m=each.reach_m,
        )
        for each in streets
    )


def _answered(key: str, decide: Callable[[Transaction, datetime], AreaView], *, dry_run: bool) -> AreaView:
    """A dry run leaves nothing behind, not even the memory of having been asked."""
    return decide(Transaction(), clock()) if dry_run else api.once(key, AreaView, decide)


def _switched(area: Area, wish: SwitchWish) -> Area:
    """The area with its own switch, its city's or a street's thrown."""
    if wish.street is not None:
        if wish.street not in {street.name for street in area.streets}:
            refuse("street", "no_street")
        streets = tuple(
            each.model_copy(update={"active": wish.active}) if each.name == wish.street else each
            for each in area.streets
        )
        changes = {"streets": streets}
    elif wish.district is not None:
        changes = {"active": wish.active}
    else:
        changes = {"city_active": wish.active}
    return area.model_copy(update={**changes, "revision": area.revision + 1})


def _written(tx: Transaction, before: Area | None, after: Area, *, dry_run: bool, now: datetime) -> AreaView:
    check_area(after)
    book = _book()
    overlaps = overlapping(after, book.areas)
    if dry_run:
        return AreaView(area=after, overlaps=overlaps, touches=_touches(book, [after]), saved=False)
    _keep(tx, before, after, "area.change" if before else "area.create", now)
    return AreaView(area=after, overlaps=overlaps, touches=None, saved=True)


def _keep(tx: Transaction, before: Area | None, after: Area, action: str, now: datetime) -> None:
    catalogue.put_area(tx, before, after)
    audit.record(
        tx,
        action,
        f"area#{after.area_id}",
        by=api.caller.account_id,
        now=now,
        before=before.model_dump(mode="json") if before else None,
        after=after.model_dump(mode="json"),
    )


def _touches(before: Book, changed: list[Area]) -> Touched:
    """Open orders and providers that are served before or after only: one round of reads, bounded."""
    ids = {area.area_id for area in changed}
    after = Book(services=before.services, areas=(*changed, *(a for a in before.areas if a.area_id not in ids)))
    cells = {name for area in changed for name in cells_within(middle(area), SEARCH_RADIUS_M)}
    pages = gather([partial(queries.in_state, state, limit=queries.PAGE_MAX) for state in OPEN])
    people = gather([partial(providers.around, cell, family) for cell in sorted(cells) for family in Family])
    homes = {each.provider_id: each.home for found in people for each in found}
    places = [order.place.point for page in pages for order in page.items]
    return Touched(
        open_orders=touched(places, before, after),
        providers=touched(homes.values(), before, after),
        at_least=any(page.next is not None for page in pages),
    )
