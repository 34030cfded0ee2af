"""What can be ordered, when, and from whom. Open to everyone."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from customer_front import api

from daojia.catalogue import store as catalogue
from daojia.catalogue.book import Book
from daojia.catalogue.errors import OptionRefusedError
from daojia.catalogue.model import CancellationPolicy, Choosing, Family, Option, PriceLine, Service, Unit
from daojia.catalogue.pricing import OPTIONS_MAX, Chosen, Wanted, priced
from daojia.kernel.geography import Point
from daojia.kernel.ids import ProviderId, ServiceId
from daojia.kernel.money import Fen
from daojia.kernel.texts import say
from daojia.kernel.times import local
from daojia.kernel.times import now as clock
from daojia.ordering.placing import HORIZON, LEAD
from daojia.platform.shapes import Instant, View
from daojia.providers import store as providers
from daojia.providers.errors import ProviderNotFoundError
from daojia.providers.model import Provider, Standing
from daojia.scheduling import availability
from daojia.scheduling.model import Candidate, free_starts

TAG = "服务"
FRESH = "max-age=60"
PROVIDERS_MAX = 30
DAYS_MAX = 7

ServicePath = Annotated[str, Path(max_length=64, description="服务标识 service_id")]
Latitude = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, description="纬度（GCJ-02）")]
Longitude = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, description="经度（GCJ-02）")]


class ServiceView(View):
    """A service as it is offered."""

    service_id: ServiceId
    name: str
    family: Family
    category: str
    summary: str
    minutes: int
    price_lines: tuple[PriceLine, ...]
    total_fen: Fen
    version: int
    unit: Unit | None
    is_package: bool

    @classmethod
    def of(cls, service: Service) -> "ServiceView":
        return cls(**_offered(service))


class PartView(View):
    """A service in a package, and what it would cost alone."""

    service_id: ServiceId
    name: str
    quantity: int
    total_fen: Fen


class ServicePage(ServiceView):
    """A service with everything a customer may want to know before ordering. Of a package also what is in it, what
    that would cost one by one and what is saved."""

    options: tuple[Option, ...]
    includes: tuple[PartView, ...]
    separately_fen: Fen | None
    saves_fen: Fen | None
    pictures: tuple[str, ...]

    steps: tuple[str, ...]
    tools: tuple[str, ...]
    products: tuple[str, ...]
    notes_hint: str
    policy: CancellationPolicy

    @classmethod
    def of_book(cls, service: Service, book: Book) -> "ServicePage":
        separately = book.parts(service).total_fen if service.includes else None
        parts = zip(service.includes, book.parts(service).lines, strict=True)
        return cls(
            **_offered(service),
            options=service.options,
            includes=tuple(
                PartView(service_id=part.service_id, name=line.name, quantity=part.quantity, total_fen=line.amount_fen)
                for part, line in parts
            ),
            separately_fen=separately,
            saves_fen=None if separately is None else max(0, separately - service.quote().total_fen),
            pictures=service.pictures,
            steps=service.steps,
            tools=service.tools,
            products=service.products,
            notes_hint=service.notes_hint,
            policy=service.policy,
        )


class ServiceList(View):
    """Services found."""

    items: tuple[ServiceView, ...]
    next: str | None = None


class CategoryView(View):
    """A category and what is in it."""

    name: str
    services: tuple[ServiceView, ...]


class FamilyView(View):
    """One of the four families."""

    family: Family
    name: str
    categories: tuple[CategoryView, ...]


class AreaView(View):
    """A district that is served."""

    area_id: str
    city: str
    district: str
    streets: tuple[str, ...]


class CatalogueView(View):
    """Everything on offer, and where."""

    families: tuple[FamilyView, ...]
    areas: tuple[AreaView, ...]


class SlotDay(View):
    """When a visit could start on a day."""

    date: date
    starts: tuple[Instant, ...]


class SlotList(View):
    """The days asked for."""

    items: tuple[SlotDay, ...]
    next: str | None = None


class ProviderView(View):
    """A provider's public side: no telephone, no home."""

    provider_id: ProviderId
    name: str
    gender: str
    portrait: str
    years: int
    about: str
    rating: float
    jobs_done: int
    completion_percent: float
    certificates: tuple[str, ...]
    service_ids: tuple[ServiceId, ...]
    distance_m: int | None = None

    @classmethod
    def of(cls, provider: Provider, metres: float | None = None) -> "ProviderView":
        return cls(
            provider_id=provider.provider_id,
            name=provider.shown_name,
            gender=provider.gender,
            portrait=provider.portrait,
            years=provider.years,
            about=provider.about,
            rating=provider.rating_hundredths / 100,
            jobs_done=provider.jobs_done,
            completion_percent=provider.completion_basis_points / 100,
            certificates=tuple(certificate.name for certificate in provider.certificates),
            service_ids=tuple(sorted(provider.service_ids)),
            # Rounded, or three questions would find out where somebody lives.
            distance_m=None if metres is None else max(500, round(metres / 500) * 500),
        )


