"""Access tokens: who is calling, as long as they last."""

from datetime import timedelta

import jwt
import pytest

from daojia.kernel.errors import UnauthorizedError
from daojia.kernel.ids import AccountId
from daojia.kernel.secrets import derived_key
from daojia.platform.tokens import ACCESS_FOR, CallerRole, access_token, caller_of
from tests.unit.ordering.builders import NOW

ME = AccountId("a_customer")


def test_a_token_says_who_and_as_what() -> None:
    caller = caller_of(access_token(ME, CallerRole.PROVIDER, NOW), NOW)
    assert (caller.account_id, caller.role) == (ME, CallerRole.PROVIDER)


def test_a_token_ends_within_the_hour() -> None:
    token = access_token(ME, CallerRole.CUSTOMER, NOW)
    assert caller_of(token, NOW + ACCESS_FOR - timedelta(seconds=1)).account_id == ME
    with pytest.raises(UnauthorizedError):
        caller_of(token, NOW + ACCESS_FOR)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "a_customer", "role": "customer"},
        {"sub": "a_customer", "role": "emperor", "exp": 2**40},
        {"sub": "a_customer", "exp": 2**40},
        {"role": "customer", "exp": 2**40},
        {"sub": "a_customer", "role": "customer", "exp": "never"},
        {"sub": ["a_customer"], "role": "customer", "exp": 2**40},
    ],
)
def test_a_token_with_other_claims_is_refused(claims: dict[str, object]) -> None:
    with pytest.raises(UnauthorizedError):
        caller_of(jwt.encode(claims, derived_key("token"), algorithm="HS256"), NOW)


def test_a_token_signed_by_somebody_else_is_refused() -> None:
    claims = {"sub": "a_customer", "role": "customer", "exp": 2**40}
    for forged in (jwt.encode(claims, b"x" * 32, algorithm="HS256"), jwt.encode(claims, None, algorithm="none")):
        with pytest.raises(UnauthorizedError):
            caller_of(forged, NOW)


@pytest.mark.parametrize("token", ["", "a.b.c", "名单", "a" * 3000])
def test_nonsense_is_no_token(token: str) -> None:
    with pytest.raises(UnauthorizedError):
        caller_of(token, NOW)
