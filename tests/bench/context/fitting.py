"""Fit the weights of `completion/definition_ranking.py`: conditional logit, by gradient descent with Adam's steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pylot.completion.definition_ranking import WEIGHTS, Place, features
from tests.bench.context.measures import without_rest_of_line
from tests.bench.context.sites import CallSite

_STEPS = 400
_RATE = 0.05
_SHRINKING = 0.02


def fitted_weights(sites: Sequence[CallSite]) -> dict[str, float]:
    """Return the weights under which the used definitions of all sites are most probable."""
    tables, used = [], []
    for site in sites:
        place = Place.at(without_rest_of_line(site.text, site.offset), site.offset)
        rows = features(site.knowledge.imported, place)
        tables.append(np.array([[row[name] for name in WEIGHTS] for row in rows]))
        used.append([each.name for each in site.knowledge.imported].index(site.name))
    spread = np.concatenate(tables).std(0) + 1e-9
    weights = _fit([table / spread for table in tables], used) / spread
    return {name: round(float(weight), 2) for name, weight in zip(WEIGHTS, weights, strict=True)}


def _fit(tables: Sequence[NDArray[np.float64]], used: Sequence[int]) -> NDArray[np.float64]:
    weights = np.zeros(tables[0].shape[1])
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for _ in range(_STEPS):
        gradient = _SHRINKING * weights
        for table, right in zip(tables, used, strict=True):
            scores = table @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            shares[right] -= 1
            gradient += table.T @ shares / len(tables)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        weights -= _RATE * mean / (np.sqrt(square) + 1e-8)
    return weights
