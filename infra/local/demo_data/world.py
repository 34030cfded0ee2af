"""Everything of the demo world in one value."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from daojia.accounts.model import Account, Address, Place
from daojia.catalogue.model import Area, Family, Service
from daojia.kernel.ids import AccountId, account_id_of
from daojia.kernel.times import SHANGHAI
from daojia.kernel.value import Value
from daojia.providers.model import Provider
from infra.local.demo_data import catalogue, workforce
from infra.local.demo_data.files import read
from infra.local.demo_data.geometry import near
from infra.local.demo_data.identities import identity, phone

OPENED: Final = datetime(2025, 3, 1, 9, 0, tzinfo=SHANGHAI)
"""The first account is this old."""


class Person(Value):
    """Somebody of the demo: their WeChat identity and who they are on the platform."""

    openid: str
    miniprogram_openid: str
    unionid: str
    nickname: str
    phone: str
    role: str
    """customer or provider"""
    account_id: AccountId
    name: str
    family: Family | None = None


@dataclass(frozen=True)
class DemoWorld:
    """What `store` writes. `people` has the customers first, in the order of the accounts."""

    services: tuple[Service, ...]
    packages: tuple[Service, ...]
    areas: tuple[Area, ...]
    providers: tuple[Provider, ...]
    accounts: tuple[Account, ...]
    people: tuple[Person, ...]


def load(official_appid: str) -> DemoWorld:
    """The demo world of one official account: the same for the same `official_appid`."""
    services, areas = catalogue.services(), catalogue.areas()
    providers = workforce.providers(official_appid, services, areas)
    customers = [_customer(official_appid, number, entry) for number, entry in enumerate(read("names")["customers"])]
    staff = [_provider_person(number, provider) for number, provider in enumerate(providers)]
    everybody = (*customers, *staff)
    return DemoWorld(
        services=services,
        packages=catalogue.packages(services),
        areas=areas,
        providers=providers,
        accounts=tuple(_account(person, number, areas) for number, person in enumerate(everybody)),
        people=everybody,
    )


def people(world: DemoWorld) -> list[dict[str, Any]]:
    """Everybody as JSON, for the WeChat simulator and `stack.json`."""
    return [person.model_dump(mode="json") for person in world.people]


def _customer(appid: str, number: int, entry: dict[str, Any]) -> Person:
    known = identity("customer", number)
    return Person(
        **known.model_dump(),
        nickname=entry["nickname"],
        phone=phone("customer", number),
        role="customer",
        account_id=account_id_of(appid, known.openid),
        name=entry["name"],
    )


def _provider_person(number: int, provider: Provider) -> Person:
    rng = random.Random(f"{workforce.SEED}/nickname/{number}")
    nickname = rng.choice((provider.name, provider.name[1:], provider.shown_name, f"{provider.name[1:]}上门"))
    return Person(
        **identity("provider", number).model_dump(),
        nickname=nickname,
        phone=provider.phone,
        role="provider",
        account_id=provider.provider_id,
        name=provider.name,
        family=provider.family,
    )


def _account(person: Person, number: int, areas: tuple[Area, ...]) -> Account:
    homes = read("names")["customers"][number]["homes"] if person.role == "customer" else []
    return Account(
        account_id=person.account_id,
        openid=person.openid,
        miniprogram_openid=person.miniprogram_openid,
        unionid=person.unionid,
        nickname=person.nickname,
        phone=person.phone,
        addresses=tuple(_address(person, number, place, home, areas) for place, home in enumerate(homes)),
        created_at=OPENED + timedelta(hours=29 * number),
    )


def _address(person: Person, number: int, place: int, home: list[str], areas: tuple[Area, ...]) -> Address:
    """A customer's address. Relatives answer the door themselves, with a phone of their own."""
    district, street_name, label = home
    area = next(area for area in areas if area.district == district)
    street = next(street for street in area.streets if street.name == street_name)
    rng = random.Random(f"{workforce.SEED}/address/{number}/{place}")
    relative = label.endswith(("妈家", "爸妈家", "外婆家"))
    contact = f"{person.name[0]}{rng.choice(('阿姨', '叔叔'))}" if relative else person.name
    return Address(
        address_id=f"demo-{number:02d}-{place + 1}",
        label=label,
        place=Place(
            point=near(street.centre, area.polygon, 600, rng),
            area=f"{area.city}{district}{street_name}",
            detail=_detail(label, rng),
            contact=contact,
            phone=phone("relative", number * 10 + place) if relative else person.phone,
        ),
    )


def _detail(label: str, rng: random.Random) -> str:
    compound = rng.choice(read("names")["compounds"])
    if label in ("公司", "工作室"):
        return f"{compound}写字楼 {rng.choice('ABC')} 座 {rng.randint(3, 28)}{rng.randint(1, 12):02d} 室"
    return f"{compound} {rng.randint(1, 18)} 栋 {rng.randint(1, 3)} 单元 {rng.randint(2, 32)}{rng.randint(1, 4):02d}"
