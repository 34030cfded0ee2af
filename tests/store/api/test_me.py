"""One's own account."""

import pytest

from daojia.accounts import store as accounts
from tests.store.api.world import LI, ZHOU, World


@pytest.mark.feature("C1")
def test_one_sees_and_changes_ones_own_account_and_nobody_elses(world: World) -> None:
    mine = world.call("customer", "GET", "/v1/me", by=LI)
    assert (mine.status, mine["account_id"], mine["addresses"]) == (200, LI, 1)
    before = accounts.get(ZHOU)
    assert world.call("customer", "PATCH", "/v1/me", {"nickname": "小李"}, by=LI)["nickname"] == "小李"
    assert accounts.get(LI).nickname == "小李"
    assert accounts.get(ZHOU) == before


def test_the_phone_is_masked(world: World) -> None:
    phone = world.call("customer", "GET", "/v1/me", by=LI)["phone"]
    assert phone is None or "****" in phone
