"""Amounts in fen: shares lose nothing, and people read yuan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daojia.kernel.money import BASIS_POINTS, share, yuan

AMOUNTS = st.integers(0, 10**9)
SHARES = st.integers(0, BASIS_POINTS)


@given(AMOUNTS, SHARES)
def test_a_share_and_the_rest_are_the_whole(amount_fen: int, basis_points: int) -> None:
    part = share(amount_fen, basis_points)
    assert 0 <= part <= amount_fen
    assert part + (amount_fen - part) == amount_fen


@given(AMOUNTS, SHARES)
def test_a_share_is_never_more_than_half_a_fen_off(amount_fen: int, basis_points: int) -> None:
    assert abs(share(amount_fen, basis_points) * BASIS_POINTS - amount_fen * basis_points) * 2 <= BASIS_POINTS


@pytest.mark.parametrize(
    ("amount_fen", "points", "part"), [(12800, 2000, 2560), (1, 5000, 1), (1, 4999, 0), (3, 5000, 2)]
)
def test_half_a_fen_is_rounded_up(amount_fen: int, points: int, part: int) -> None:
    assert share(amount_fen, points) == part


@pytest.mark.parametrize(("amount_fen", "points"), [(-1, 100), (100, -1), (100, 10_001)])
def test_nonsense_is_refused(amount_fen: int, points: int) -> None:
    with pytest.raises(ValueError, match="share of"):
        share(amount_fen, points)


@pytest.mark.parametrize(
    ("amount_fen", "text"), [(12800, "128"), (12850, "128.50"), (5, "0.05"), (0, "0"), (-12805, "-128.05")]
)
def test_people_read_yuan(amount_fen: int, text: str) -> None:
    assert yuan(amount_fen) == text
