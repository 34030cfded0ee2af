"""Money is a whole number of fen (1 yuan = 100 fen). No float ever holds money."""

from typing import Final

Fen = int
"""An amount in fen; never negative unless a docstring says so."""

BASIS_POINTS: Final = 10_000


def share(amount_fen: Fen, basis_points: int) -> Fen:
    """The part `basis_points`/10000 of an amount, rounded half up to the fen. The rest is `amount - share`."""
    if amount_fen < 0 or not 0 <= basis_points <= BASIS_POINTS:
        raise ValueError(f"share of {amount_fen} fen at {basis_points} basis points")
    return (amount_fen * basis_points + BASIS_POINTS // 2) // BASIS_POINTS


def yuan(amount_fen: Fen) -> str:
    """An amount as people read it: 12800 → "128", 12850 → "128.50"."""
    whole, fen = divmod(abs(amount_fen), 100)
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{whole}" if fen == 0 else f"{sign}{whole}.{fen:02d}"
