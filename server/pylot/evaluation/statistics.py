"""Shares with their uncertainty, and percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the interval that holds the true share in 95 of 100 samples."""

    hits: float
    total: int

    @property
    def value(self) -> float:
        """The share, 0 to 1; 0 when there is nothing to share."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval (Wilson 1927), which stays within 0 and 1 for small samples too."""
        return wilson(self.hits, self.total)

    def to_json(self) -> dict[str, object]:
        """Return the share as JSON values."""
        low, high = self.interval
        return {"value": round(self.value, 4), "low": round(low, 4), "high": round(high, 4), "of": self.total}


def wilson(hits: float, total: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share; (0, 1) when nothing was tried."""
    if total == 0:
        return 0.0, 1.0
    share, square = hits / total, _Z95 * _Z95
    middle = (share + square / (2 * total)) / (1 + square / total)
    reach = _Z95 / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    return max(0.0, min(middle - reach, share)), min(1.0, max(middle + reach, share))


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least `share` of the values do not exceed; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
