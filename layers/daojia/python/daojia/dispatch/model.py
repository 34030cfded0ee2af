"""Who is asked first, and why (B3). Pure.

Everyone of the family around stands on the sheet: with a score and its parts, or with the reason why not.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import Field

from daojia.kernel.ids import ProviderId, ServiceId
from daojia.kernel.value import Value
from daojia.scheduling.model import Candidate, Interval, Obstacle

WAVE_SIZES: Final = (5, 10, 20, 40)
"""How many are asked in each wave."""
POLICY: Final = "nearest-best-fair-1"
"""The name of the scoring below; a change of weights or scales gets a new one, so that old sheets stay explicable."""
WEIGHTS: Final = {"distance": 40, "rating": 25, "completion": 15, "fairness": 20}
"""Points each part can give; together 100."""
BARRED: Final = "BARRED"
"""The exclusion of who declined, withdrew, or ordered the visit themselves."""
ROWS_MAX: Final = 500
"""Rows kept on a sheet: an item of DynamoDB holds 400 KB. Those who may be asked come first."""

FAR_M: Final = 15_000
RATING_POOR, RATING_BEST = 300, 500
COMPLETION_POOR, COMPLETION_BEST = 8_000, 10_000


class SheetRow(Value):
    """One candidate: score and parts (points, see `WEIGHTS`), or `excluded` with the reason."""

    provider_id: ProviderId
    name: str
    distance_m: float
    score: float = 0
    parts: dict[str, float] = Field(default_factory=dict[str, float])
    excluded: str | None = None


class Sheet(Value):
    """Everyone around at one moment, best first, those who cannot come last, nearest first."""

    rows: tuple[SheetRow, ...]
    policy: str
    at: datetime
    chosen: tuple[ProviderId, ...] = ()
    """Who was asked."""
    omitted: int = 0
    """Rows beyond `ROWS_MAX` that were left out."""

    def sent_to(self, chosen: tuple[ProviderId, ...]) -> "Sheet":
        """The sheet as it is kept with the offers it led to."""
        return self.model_copy(update={"chosen": chosen})


def rank(
    found: Iterable[Candidate],
    interval: Interval,
    *,
    service_id: ServiceId,
    barred: frozenset[ProviderId],
    now: datetime,
) -> Sheet:
    """Score everyone who can take the visit and say of the others why not."""
    rows = sorted((_row(candidate, interval, service_id, barred) for candidate in found), key=_order)
    return Sheet(rows=tuple(rows[:ROWS_MAX]), policy=POLICY, at=now, omitted=max(0, len(rows) - ROWS_MAX))


def score(candidate: Candidate) -> dict[str, float]:
    """The points a candidate gets for each part.

    Distance: all points at the door, none at 15 km. Rating: none at 3.00 stars, all at 5.00. Completion: none at 80 %,
    all at 100 %. Fairness: all for who has nothing to do that day, none at the daily cap.
    """
    provider = candidate.provider
    shares = {
        "distance": 1 - candidate.distance_m / FAR_M,
        "rating": (provider.rating_hundredths - RATING_POOR) / (RATING_BEST - RATING_POOR),
        "completion": (provider.completion_basis_points - COMPLETION_POOR) / (COMPLETION_BEST - COMPLETION_POOR),
        "fairness": 1 - len(candidate.day.jobs) / provider.daily_cap if provider.daily_cap else 0.0,
    }
    return {name: round(WEIGHTS[name] * min(1.0, max(0.0, part)), 2) for name, part in shares.items()}


def _row(candidate: Candidate, interval: Interval, service_id: ServiceId, barred: frozenset[ProviderId]) -> SheetRow:
    provider = candidate.provider
    excluded = _reason(candidate, interval, service_id, barred)
    parts = {} if excluded else score(candidate)
    return SheetRow(
        provider_id=provider.provider_id,
        name=provider.name,
        distance_m=round(candidate.distance_m),
        score=round(sum(parts.values()), 2),
        parts=parts,
        excluded=excluded,
    )


def _reason(
    candidate: Candidate, interval: Interval, service_id: ServiceId, barred: frozenset[ProviderId]
) -> str | None:
    if candidate.provider.provider_id in barred:
        return BARRED
    if service_id != candidate.service_id or not candidate.able:
        return Obstacle.NOT_SERVED
    return candidate.obstacle_at(interval)


def _order(row: SheetRow) -> tuple[bool, float, float, str]:
    return (row.excluded is not None, -row.score, row.distance_m, row.provider_id)
