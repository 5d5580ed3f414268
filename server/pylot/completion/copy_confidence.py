"""How likely a copied line is to be right, fitted on held-out lines (tests/slow/test_copier_quality.py)."""

from __future__ import annotations

import math

COPY_SOURCE = "copy"
# Nobody waits for lines that are less likely right, even where everything is shown.
_LEAST_WORTH = 0.15

# Where a copied line was right, so is the line after it in about two of three places.
_NEXT_LINE_RIGHT = 0.65
_MAX_LINES = 12
# tests/bench/fit_copy_confidence.py
_RENAMED = (-6.07, 0.76, 0.52, 2.34, 0.11, -0.14, -0.49)


def probability_right(match_length: int, agreeing: int, share: float) -> float:
    """Return the probability that a copied line is exactly what comes next.

    `match_length` counts the characters of context that agree, `agreeing` the occurrences that go on this way, and
    `share` (0 to 1) is their weight among all occurrences: many that agree and none that differ say more than length.
    """
    score = 0.5 * math.log2(max(match_length, 1)) + 0.7 * math.log2(max(agreeing, 1)) + 3.1 * share - 5.8
    return 1.0 / (1.0 + math.exp(-score))


def n_lines_worth(probability: float, minimum: float) -> int:
    """Return how many further lines may be copied before the whole is less likely right than `minimum`."""
    minimum = max(minimum, _LEAST_WORTH)
    if probability < minimum:
        return 0
    return min(_MAX_LINES, int(math.log(minimum / probability) / math.log(_NEXT_LINE_RIGHT)))


def probability_of_lines(probability: float, n_more: int) -> float:
    """Return the probability that a copied line and the `n_more` after it are all right."""
    return probability * _NEXT_LINE_RIGHT**n_more


def probability_renamed(features: tuple[float, ...]) -> float:
    """Return the probability that a line copied with renamed names is exactly what comes next.

    The features are those of `rename_copier`: log2 of the characters of context of the same shape, log2 of the
    occurrences that agree, their share, the whole lines aligned, unknown names in the copy, its length in tens.
    """
    score = _RENAMED[0] + sum(weight * feature for weight, feature in zip(_RENAMED[1:], features, strict=True))
    return 1.0 / (1.0 + math.exp(-score))
