"""What it is worth that the copier and the model say the same."""

from __future__ import annotations

import math

# Added to the log odds of the surer of the two; fitted on held-out lines (`pylot eval fim --calibrate`).
AGREEMENT = 0.7
_LEAST, _MOST = 1e-6, 1.0 - 1e-6


def confidence_together(one: float, other: float) -> float:
    """Return how likely a text is right that two say independently, each with its own calibrated probability."""
    return _sigmoid(_log_odds(max(one, other)) + AGREEMENT)


def least_useful(threshold: float, copied: float | None) -> float:
    """Return from which confidence on a model's text can reach a threshold, given the copy it may turn out to be.

    Without a copy that is the threshold itself; with one it is lower, because both may say the same.
    """
    if copied is None:
        return threshold
    alone = _sigmoid(_log_odds(threshold) - AGREEMENT)
    return 0.0 if copied >= alone else alone


def say_the_same(one: str, other: str) -> bool:
    """Tell whether two texts would insert the same lines, trailing blanks aside."""
    return [line.rstrip() for line in one.rstrip().split("\n")] == [
        line.rstrip() for line in other.rstrip().split("\n")
    ]


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), _MOST)
    return math.log(bounded / (1.0 - bounded))


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))
