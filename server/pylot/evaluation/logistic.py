"""Logistic regression for a handful of coefficients, by Newton's method (IRLS), with a little ridge."""

from __future__ import annotations

import math
from collections.abc import Sequence

_RIDGE = 1e-3
_STEPS = 30
_FARTHEST = 30.0


def fit_logistic(rows: Sequence[Sequence[float]], right: Sequence[bool]) -> list[float]:
    """Return the coefficients, the constant last, that make `right` likeliest given the rows; zeros without rows."""
    n_columns = len(rows[0]) + 1 if rows else 1
    weights = [0.0] * n_columns
    for _ in range(_STEPS):
        gradient = [-_RIDGE * weight for weight in weights]
        curvature = [[_RIDGE if row == column else 0.0 for column in range(n_columns)] for row in range(n_columns)]
        for row, is_right in zip(rows, right, strict=True):
            values = [*row, 1.0]
            share = sigmoid(sum(map(math.prod, zip(weights, values, strict=True))))
            for index, value in enumerate(values):
                gradient[index] += (is_right - share) * value
                for other, another in enumerate(values):
                    curvature[index][other] += share * (1 - share) * value * another
        step = _solve(curvature, gradient)
        weights = [weight + change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-9:
            break
    return weights


def fit_constant(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Return what to add to each score, in log odds, to make `right` likeliest; 0 without scores."""
    constant = 0.0
    for _ in range(_STEPS):
        shares = [sigmoid(score + constant) for score in scores]
        gradient = sum(is_right - share for is_right, share in zip(right, shares, strict=True)) - _RIDGE * constant
        constant += max(-1.0, min(1.0, gradient / (sum(share * (1 - share) for share in shares) + _RIDGE)))
    return constant


def sigmoid(score: float) -> float:
    """Return the probability of a score in log odds."""
    return 1.0 / (1.0 + math.exp(-max(-_FARTHEST, min(_FARTHEST, score))))


def logit(probability: float) -> float:
    """Return the log odds of a probability, which is kept away from 0 and 1."""
    kept = min(max(probability, 1e-4), 1.0 - 1e-4)
    return math.log(kept / (1.0 - kept))


def log_loss(probabilities: Sequence[float], right: Sequence[bool]) -> float:
    """Return the mean negative log-likelihood, in nats; lower is better, 0 for no suggestions."""
    losses = [
        -math.log(max(1e-4, probability if is_right else 1.0 - probability))
        for probability, is_right in zip(probabilities, right, strict=True)
    ]
    return sum(losses) / len(losses) if losses else 0.0


def _solve(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Solve a small positive definite system by elimination."""
    n_rows = len(vector)
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    for pivot in range(n_rows):
        for below in range(pivot + 1, n_rows):
            factor = rows[below][pivot] / rows[pivot][pivot]
            for column in range(pivot, n_rows + 1):
                rows[below][column] -= factor * rows[pivot][column]
    solution = [0.0] * n_rows
    for pivot in reversed(range(n_rows)):
        known = sum(rows[pivot][column] * solution[column] for column in range(pivot + 1, n_rows))
        solution[pivot] = (rows[pivot][n_rows] - known) / rows[pivot][pivot]
    return solution
