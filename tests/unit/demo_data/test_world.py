"""The demo world: what it promises to everything that is shown and tested on it."""

import hashlib
import json
import random
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from typing import Any

import pytest

from daojia.catalogue.book import Book
from daojia.catalogue.model import Family
from daojia.catalogue.outlines import contains
from daojia.chat.understanding import understand
from daojia.kernel.geography import Point
from daojia.kernel.ids import account_id_of
from daojia.kernel.times import at
from daojia.providers.model import Standing
from infra.build import ROOT
from infra.local.demo_data import DemoWorld, load, people
from infra.local.identity import APPID

NAMES = [
    *("日常保洁", "深度保洁", "开荒保洁", "擦玻璃", "油烟机清洗", "空调清洗"),
    *("空调维修", "冰箱维修", "电视维修", "洗衣机维修"),
    *("上门理发", "面部护理", "美甲", "美睫"),
    *("肩颈按摩", "全身推拿", "艾灸"),
]


def fingerprint(world: DemoWorld) -> str:
    """Of everything in it, whatever order sets come in."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        return sorted(value) if isinstance(value, frozenset) else value

    parts = (world.services, world.areas, world.providers, world.accounts, world.people)
    content = [plain(each.model_dump()) for part in parts for each in part]
    return hashlib.sha256(json.dumps(content, default=str, ensure_ascii=False).encode()).hexdigest()


@pytest.fixture(scope="module")
def world() -> DemoWorld:
    return load(APPID)


def test_the_world_is_the_same_every_time(world: DemoWorld) -> None:
    random.seed(4711)
    assert fingerprint(load(APPID)) == fingerprint(world)


def test_the_world_is_the_same_in_another_process_with_another_hash_seed(world: DemoWorld) -> None:
    code = (
        "import sys; sys.path[:0] = ['.', 'layers/daojia/python'];"
        "from tests.unit.demo_data.test_world import fingerprint, load, APPID; print(fingerprint(load(APPID)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "12345"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == fingerprint(world)


def test_drawing_the_world_leaves_the_shared_random_generator_alone() -> None:
    random.seed(1)
    expected = random.random()
    random.seed(1)
    load(APPID)
    assert random.random() == expected


@pytest.mark.feature("C2")
def test_there_are_at_least_24_services_in_four_families(world: DemoWorld) -> None:
    assert len(world.services) >= 24
    assert {service.family for service in world.services} == set(Family)
    assert set(NAMES) <= {service.name for service in world.services}
    assert len({service.service_id for service in world.services}) == len(world.services)


@pytest.mark.feature("C4")
def test_every_service_has_a_page_worth_reading(world: DemoWorld) -> None:
    for service in world.services:
        assert len(service.steps) >= 4, service.name
        assert len(service.tools) >= 2, service.name
        assert service.products, service.name
        assert service.summary.endswith("。"), service.name
        assert service.notes_hint.endswith("。"), service.name
        assert service.minutes % 15 == 0, service.name
        assert 45 <= service.minutes <= 300, service.name


@pytest.mark.feature("C4")
def test_every_price_is_made_of_a_call_out_fee_and_positive_lines(world: DemoWorld) -> None:
    for service in world.services:
        quote = service.quote()
        assert quote.lines[0].name == "上门费", service.name
        assert all(line.amount_fen > 0 for line in quote.lines), service.name
        assert quote.total_fen == sum(line.amount_fen for line in service.price_lines)
        assert 5_000 <= quote.total_fen <= 80_000, service.name
        assert len({line.name for line in quote.lines}) == len(quote.lines), service.name


def test_families_have_one_commission_each_and_cancelling_earlier_never_gives_less(world: DemoWorld) -> None:
    rates = {(service.family, service.commission_basis_points) for service in world.services}
    assert len(rates) == len(Family)
    assert all(1_000 <= rate <= 3_000 for _, rate in rates)
    for service in world.services:
        tiers = service.policy.tiers
        assert [tier.minutes_before for tier in tiers] == sorted((tier.minutes_before for tier in tiers), reverse=True)
        shares = [tier.refund_basis_points for tier in tiers]
        assert shares == sorted(shares, reverse=True)
        assert shares[0] == 10_000


@pytest.mark.feature("C3")
def test_no_name_or_synonym_means_two_services(world: DemoWorld) -> None:
    words = Counter(word for service in world.services for word in (service.name, *service.synonyms))
    assert [word for word, count in words.items() if count > 1] == []
    book = Book(services=world.services, areas=world.areas)
    for service in world.services:
        for word in (service.name, *service.synonyms):
            assert book.named(word) == service


@pytest.mark.feature("C19")
def test_every_name_and_synonym_is_understood_in_a_sentence(world: DemoWorld) -> None:
    book = Book(services=world.services, areas=world.areas)
    for service in world.services:
        for word in (service.name, *service.synonyms):
            said = understand(f"明天下午三点约个{word}", at(date(2026, 11, 25), 10), "customer").slots.get("service")
            assert said is not None, word
            assert book.named(str(said)) == service, (word, said)


@pytest.mark.feature("A8")
def test_every_district_has_at_least_five_streets_whose_centres_lie_in_it(world: DemoWorld) -> None:
    for area in world.areas:
        assert len(area.streets) >= 5, area.district
        for street in area.streets:
            assert contains(area.polygon, street.centre), (area.district, street.name)


@pytest.mark.feature("A8")
def test_no_place_lies_in_two_districts(world: DemoWorld) -> None:
    for step_lat in range(70):
        for step_lng in range(110):
            point = Point(lat=30.271 + step_lat * 0.0101, lng=113.901 + step_lng * 0.0093)
            owners = [area.district for area in world.areas if contains(area.polygon, point)]
            assert len(owners) <= 1, (point, owners)


@pytest.mark.feature("C7")
def test_streets_and_their_other_names_are_found_in_what_people_write(world: DemoWorld) -> None:
    book = Book(services=world.services, areas=world.areas)
    names = Counter(street.name for area in world.areas for street in area.streets)
    assert [name for name, count in names.items() if count > 1] == []
    aliases = Counter(alias for area in world.areas for street in area.streets for alias in street.aliases)
    assert [alias for alias, count in aliases.items() if count > 1] == []
    for area in book.served:
        for street in area.streets:
            for said in (street.name, *street.aliases):
                found = book.find_place(f"在{said}这边")
                assert found is not None
                assert found.street == street, (said, found.text)


@pytest.mark.feature("C7")
def test_well_known_places_lie_where_people_expect_them(world: DemoWorld) -> None:
    book = Book(services=world.services, areas=world.areas)
    for lat, lng, district in (
        (30.5057, 114.3987, "洪山区"),  # 光谷广场
        (30.5446, 114.3026, "武昌区"),  # 黄鹤楼
        (30.6183, 114.2553, "江汉区"),  # 汉口站
        (30.6072, 114.4243, "洪山区"),  # 武汉站
        (30.5560, 114.2122, "汉阳区"),  # 王家湾
        (30.5750, 114.2690, "硚口区"),  # 同济医院旁
        (30.6510, 114.2330, "东西湖区"),  # 常青花园
    ):
        located = book.locate(Point(lat=lat, lng=lng))
        assert located is not None
        assert located.area.district == district
    assert book.locate(Point(lat=30.882, lng=114.376)) is None, "黄陂 is not served yet"


def test_there_are_two_hundred_different_providers(world: DemoWorld) -> None:
    assert len(world.providers) == 200
    assert len({provider.name for provider in world.providers}) == 200
    assert len({provider.provider_id for provider in world.providers}) == 200
    standing = Counter(provider.standing for provider in world.providers)
    assert 1 <= standing[Standing.PENDING] <= 10
    assert 1 <= standing[Standing.SUSPENDED] <= 10
    assert 1 <= sum(provider.resting for provider in world.providers) <= 15


def test_providers_do_two_to_six_services_of_their_family_nearby_and_at_sensible_hours(world: DemoWorld) -> None:
    family_of = {service.service_id: service.family for service in world.services}
    served = [area for area in world.areas if area.active]
    for provider in world.providers:
        assert 2 <= len(provider.service_ids) <= 6, provider.name
        assert {family_of[service_id] for service_id in provider.service_ids} == {provider.family}
        assert 6_000 <= provider.radius_m <= 15_000
        assert any(contains(area.polygon, provider.home) for area in served)
        assert sum(1 for hours in provider.hours if hours) >= 5
        assert all(0 <= hours < 1 << 96 for hours in provider.hours)
        assert 1 <= provider.daily_cap <= 8


def test_providers_are_as_good_as_their_history_says(world: DemoWorld) -> None:
    for provider in world.providers:
        assert 1 <= provider.years <= 25
        if provider.jobs_done:
            assert 430 <= provider.rating_hundredths <= 500
            assert 9_000 <= provider.completion_basis_points <= 10_000
        else:
            assert provider.standing is Standing.PENDING
        assert f"{provider.years} 年" in provider.about


@pytest.mark.feature("C5")
def test_certificates_fit_the_work_and_are_obviously_for_demonstration(world: DemoWorld) -> None:
    wanted = {Family.CLEANING: "家政服务员证", Family.BEAUTY: "健康证", Family.HEALTH: "健康证"}
    for provider in world.providers:
        names = [certificate.name for certificate in provider.certificates]
        assert names, provider.name
        if provider.family in wanted:
            assert wanted[provider.family] in names
        if "air-conditioner-repair" in provider.service_ids:
            assert "制冷维修工" in names
        assert all(certificate.number.startswith("演示-") for certificate in provider.certificates)


@pytest.mark.feature("C1")
def test_everybody_has_an_account_with_identities_of_their_own(world: DemoWorld) -> None:
    accounts = {account.account_id: account for account in world.accounts}
    assert len(accounts) == len(world.accounts) == len(world.people)
    assert {provider.provider_id for provider in world.providers} <= accounts.keys()
    ids = [each for person in world.people for each in (person.openid, person.miniprogram_openid, person.unionid)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"o[\w-]{27}", each) for each in ids)
    for person in world.people:
        account = accounts[person.account_id]
        assert person.account_id == account_id_of(APPID, person.openid)
        assert (account.openid, account.unionid) == (person.openid, person.unionid)


def test_phone_numbers_belong_to_one_person_and_to_no_carrier(world: DemoWorld) -> None:
    phones = [person.phone for person in world.people]
    assert len(set(phones)) == len(phones)
    everywhere = phones + [address.place.phone for account in world.accounts for address in account.addresses]
    assert all(re.fullmatch(r"154\d{8}", phone) for phone in everywhere)


@pytest.mark.feature("C7")
def test_customers_have_one_to_three_addresses_where_their_text_says(world: DemoWorld) -> None:
    book = Book(services=world.services, areas=world.areas)
    customers = [person for person in world.people if person.role == "customer"]
    accounts = {account.account_id: account for account in world.accounts}
    assert len(customers) == 12
    for customer in customers:
        addresses = accounts[customer.account_id].addresses
        assert 1 <= len(addresses) <= 3
        for address in addresses:
            located = book.require_served(address.place.point)
            assert address.place.area.startswith(located.area.name)
            assert address.place.contact
            assert address.place.detail


def test_people_are_told_to_others_as_plain_json(world: DemoWorld) -> None:
    told = people(world)
    assert told == json.loads(json.dumps(told))
    expected = {"openid", "miniprogram_openid", "unionid", "nickname", "phone", "role", "account_id", "name", "family"}
    assert all(set(person) == expected for person in told)
    assert [person["role"] for person in told[:12]] == ["customer"] * 12
    assert {person["family"] for person in told[12:]} == {family.value for family in Family}