class ProviderList(View):
    """Providers found, nearest first."""

    items: tuple[ProviderView, ...]
    next: str | None = None


def _offered(service: Service) -> dict[str, Any]:
    return {
        "service_id": service.service_id,
        "name": service.name,
        "family": service.family,
        "category": service.category,
        "summary": service.summary,
        "minutes": service.minutes,
        "price_lines": service.price_lines,
        "total_fen": service.quote().total_fen,
        "version": service.version,
        "unit": service.unit,
        "is_package": bool(service.includes),
    }


@api.get(
    "/v1/catalogue", tags=[TAG], summary="服务目录", description="四大类、分类、服务和开通的区域。", cache_control=FRESH
)
def everything() -> CatalogueView:
    book = catalogue.load()
    families: list[FamilyView] = []
    for family in Family:
        services = book.of_family(family)
        names = dict.fromkeys(service.category for service in services)
        categories = tuple(
            CategoryView(name=name, services=tuple(ServiceView.of(each) for each in services if each.category == name))
            for name in names
        )
        families.append(FamilyView(family=family, name=say(f"pages.families.{family.value}"), categories=categories))
    areas = tuple(
        AreaView(
            area_id=area.area_id,
            city=area.city,
            district=area.district,
            streets=tuple(street.name for street in area.streets),
        )
        for area in book.served
    )
    return CatalogueView(families=tuple(families), areas=areas)


@api.get("/v1/services", tags=[TAG], summary="搜索服务", description="按名称、别名和条件查找。", cache_control=FRESH)
def search(
    *,
    q: Annotated[str, Query(max_length=50, description="名称、别名或简介中的字词")] = "",
    family: Annotated[Family | None, Query(description="大类")] = None,
    category: Annotated[str | None, Query(max_length=50, description="分类")] = None,
    min_price_fen: Annotated[int | None, Query(ge=0, description="最低总价（分）")] = None,
    max_price_fen: Annotated[int | None, Query(ge=0, description="最高总价（分）")] = None,
    max_minutes: Annotated[int | None, Query(ge=0, description="最长时间（分钟）")] = None,
    sort: Annotated[Literal["default", "price", "minutes"], Query(description="排序")] = "default",
) -> ServiceList:
    found = [
        service
        for service in catalogue.load().active
        if _says(service, q)
        and (family is None or service.family is family)
        and (category is None or service.category == category)
        and (min_price_fen is None or service.quote().total_fen >= min_price_fen)
        and (max_price_fen is None or service.quote().total_fen <= max_price_fen)
        and (max_minutes is None or service.minutes <= max_minutes)
    ]
    if sort == "price":
        found.sort(key=lambda service: service.quote().total_fen)
    elif sort == "minutes":
        found.sort(key=lambda service: service.minutes)
    return ServiceList(items=tuple(ServiceView.of(service) for service in found))


@api.get("/v1/services/<service_id>", tags=[TAG], summary="服务详情", cache_control=FRESH)
def show(service_id: ServicePath) -> ServicePage:
    return ServicePage.of_book((book := catalogue.load()).on_sale(service_id), book)


