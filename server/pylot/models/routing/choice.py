"""Which of several deployments is asked next: a pure choice (H14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_EWMA_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Candidate:
    """What counts of a deployment; `first_token_ms` is None while it is unknown."""

    in_flight: int
    weight: float = 1.0
    first_token_ms: float | None = None


def choose(candidates: Sequence[Candidate]) -> int:
    """Return the index of the least busy candidate for its weight; latency decides between equals, then the order.

    An unknown latency counts as the best one, so that it becomes known.
    """
    return min(
        range(len(candidates)),
        key=lambda index: (
            (candidates[index].in_flight + 1) / candidates[index].weight,
            candidates[index].first_token_ms or 0.0,
            index,
        ),
    )


def blend(average: float | None, sample: float) -> float:
    """Return an exponentially weighted moving average that has taken in one more sample."""
    return sample if average is None else average + _EWMA_SHARE * (sample - average)
