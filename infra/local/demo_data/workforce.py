"""The two hundred providers: drawn at random, each from a generator of their own, then mended (see `density`)."""

import random
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from daojia.catalogue.model import Area, Family, Service, Street
from daojia.kernel.geography import Point
from daojia.kernel.ids import ServiceId, account_id_of
from daojia.providers.model import Certificate, Provider, Standing
from infra.local.demo_data.density import SERVICES_MAX, Density, mended, middle, quarters
from infra.local.demo_data.files import read
from infra.local.demo_data.geometry import near
from infra.local.demo_data.identities import identity, phone

SEED: Final = "daojia-wuhan-1"
HOME_RADIUS_M: Final = 900
Hours = tuple[int, int, int, int, int, int, int]


def density(areas: Sequence[Area]) -> Density:
    """What the file promises about how many people there are."""
    entry = read("workforce")["density"]
    customers_live = {street for customer in read("names")["customers"] for _, street, _ in customer["homes"][:1]}
    return Density(
        window=quarters(f"{entry['from']}-{entry['until']}"),
        central=entry["central"],
        everywhere=entry["everywhere"],
        central_streets=frozenset(customers_live | {middle(area).name for area in areas if area.active}),
    )


def providers(appid: str, services: Sequence[Service], areas: Sequence[Area]) -> tuple[Provider, ...]:
    """Everybody, cleaners first; ids as they are in the official account `appid`."""
    people = [_broadened(each) for each in mended(_drawn(appid, services, areas), services, areas, density(areas))]
    return tuple(_certified(provider, number) for number, provider in enumerate(people))


def _broadened(provider: Provider) -> Provider:
    """Whoever washes air conditioners or range hoods does both: they are sold together."""
    pair = {ServiceId("air-conditioner-cleaning"), ServiceId("range-hood-cleaning")}
    both = provider.service_ids | pair
    if not pair & provider.service_ids or len(both) > SERVICES_MAX:
        return provider
    return provider.model_copy(update={"service_ids": both})


def _drawn(appid: str, services: Sequence[Service], areas: Sequence[Area]) -> list[Provider]:
    families = read("workforce")["families"]
    total = sum(entry["providers"] for entry in families.values())
    shifts, away = _shifts(total), _away(total)
    names: set[str] = set()
    people: list[Provider] = []
    for family_name, entry in families.items():
        homes = _homes(areas, entry["providers"], random.Random(f"{SEED}/homes/{family_name}"))
        offered = [service for service in services if service.family == family_name]
        for area, street in homes:
            number = len(people)
            rng = random.Random(f"{SEED}/provider/{number}")
            gender = "女" if rng.randrange(100) < entry["women"] else "男"
            years = min(25, 1 + int(rng.expovariate(1 / 5.5)))
            jobs = 0 if away[number] == "PENDING" else years * rng.randint(60, 210) + rng.randint(8, 90)
            people.append(
                Provider(
                    provider_id=account_id_of(appid, identity("provider", number).openid),
                    family=Family(family_name),
                    name=_name(gender, names, rng),
                    gender=gender,
                    phone=phone("provider", number),
                    years=years,
                    about=rng.choice(entry["about"]).format(years=years, district=area.district),
                    service_ids=_skills(offered, entry.get("staple"), rng),
                    home=_home(area, street, rng),
                    radius_m=rng.randrange(6_000, 12_001, 500),
                    hours=_hours(shifts[number], number),
                    standing=Standing.VERIFIED if away[number] in ("", "RESTING") else Standing(away[number]),
                    resting=away[number] == "RESTING",
                    daily_cap=rng.choice((4, 5, 5, 6, 6, 6, 7, 8)),
                    rating_hundredths=0 if jobs == 0 else round(rng.triangular(430, 500, 488)),
                    jobs_done=jobs,
                    completion_basis_points=10_000 if jobs == 0 else round(rng.triangular(9_100, 10_000, 9_850)),
                )
            )
    return people


def _homes(areas: Iterable[Area], count: int, rng: random.Random) -> list[tuple[Area, Street]]:
    """A street for each, spread evenly by weight."""
    weights = read("workforce")["weights"]
    deck = [(area, street, weights.get(street.name, 1)) for area in areas if area.active for street in area.streets]
    total = sum(weight for _, _, weight in deck)
    homes: list[tuple[Area, Street]] = []
    owed = rng.random()
    for area, street, weight in deck:
        owed += count * weight / total
        homes.extend([(area, street)] * int(owed))
        owed -= int(owed)
    while len(homes) < count:
        homes.append(rng.choice(deck)[:2])
    rng.shuffle(homes)
    return homes[:count]


def _home(area: Area, street: Street, rng: random.Random) -> Point:
    return near(street.centre, area.polygon, HOME_RADIUS_M, rng)


def _name(gender: str, taken: set[str], rng: random.Random) -> str:
    """A name nobody else here has; the first surnames of the list are the common ones."""
    names = read("names")
    given = names["women" if gender == "女" else "men"]
    while True:
        rank = int(len(names["surnames"]) * rng.random() ** 1.7)
        name = names["surnames"][rank] + rng.choice(given)
        if name not in taken:
            taken.add(name)
            return name


def _skills(offered: Sequence[Service], staple: list[Any] | None, rng: random.Random) -> frozenset[ServiceId]:
    """Two or three services of the family; mending may add up to three."""
    chosen = {service.service_id for service in rng.sample(offered, rng.randint(2, 3))}
    if staple and staple[0] not in chosen and rng.randrange(100) < staple[1]:
        chosen.remove(min(chosen))
        chosen.add(ServiceId(staple[0]))
    return frozenset(chosen)


def _shifts(total: int) -> list[dict[str, Any]]:
    """How each works, in the shares the file gives."""
    kinds: list[dict[str, Any]] = read("workforce")["hours"]
    deck = [kind for kind in kinds for _ in range(kind["in_hundred"] * total // 100)]
    deck += [kinds[0]] * (total - len(deck))
    random.Random(f"{SEED}/shifts").shuffle(deck)
    return deck


def _away(total: int) -> list[str]:
    """Who is not at work, and why; an empty string for those who are."""
    reasons = [reason for reason, count in read("workforce")["away"].items() for _ in range(count)]
    deck = reasons + [""] * (total - len(reasons))
    random.Random(f"{SEED}/away").shuffle(deck)
    return deck


def _hours(shift: dict[str, Any], number: int) -> Hours:
    week = [quarters(day) for day in shift["week"]]
    if shift.get("rest"):
        week[number % 7] = 0
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = week
    return (monday, tuesday, wednesday, thursday, friday, saturday, sunday)


def _certified(provider: Provider, number: int) -> Provider:
    """With the certificates that what they do asks for. The numbers say that they are for demonstration."""
    rng = random.Random(f"{SEED}/certificates/{number}")
    certificates = tuple(
        Certificate(
            name=kind["name"],
            number=f"演示-{kind['code']}-{rng.randint(2015, 2025)}-{number:04d}",
            valid_until=date(rng.randint(2028, 2032), rng.randint(1, 12), rng.randint(1, 28)),
        )
        for kind in read("workforce")["families"][provider.family.value]["certificates"]
        if provider.service_ids & set(kind.get("of", provider.service_ids))
    )
    return provider.model_copy(update={"certificates": certificates})
