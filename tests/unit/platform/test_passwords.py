"""Passwords of administrators."""

from daojia.platform.passwords import matches
from infra.local.identity import password_hash


def test_the_right_password_matches_and_no_other() -> None:
    stored = password_hash("到家-correct horse")
    assert matches("到家-correct horse", stored)
    assert not matches("到家-correct horse ", stored)
    assert not matches("", stored)


def test_nobody_has_no_password() -> None:
    assert not matches("", None)
    assert not matches("anything", None)
