"""The address book."""

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from customer_front import api
from pydantic import Field

from daojia.accounts import store as accounts
from daojia.accounts.errors import AccountNotFoundError
from daojia.accounts.model import Account, Address, Place
from daojia.accounts.store import AccountItem
from daojia.catalogue import store as catalogue
from daojia.catalogue.book import Located
from daojia.kernel.errors import NotFoundError, RuleError
from daojia.kernel.geography import Point
from daojia.kernel.ids import ulid
from daojia.kernel.sealed import mask_phone
from daojia.kernel.transaction import Transaction, committed
from daojia.places import finding, wording
from daojia.places.model import Suggestion
from daojia.platform.http import IdempotencyKey
from daojia.platform.shapes import Position, View, Wish

TAG = "地址"
ADDRESSES_MAX = 20
PHONE = r"^1[3-9][0-9]{9}$|^0[0-9]{2,3}-?[0-9]{7,8}$"
AddressPath = Annotated[str, Path(max_length=64, description="地址标识 address_id")]


class AddressWish(Wish):
    """A new address. The district and street follow from the position; without one, the position from `detail`, which
    then says the district or the road with its number."""

    label: str = Field(default="", max_length=20)
    point: Position | None = Field(default=None, description="坐标；不填则按 detail 里的文字找（写上区、路名和门牌号）")
    detail: str = Field(min_length=1, max_length=100)
    contact: str = Field(min_length=1, max_length=20)
    phone: str = Field(pattern=PHONE, max_length=20)


class AddressChange(Wish):
    """What is to be different; what is left out stays."""

    label: str | None = Field(default=None, max_length=20)
    point: Position | None = None
    detail: str | None = Field(default=None, min_length=1, max_length=100)
    contact: str | None = Field(default=None, min_length=1, max_length=20)
    phone: str | None = Field(default=None, pattern=PHONE, max_length=20)


class AddressView(View):
    """An address; the phone masked."""

    address_id: str
    label: str
    point: Position
    area: str
    detail: str
    contact: str
    phone: str

    @classmethod
    def of(cls, entry: Address) -> "AddressView":
        place = entry.place
        return cls(
            address_id=entry.address_id,
            label=entry.label,
            point=Position(lat=place.point.lat, lng=place.point.lng),
            area=place.area,
            detail=place.detail,
            contact=place.contact,
            phone=mask_phone(place.phone),
        )


class AddressList(View):
    """The whole address book."""

    items: tuple[AddressView, ...]
    next: str | None = None


class SuggestionView(View):
    """A place somebody may mean."""

    title: str
    address: str
    district: str
    point: Position
    served: bool = Field(description="是否在服务范围内")

    @classmethod
    def of(cls, offered: Suggestion, *, served: bool) -> "SuggestionView":
        point = Position(lat=offered.point.lat, lng=offered.point.lng)
        return cls(title=offered.title, address=offered.address, district=offered.district, point=point, served=served)


class SuggestionList(View):
    """At most ten, the likeliest first."""

    items: tuple[SuggestionView, ...]
    next: str | None = None


class Removed(View):
    """It is gone."""

    ok: bool = True


class AddressBookFullError(RuleError):
    """The address book holds no more."""

    code = "ADDRESS_BOOK_FULL"


@api.get("/v1/addresses", tags=[TAG], summary="地址簿")
def book() -> AddressList:
    account = accounts.get(api.caller.account_id)
    return AddressList(items=tuple(AddressView.of(entry) for entry in account.addresses))


@api.post("/v1/addresses", tags=[TAG], summary="新增地址", status_code=201)
def add(wish: AddressWish, key: IdempotencyKey) -> AddressView:
    where, detail = _placed(wish.point, wish.detail)

    def decide(tx: Transaction, now: datetime) -> AddressView:
        item = _mine()
        if len(item.body.addresses) >= ADDRESSES_MAX:
            raise AddressBookFullError(limit=ADDRESSES_MAX)
        place = Place(point=where.point, area=where.text, detail=detail, contact=wish.contact, phone=wish.phone)
        entry = Address(address_id=f"d_{ulid(now)}", label=wish.label, place=place)
        _save(item, (*item.body.addresses, entry), tx)
        return AddressView.of(entry)

    return api.once(key, AddressView, decide)


@api.patch("/v1/addresses/<address_id>", tags=[TAG], summary="修改地址")
def change(address_id: AddressPath, wish: AddressChange) -> AddressView:
    where = finding.describe(catalogue.load(), wish.point.point) if wish.point is not None else None

    def decide(tx: Transaction) -> AddressView:
        item = _mine()
        entry = _entry(item.body, address_id)
        changes = {name: value for name in ("detail", "contact", "phone") if (value := getattr(wish, name)) is not None}
        if where is not None:
            changes |= {"point": where.point, "area": where.text}
        place = entry.place.model_copy(update=changes)
        label = entry.label if wish.label is None else wish.label
        changed = entry.model_copy(update={"place": place, "label": label})
        if changed != entry:
            kept = tuple(changed if each.address_id == address_id else each for each in item.body.addresses)
            _save(item, kept, tx)
        return AddressView.of(changed)

    return committed(decide)


@api.delete("/v1/addresses/<address_id>", tags=[TAG], summary="删除地址", description="已下的订单不受影响。")
def remove(address_id: AddressPath) -> Removed:
    def decide(tx: Transaction) -> Removed:
        item = _mine()
        _entry(item.body, address_id)
        _save(item, tuple(each for each in item.body.addresses if each.address_id != address_id), tx)
        return Removed()

    return committed(decide)


@api.get("/v1/places/suggest", tags=[TAG], summary="输入地址时的提示", description="按名称找小区、道路和地标。")
def suggest(
    q: Annotated[str, Query(min_length=1, max_length=32, description="已经输入的文字")],
    lat: Annotated[float | None, Query(ge=-90, le=90, description="当前位置的纬度（GCJ-02）")] = None,
    lng: Annotated[float | None, Query(ge=-180, le=180, description="当前位置的经度")] = None,
) -> SuggestionList:
    near = None if lat is None or lng is None else Point(lat=lat, lng=lng)
    found = finding.suggest(catalogue.load(), q, near)
    return SuggestionList(items=tuple(SuggestionView.of(each, served=served) for each, served in found))


def _placed(point: Position | None, detail: str) -> tuple[Located, str]:
    """Where an address is, and what of its words stands below district and street."""
    book = catalogue.load()
    if point is not None:
        return finding.describe(book, point.point), detail
    located = finding.find(book, detail)
    return located, wording.below_area(detail, located.street.name if located.street else "") or detail


def _mine() -> AccountItem:
    item = accounts.find_item(api.caller.account_id)
    if item is None:
        raise AccountNotFoundError(account_id=api.caller.account_id)
    return item


def _entry(account: Account, address_id: str) -> Address:
    found = next((each for each in account.addresses if each.address_id == address_id), None)
    if found is None:
        raise NotFoundError(address_id=address_id)
    return found


def _save(item: AccountItem, addresses: tuple[Address, ...], tx: Transaction) -> None:
    accounts.save(tx, item, item.body.model_copy(update={"addresses": addresses}))
