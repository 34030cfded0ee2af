"""There is always somebody: a demo never fails for want of a provider."""

from datetime import date, datetime, timedelta

import pytest

from daojia.catalogue.model import Service
from daojia.dispatch.model import rank
from daojia.kernel.geography import Point, distance_m
from daojia.kernel.times import at
from daojia.scheduling.model import Candidate, Day, Interval, free_at
from infra.local.demo_data import DemoWorld, load
from infra.local.demo_data.density import quarters, served_streets
from infra.local.demo_data.workforce import density
from infra.local.identity import APPID

MONDAY = date(2026, 11, 30)
DAYS = [MONDAY + timedelta(days=days) for days in range(7)]
NOW = at(MONDAY - timedelta(days=1), 10)


@pytest.fixture(scope="module")
def world() -> DemoWorld:
    return load(APPID)


def candidates(world: DemoWorld, service: Service, point: Point, day: date) -> list[Candidate]:
    """Everyone of the family within reach, all of them with nothing to do that day."""
    found = [
        Candidate(
            provider=provider,
            day=Day(provider_id=provider.provider_id, date=day),
            service_id=service.service_id,
            distance_m=distance_m(provider.home, point),
        )
        for provider in world.providers
        if provider.family is service.family
    ]
    return [candidate for candidate in found if candidate.distance_m <= 15_000]


def starts(service: Service, day: date) -> list[datetime]:
    """The first, a middle and the last start that ends by 20:00."""
    return [at(day, 9), at(day, 13, 15), at(day, 20) - timedelta(minutes=service.minutes)]


def test_spans_of_hours_become_quarters() -> None:
    assert quarters("") == 0
    assert quarters("00:00-00:30") == 0b11
    assert quarters("00:15-00:30 00:45-01:00") == 0b1010


@pytest.mark.feature("C6")
def test_every_service_can_be_had_at_every_street_on_every_day(world: DemoWorld) -> None:
    promised = density(world.areas)
    for street in served_streets(world.areas):
        for service in world.services:
            around = candidates(world, service, street.centre, MONDAY)
            for day in DAYS:
                free = min(len(free_at(around, Interval(start, service.minutes))) for start in starts(service, day))
                assert free >= promised.wanted(service.service_id, street), (service.name, street.name, day)


def test_the_middle_of_every_served_district_counts_as_central(world: DemoWorld) -> None:
    promised = density(world.areas)
    assert promised.central["daily-cleaning"] >= 20
    assert promised.central["usual"] >= 6
    for area in world.areas:
        if area.active:
            assert any(street.name in promised.central_streets for street in area.streets), area.district


@pytest.mark.feature("B4")
def test_twenty_cleaners_can_race_for_an_order_at_every_customers_home(world: DemoWorld) -> None:
    cleaning = next(service for service in world.services if service.service_id == "daily-cleaning")
    for account in world.accounts:
        for address in account.addresses[:1]:
            for day in DAYS:
                found = candidates(world, cleaning, address.place.point, day)
                interval = Interval(at(day, 15), cleaning.minutes)
                sheet = rank(found, interval, service_id=cleaning.service_id, barred=frozenset(), now=NOW)
                able = [row for row in sheet.rows if row.excluded is None]
                assert len(able) >= 20, (account.nickname, address.place.area, day)
                scores = [row.score for row in able]
                assert scores == sorted(scores, reverse=True)


def test_a_wave_of_offers_has_different_scores_to_tell_people_apart(world: DemoWorld) -> None:
    massage = next(service for service in world.services if service.name == "肩颈按摩")
    home = world.accounts[0].addresses[0].place.point
    found = candidates(world, massage, home, MONDAY)
    interval = Interval(at(MONDAY, 15), massage.minutes)
    sheet = rank(found, interval, service_id=massage.service_id, barred=frozenset(), now=NOW)
    able = [row for row in sheet.rows if row.excluded is None]
    assert len({row.score for row in able}) > len(able) // 2
    assert {row.excluded for row in sheet.rows} >= {"NOT_SERVED"}
