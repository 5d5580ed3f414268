"""What it is worth that the copier and the model say the same.

`bonus` is added to the log odds of the surer of the two: about 0.7 where they judge independently, nothing where the
model's own distribution is mixed with copies, because it then says the same for the same reason.
Each model's card has its own, fitted on held-out lines.
"""

from __future__ import annotations

import math

_LEAST, _MOST = 1e-6, 1.0 - 1e-6


def confidence_together(one: float, other: float, bonus: float) -> float:
    """Return how likely a text is right that two say, each with its own calibrated probability."""
    return _sigmoid(_log_odds(max(one, other)) + bonus)


def least_useful(threshold: float, copied: float | None, bonus: float) -> float:
    """Return from which confidence on a model's text can reach a threshold, given the copy it may turn out to be.

    Without a copy that is the threshold itself; with one it is lower, because both may say the same.
    """
    if copied is None:
        return threshold
    alone = _sigmoid(_log_odds(threshold) - bonus)
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
