"""Identifiers."""

from datetime import UTC, datetime, timedelta

from daojia.kernel.ids import account_id_of, digits, new_order_id, ulid

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def test_ulids_have_twenty_six_characters_and_sort_by_time() -> None:
    row = [ulid(NOW + timedelta(milliseconds=step)) for step in range(50)]
    assert row == sorted(row)
    assert {len(each) for each in row} == {26}
    assert ulid(datetime(2016, 7, 30, 23, 54, 10, 259000, tzinfo=UTC))[:10] == "01ARZ3NDEK"


def test_ids_of_the_same_millisecond_differ() -> None:
    assert len({new_order_id(NOW) for _ in range(1000)}) == 1000


def test_the_same_openid_is_always_the_same_account_and_another_app_is_not() -> None:
    assert account_id_of("wx1", "o-abc") == account_id_of("wx1", "o-abc")
    assert account_id_of("wx1", "o-abc") != account_id_of("wx2", "o-abc")


def test_drawn_digits_keep_their_leading_zeros() -> None:
    assert all(len(digits(4)) == 4 and digits(4).isdecimal() for _ in range(200))
