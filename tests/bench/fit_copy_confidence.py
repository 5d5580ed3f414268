"""Fit `probability_renamed` of completion/copy_confidence.py anew: `python -m tests.bench.fit_copy_confidence`.

Logistic regression on lines of the standard library that the quality test does not use.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pylot.completion.cursor import rest_of_line
from pylot.completion.flat_text import flatten
from pylot.completion.rename_copier import predict_renamed
from tests.support.line_cases import LineCase, make_cases

_SEEDS = (1, 2, 3)
_STEPS = 3_000
_RATE = 0.3

Row = tuple[tuple[float, ...], bool]


def main() -> None:
    rows = [row for seed in _SEEDS for case in make_cases(seed=seed) for row in rows_of(case)]
    weights = fit(rows)
    print(f"{len(rows)} renamed lines, {sum(right for _, right in rows)} of them right")
    print("_RENAMED =", tuple(round(weight, 2) for weight in weights))


def rows_of(case: LineCase) -> list[Row]:
    suffix = case.request.suffix
    below = flatten(suffix[len(rest_of_line(suffix)) :])
    others = [flatten(other.text) for other in case.others]
    found = predict_renamed(flatten(case.request.prefix), below, others, "python")
    return [(line.features, line.text.strip() == case.target) for line in found]


def fit(rows: Sequence[Row]) -> list[float]:
    """Return the intercept and the weights, by gradient descent on standardized features."""
    columns = list(zip(*(features for features, _ in rows), strict=True))
    means = [sum(column) / len(rows) for column in columns]
    pairs = zip(columns, means, strict=True)
    spreads = [math.sqrt(sum((it - mean) ** 2 for it in column) / len(rows)) or 1.0 for column, mean in pairs]
    inputs = [
        (1.0, *((it - mean) / spread for it, mean, spread in zip(features, means, spreads, strict=True)))
        for features, _ in rows
    ]
    weights = [0.0] * len(inputs[0])
    for _ in range(_STEPS):
        slope = [0.0] * len(weights)
        for values, (_, right) in zip(inputs, rows, strict=True):
            score = sum(weight * value for weight, value in zip(weights, values, strict=True))
            error = right - 1.0 / (1.0 + math.exp(-score))
            slope = [total + error * value for total, value in zip(slope, values, strict=True)]
        weights = [weight + _RATE * total / len(rows) for weight, total in zip(weights, slope, strict=True)]
    scaled = [weight / spread for weight, spread in zip(weights[1:], spreads, strict=True)]
    return [weights[0] - sum(it * mean for it, mean in zip(scaled, means, strict=True)), *scaled]


if __name__ == "__main__":
    main()
