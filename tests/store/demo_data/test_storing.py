"""Loading the demo world: complete, quick, and never over what people changed."""

import pytest

from daojia.accounts import store as accounts
from daojia.catalogue import store as catalogue
from daojia.kernel.transaction import Transaction
from daojia.providers import store as providers
from daojia.scheduling import availability
from infra.local.demo_data import DemoWorld, load, store
from infra.local.identity import APPID
from tests.unit.demo_data.test_density import MONDAY


@pytest.fixture(scope="module")
def world() -> DemoWorld:
    return load(APPID)


@pytest.mark.usefixtures("tables")
def test_what_was_stored_is_read_back_as_it_was_drawn(world: DemoWorld) -> None:
    written = store(world)
    sold = (*world.services, *world.packages)
    assert written == len(sold) + len(world.areas) + len(world.providers) + 2 * len(world.accounts)
    book = catalogue.load()
    assert {service.service_id: service for service in book.services} == {
        service.service_id: service for service in sold
    }
    assert {area.area_id for area in book.areas} == {area.area_id for area in world.areas}
    assert providers.find(world.providers[7].provider_id) == world.providers[7]
    account = world.accounts[3]
    assert accounts.find(account.account_id) == account
    assert account.unionid is not None
    assert accounts.account_of_union(account.unionid) == account.account_id


@pytest.mark.usefixtures("tables")
def test_storing_again_writes_nothing_and_leaves_changes_alone(world: DemoWorld) -> None:
    store(world)
    provider, account = world.providers[0], world.accounts[0]
    tx = Transaction()
    changed = providers.update(tx, provider, provider.model_copy(update={"resting": True, "radius_m": 3_000}))
    accounts.save(tx, 1, account.model_copy(update={"nickname": "换了名字"}))
    tx.commit()
    assert store(world) == 0
    assert providers.get(provider.provider_id) == changed
    assert accounts.get(account.account_id).nickname == "换了名字"


@pytest.mark.usefixtures("tables")
def test_storing_again_writes_what_a_broken_off_run_left_out(world: DemoWorld) -> None:
    store(world)
    providers.ProfileItem(provider_id=world.providers[5].provider_id, sk="PROFILE").delete()
    assert store(world) == 1
    assert providers.find(world.providers[5].provider_id) == world.providers[5]


@pytest.mark.usefixtures("tables")
def test_a_search_at_a_customers_home_finds_cleaners_and_nobody_else(world: DemoWorld) -> None:
    store(world)
    service = catalogue.load().service("daily-cleaning")
    found = availability.search(service, world.accounts[0].addresses[0].place.point, MONDAY)
    assert len(found) >= 20
    assert {candidate.provider.family for candidate in found} == {service.family}