@api.get(
    "/v1/services/<service_id>/slots",
    tags=[TAG],
    summary="可预约的时间",
    description="某个位置从 from 起几天内可以开始的时间；指定 provider_id 时只看这位师傅。",
)
def slots(
    *,
    service_id: ServicePath,
    lat: Latitude,
    lng: Longitude,
    first: Annotated[date | None, Query(alias="from", description="从哪天开始，默认今天")] = None,
    days: Annotated[int, Query(ge=1, le=DAYS_MAX, description="几天")] = 3,
    provider_id: Annotated[str | None, Query(max_length=64, description="只看这位师傅")] = None,
    quantity: Annotated[int, Query(ge=1, le=999, description="数量")] = 1,
    options: Annotated[
        list[str] | None,
        Query(
            max_length=OPTIONS_MAX,
            description="选项，可重复：选择写 area:m120，加项写 windows:5",
        ),
    ] = None,
) -> SlotList:
    now, point = clock(), Point(lat=lat, lng=lng)
    book = catalogue.load()
    service = book.on_sale(service_id)
    timed = service.model_copy(update={"minutes": priced(service, _wanted(service, quantity, options or [])).minutes})
    book.require_served(point)
    today = local(now).date()
    begin = max(first or today, today)
    wanted = [day for offset in range(days) if (day := begin + timedelta(days=offset)) <= today + HORIZON]
    if provider_id is None:
        found = availability.search_days(timed, point, wanted)
    else:
        found = availability.one_on(ProviderId(provider_id), timed, point, wanted)
    return SlotList(items=tuple(_starts(found[day], timed, day, now) for day in wanted))


@api.get(
    "/v1/services/<service_id>/providers",
    tags=[TAG],
    summary="附近的师傅",
    description="能到这个位置提供这项服务的师傅，近的在前。",
)
def nearby(service_id: ServicePath, lat: Latitude, lng: Longitude) -> ProviderList:
    point, book = Point(lat=lat, lng=lng), catalogue.load()
    service = book.on_sale(service_id)
    book.require_served(point)
    found = availability.search(service, point, local(clock()).date())
    able = [each for each in found if _serves(each)]
    return ProviderList(items=tuple(ProviderView.of(each.provider, each.distance_m) for each in able[:PROVIDERS_MAX]))


@api.get("/v1/providers/<provider_id>", tags=[TAG], summary="师傅的公开资料")
def provider(provider_id: Annotated[str, Path(max_length=64, description="师傅标识 provider_id")]) -> ProviderView:
    found = providers.get(provider_id)
    if found.standing is not Standing.VERIFIED:
        raise ProviderNotFoundError(provider_id=provider_id)
    return ProviderView.of(found)


def _says(service: Service, wanted: str) -> bool:
    """Whether every word asked for stands in the service's name, synonyms, category or summary."""
    text = " ".join((service.name, service.category, service.summary, *service.synonyms)).casefold()
    return all(word in text for word in wanted.casefold().split())


def _serves(candidate: Candidate) -> bool:
    """Whether somebody offers the service here at all; how busy they are today is no matter."""
    provider = candidate.provider
    return (
        candidate.able
        and provider.standing is Standing.VERIFIED
        and not provider.resting
        and candidate.distance_m <= provider.radius_m
    )


def _wanted(service: Service, quantity: int, options: list[str]) -> Wanted:
    """Options out of a query string. OptionRefusedError for what is none."""
    chosen: list[Chosen] = []
    for said in options:
        option_id, _, value = said.partition(":")
        option = next((each for each in service.options if each.option_id == option_id), None)
        if option is None:
            raise OptionRefusedError(option=option_id, problem=say("errors.options.unknown", service=service.name))
        if isinstance(option, Choosing):
            chosen.append(Chosen(option_id=option_id, choice_id=value[:64]))
        elif value.isdecimal() and 1 <= len(value) <= 3 and int(value):
            chosen.append(Chosen(option_id=option_id, quantity=int(value)))
        else:
            problem = say("errors.options.too_many", most=option.most, unit=option.unit)
            raise OptionRefusedError(option=option.name, problem=problem)
    return Wanted(quantity=quantity, options=tuple(chosen))


def _starts(found: list[Candidate], service: Service, day: date, now: datetime) -> SlotDay:
    starts = free_starts(found, service.minutes, day, now, LEAD)
    return SlotDay(date=day, starts=tuple(start for start in starts if start <= now + HORIZON))
