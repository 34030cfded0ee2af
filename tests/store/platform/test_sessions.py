"""Staying logged in, logging out, and guessing passwords."""

from datetime import datetime, timedelta

import pytest

from daojia.kernel.errors import TooManyRequestsError, UnauthorizedError
from daojia.kernel.ids import AccountId
from daojia.kernel.times import SHANGHAI
from daojia.platform import throttle, tokens
from daojia.platform.tokens import REFRESH_FOR, CallerRole, RefreshItem, caller_of

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
ME = AccountId("a_customer")
WINDOW = timedelta(minutes=15)


def test_a_refresh_token_gives_a_new_session_once(tables: None) -> None:
    session = tokens.issue(ME, CallerRole.PROVIDER, NOW)
    later = NOW + timedelta(hours=2)
    renewed = tokens.refresh(session.refresh_token, later)
    caller = caller_of(renewed.access_token, later)
    assert (caller.account_id, caller.role, renewed.role) == (ME, CallerRole.PROVIDER, CallerRole.PROVIDER)
    assert renewed.refresh_token != session.refresh_token
    with pytest.raises(UnauthorizedError):
        tokens.refresh(session.refresh_token, later)


def test_a_refresh_token_ends(tables: None) -> None:
    session = tokens.issue(ME, CallerRole.CUSTOMER, NOW)
    with pytest.raises(UnauthorizedError):
        tokens.refresh(session.refresh_token, NOW + REFRESH_FOR)


def test_logging_out_ends_it(tables: None) -> None:
    session = tokens.issue(ME, CallerRole.CUSTOMER, NOW)
    tokens.revoke(session.refresh_token)
    tokens.revoke(session.refresh_token)
    with pytest.raises(UnauthorizedError):
        tokens.refresh(session.refresh_token, NOW)


def test_an_unknown_refresh_token_is_refused(tables: None) -> None:
    with pytest.raises(UnauthorizedError):
        tokens.refresh("made up", NOW)


def test_the_refresh_token_itself_is_not_stored(tables: None) -> None:
    session = tokens.issue(ME, CallerRole.CUSTOMER, NOW)
    stored = [item.to_simple_dict() for item in RefreshItem.scan()]
    assert len(stored) == 1
    assert session.refresh_token not in str(stored)


def test_five_attempts_are_let_through_and_the_sixth_is_not(tables: None) -> None:
    for _ in range(5):
        throttle.attempt("login#admin", limit=5, window=WINDOW, now=NOW)
    with pytest.raises(TooManyRequestsError):
        throttle.attempt("login#admin", limit=5, window=WINDOW, now=NOW + WINDOW - timedelta(seconds=1))
    throttle.attempt("login#other", limit=5, window=WINDOW, now=NOW)


def test_after_the_window_attempts_count_anew(tables: None) -> None:
    for _ in range(5):
        throttle.attempt("login#admin", limit=5, window=WINDOW, now=NOW)
    for _ in range(5):
        throttle.attempt("login#admin", limit=5, window=WINDOW, now=NOW + WINDOW)
    with pytest.raises(TooManyRequestsError):
        throttle.attempt("login#admin", limit=5, window=WINDOW, now=NOW + WINDOW)


def test_a_success_wipes_the_slate(tables: None) -> None:
    for _ in range(4):
        throttle.attempt("login#admin", limit=5, window=WINDOW, now=NOW)
    throttle.forget("login#admin")
    for _ in range(5):
        throttle.attempt("login#admin", limit=5, window=WINDOW, now=NOW)
