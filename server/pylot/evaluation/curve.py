"""Precision against share shown: what any setting between quiet and eager would give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from pylot.evaluation.statistics import Share


@dataclass(frozen=True, slots=True)
class Judged:
    """One suggestion: how sure its source was, and whether it was right."""

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """When everything from `confidence` on is shown: the share of places with something, and how much is right."""

    confidence: float
    share: float
    precision: float


def curve(suggestions: Sequence[Judged], n_places: int) -> list[CurvePoint]:
    """Return one point per confidence that occurs, the surest first; `n_places` counts the silent ones too."""
    points: list[CurvePoint] = []
    n_shown = n_right = 0
    ordered = sorted(suggestions, key=lambda each: -each.confidence)
    for confidence, group in groupby(ordered, key=lambda each: each.confidence):
        equals = list(group)
        n_shown += len(equals)
        n_right += sum(each.right for each in equals)
        points.append(CurvePoint(confidence, n_shown / n_places, n_right / n_shown))
    return points


def thinned(points: Sequence[CurvePoint], step: float) -> list[CurvePoint]:
    """Return points whose shares lie at least `step` apart, and always the last one."""
    kept: list[CurvePoint] = []
    for point in points:
        if not kept or point.share - kept[-1].share >= step:
            kept.append(point)
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def precision_at(suggestions: Sequence[Judged], n_places: int, share: float) -> Share | None:
    """Return how many of the surest suggestions are right when `share` of the places get one.

    Where several are equally sure and not all fit, each counts with the chance that it is among those that do.
    None when there are fewer suggestions than that.
    """
    wanted = math.ceil(share * n_places)
    if not 0 < wanted <= len(suggestions):
        return None
    taken, n_right = 0, 0.0
    ordered = sorted(suggestions, key=lambda each: -each.confidence)
    for _, group in groupby(ordered, key=lambda each: each.confidence):
        equals = list(group)
        n_fit = min(len(equals), wanted - taken)
        n_right += sum(each.right for each in equals) * n_fit / len(equals)
        taken += n_fit
        if taken == wanted:
            break
    return Share(n_right, wanted)
