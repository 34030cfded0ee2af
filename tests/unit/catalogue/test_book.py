"""Services by name, places by point and by word."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from daojia.catalogue.book import Area, Book, Street, roughly
from daojia.catalogue.errors import NothingServedError, OutsideAreaError, ServiceNotFoundError, ServiceRetiredError
from daojia.catalogue.model import CancellationPolicy, Family, PriceLine, RefundTier, Service
from daojia.catalogue.outlines import contains, distance_to
from daojia.kernel.geography import Point, distance_m
from daojia.kernel.ids import ServiceId

POLICY = CancellationPolicy(name="标准", tiers=(RefundTier(minutes_before=0, refund_basis_points=5000),))


def a_service(service_id: str = "daily", name: str = "日常保洁", **changes: Any) -> Service:
    service = Service(
        service_id=ServiceId(service_id),
        name=name,
        family=Family.CLEANING,
        category="保洁",
        summary="",
        minutes=120,
        price_lines=(PriceLine(name="保洁", amount_fen=12800),),
        steps=(),
        tools=(),
        commission_basis_points=2000,
        policy=POLICY,
    )
    return service.model_copy(update=changes)


def square(south: float, west: float, north: float, east: float) -> tuple[Point, ...]:
    corners = ((south, west), (south, east), (north, east), (north, west))
    return tuple(Point(lat=lat, lng=lng) for lat, lng in corners)


WUCHANG = Area(
    area_id="wuchang",
    city="武汉市",
    district="武昌区",
    polygon=square(30.50, 114.28, 30.60, 114.36),
    streets=(
        Street(name="中南路街道", centre=Point(lat=30.54, lng=114.33)),
        Street(name="水果湖街道", centre=Point(lat=30.545, lng=114.355)),
    ),
)
HONGSHAN = Area(
    area_id="hongshan",
    city="武汉市",
    district="洪山区",
    polygon=square(30.45, 114.36, 30.56, 114.46),
    streets=(
        Street(name="关山街道", centre=Point(lat=30.49, lng=114.41), aliases=("光谷",)),
        Street(name="珞南街道", centre=Point(lat=30.52, lng=114.37)),
    ),
)
CLOSED = Area(
    area_id="jiangxia",
    city="武汉市",
    district="江夏区",
    polygon=square(30.30, 114.30, 30.45, 114.40),
    streets=(Street(name="纸坊街道", centre=Point(lat=30.35, lng=114.32)),),
    active=False,
)
BOOK = Book(
    services=(
        a_service(synonyms=("打扫卫生", "钟点工")),
        a_service("aircon", "空调清洗", family=Family.REPAIR, synonyms=("洗空调",)),
        a_service("old", "地毯清洗", active=False),
    ),
    areas=(WUCHANG, HONGSHAN, CLOSED),
)


# -- services -------------------------------------------------------------------------------------------------------


def test_what_is_no_longer_sold_can_be_read_but_not_ordered() -> None:
    assert BOOK.service("old").name == "地毯清洗"
    assert [service.service_id for service in BOOK.active] == ["daily", "aircon"]
    assert BOOK.on_sale("daily").name == "日常保洁"
    with pytest.raises(ServiceRetiredError, match="地毯清洗"):
        BOOK.on_sale("old")
    with pytest.raises(ServiceNotFoundError):
        BOOK.service("nothing")


def test_a_service_is_known_by_its_name_and_its_synonyms() -> None:
    assert BOOK.named("日常保洁") == BOOK.service("daily")
    assert BOOK.named(" 钟点工 ") == BOOK.service("daily")
    assert BOOK.named("洗空调") == BOOK.service("aircon")
    assert BOOK.named("地毯清洗") is None
    assert BOOK.named("修飞机") is None


def test_a_name_goes_before_a_synonym_of_another() -> None:
    book = Book(services=(a_service(synonyms=("空调清洗",)), a_service("aircon", "空调清洗")), areas=())
    assert book.named("空调清洗") == book.service("aircon")


def test_services_by_family() -> None:
    assert [service.service_id for service in BOOK.of_family(Family.REPAIR)] == ["aircon"]
    assert BOOK.of_family(Family.HEALTH) == ()


# -- places by point ------------------------------------------------------------------------------------------------


@pytest.mark.feature("C7")
def test_a_point_is_located_in_its_district_and_nearest_street() -> None:
    located = BOOK.locate(Point(lat=30.542, lng=114.332))
    assert located is not None
    assert located.text == "武汉市武昌区中南路街道"
    assert located.area == WUCHANG
    assert BOOK.require_served(Point(lat=30.542, lng=114.332)) == located


@pytest.mark.feature("C7")
def test_outside_the_nearest_area_is_named_with_the_distance() -> None:
    with pytest.raises(OutsideAreaError) as refusal:
        BOOK.require_served(Point(lat=30.55, lng=114.50))
    assert refusal.value.details["nearest"] == "武汉市洪山区"
    assert refusal.value.details["distance"] == "4 公里"
    assert "武汉市洪山区" in refusal.value.message


def test_a_district_that_is_switched_off_is_not_served_and_never_named() -> None:
    assert BOOK.locate(Point(lat=30.35, lng=114.32)) is None
    with pytest.raises(OutsideAreaError) as refusal:
        BOOK.require_served(Point(lat=30.35, lng=114.32))
    assert refusal.value.details["nearest"] != "武汉市江夏区"
    with pytest.raises(NothingServedError):
        Book(services=(), areas=(CLOSED,)).require_served(Point(lat=30.35, lng=114.32))


@pytest.mark.parametrize(
    ("metres", "said"), [(20, "100 米"), (430, "400 米"), (949, "900 米"), (960, "1 公里"), (12_600, "13 公里")]
)
def test_distances_are_said_roughly(metres: float, said: str) -> None:
    assert roughly(metres) == said


# -- outlines -------------------------------------------------------------------------------------------------------

HORSESHOE = tuple(
    Point(lat=lat, lng=lng)
    for lat, lng in (
        (30.0, 114.0),
        (30.0, 114.3),
        (30.3, 114.3),
        (30.3, 114.2),
        (30.1, 114.2),
        (30.1, 114.1),
        (30.3, 114.1),
        (30.3, 114.0),
    )
)


def test_the_gap_of_a_horseshoe_is_outside() -> None:
    assert contains(HORSESHOE, Point(lat=30.05, lng=114.15))
    assert contains(HORSESHOE, Point(lat=30.2, lng=114.05))
    assert contains(HORSESHOE, Point(lat=30.2, lng=114.25))
    assert not contains(HORSESHOE, Point(lat=30.2, lng=114.15))


@given(st.floats(29.5, 31.0), st.floats(113.5, 115.0))
def test_neighbours_share_a_border_and_no_point(lat: float, lng: float) -> None:
    point = Point(lat=lat, lng=lng)
    west, east = square(30.0, 114.0, 30.5, 114.2), square(30.0, 114.2, 30.5, 114.4)
    both = square(30.0, 114.0, 30.5, 114.4)
    assert not (contains(west, point) and contains(east, point))
    assert contains(both, point) == (contains(west, point) or contains(east, point))


@given(st.floats(29.5, 31.0), st.floats(113.5, 115.0))
def test_the_direction_of_an_outline_does_not_matter(lat: float, lng: float) -> None:
    point = Point(lat=lat, lng=lng)
    assert contains(HORSESHOE, point) == contains(tuple(reversed(HORSESHOE)), point)


@given(st.floats(29.5, 31.0), st.floats(113.5, 115.0))
def test_the_distance_to_an_outline_is_that_to_its_nearest_border_point(lat: float, lng: float) -> None:
    point = Point(lat=lat, lng=lng)
    assume(not contains(HORSESHOE, point))
    border = [
        Point(lat=a.lat + (b.lat - a.lat) * step / 60, lng=a.lng + (b.lng - a.lng) * step / 60)
        for a, b in zip(HORSESHOE, (*HORSESHOE[1:], HORSESHOE[0]), strict=True)
        for step in range(60)
    ]
    nearest = min(distance_m(point, each) for each in border)
    assert distance_to(HORSESHOE, point) == pytest.approx(nearest, abs=400, rel=0.02)


def test_inside_there_is_no_way_to_go() -> None:
    assert distance_to(HORSESHOE, Point(lat=30.05, lng=114.15)) == 0


# -- places by word -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("洪山区关山街道珞喻路100号", "武汉市洪山区关山街道"),
        ("我在关山，你们来吗", "武汉市洪山区关山街道"),
        ("武昌区中南路 7 栋 1203", "武汉市武昌区中南路街道"),
        ("水果湖那边", "武汉市武昌区水果湖街道"),
        ("光谷广场", "武汉市洪山区关山街道"),
        ("武 昌 区", "武汉市武昌区"),
        ("洪山", "武汉市洪山区"),
    ],
)
def test_a_street_or_district_is_found_in_what_people_write(text: str, place: str) -> None:
    found = BOOK.find_place(text)
    assert found is not None
    assert found.text == place
    assert contains(found.area.polygon, found.point)
    if found.street:
        assert found.point == found.street.centre


@pytest.mark.parametrize("text", ["", "纸坊街道", "江夏区", "北京市朝阳区", "明天下午三点", "区", "街道"])
def test_what_names_no_place_served_is_no_place(text: str) -> None:
    assert BOOK.find_place(text) is None


def test_between_streets_of_one_name_the_district_decides() -> None:
    twin = HONGSHAN.model_copy(
        update={"streets": (*HONGSHAN.streets, Street(name="中南路街道", centre=Point(lat=30.5, lng=114.40)))}
    )
    book = Book(services=(), areas=(WUCHANG, twin))
    for district in ("武昌区", "洪山区"):
        found = book.find_place(f"{district}中南路 8 号")
        assert found is not None
        assert found.area.district == district


def test_a_street_that_is_called_like_its_district_needs_to_be_named_itself() -> None:
    area = HONGSHAN.model_copy(
        update={"streets": (*HONGSHAN.streets, Street(name="洪山街道", centre=Point(lat=30.5, lng=114.38)))}
    )
    book = Book(services=(), areas=(area,))
    district, street = book.find_place("洪山区某小区"), book.find_place("洪山区洪山街道")
    assert district is not None
    assert district.street is None
    assert street is not None
    assert street.street is not None
    assert street.street.name == "洪山街道"
