"""Cursors come back as they went out, or not at all."""

from datetime import datetime, timedelta

import pytest

from daojia.kernel.errors import InvalidInputError
from daojia.kernel.times import SHANGHAI
from daojia.platform import cursors
from daojia.platform.links import sign_link

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)


def test_a_cursor_comes_back_as_it_went_out(tables: None) -> None:
    text = cursors.given_out("page-2", "orders#a_li", NOW)
    assert cursors.taken_back(text, "orders#a_li", NOW) == "page-2"


def test_the_end_of_a_list_has_no_cursor(tables: None) -> None:
    assert cursors.given_out(None, "orders#a_li", NOW) is None
    assert cursors.taken_back(None, "orders#a_li", NOW) is None


def test_a_cursor_of_another_list_or_made_up_or_old_is_refused(tables: None) -> None:
    foreign = cursors.given_out("page-2", "orders#a_zhou", NOW)
    old = cursors.given_out("page-2", "orders#a_li", NOW - timedelta(days=2))
    other = sign_link("grab", {"of": "orders#a_li", "at": "page-2"}, NOW + timedelta(days=1))
    for text in (foreign, old, other, "bm9uc2Vuc2U", "%%%"):
        with pytest.raises(InvalidInputError):
            cursors.taken_back(text, "orders#a_li", NOW)
