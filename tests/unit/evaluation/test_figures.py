"""Shares, percentiles, curves and what is made of them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pylot.evaluation.curve import CurvePoint, Judged, curve, precision_at, thinned
from pylot.evaluation.plot import plot
from pylot.evaluation.statistics import Share, percentile, wilson
from pylot.evaluation.summary import saved_per_thousand, summarize
from pylot.evaluation.values import Case, Kind, Reply, Result


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    # The last three as in Newcombe 1998, table I, method 3.
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
    ],
)
def test_intervals(hits: int, total: int, low: float, high: float) -> None:
    assert wilson(hits, total) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, None), ([3.0], 0.95, 3.0), ([4, 1, 3, 2], 0.5, 2), (range(1, 101), 0.95, 95)],
)
def test_percentile(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected


SUGGESTIONS = [Judged(0.9, True), Judged(0.5, True), Judged(0.5, False), Judged(0.1, False)]


def test_curve_counts_the_silent_places() -> None:
    points = curve(SUGGESTIONS, 10)

    assert points == [CurvePoint(0.9, 0.1, 1.0), CurvePoint(0.5, 0.3, 2 / 3), CurvePoint(0.1, 0.4, 0.5)]
    assert thinned(points, 0.25) == [points[0], points[2]]
    assert thinned([], 0.1) == []


@pytest.mark.parametrize(
    ("share", "expected"), [(0.1, Share(1.0, 1)), (0.2, Share(1.5, 2)), (0.4, Share(2.0, 4)), (0.5, None), (0.0, None)]
)
def test_precision_of_the_surest_shares_equals_fairly(share: float, expected: Share | None) -> None:
    assert precision_at(SUGGESTIONS, 10, share) == expected


def result(truth: str, usual: str, frank: str = "", kind: Kind = Kind.LINE) -> Result:
    case = Case("project", "a.py", "python", kind, "", 0, truth)
    reason = "" if usual else "low_confidence"
    return Result(case, Reply(usual, "copy", 0.6, reason=reason, total_ms=2.0), Reply(frank or usual, "copy", 0.6))


RESULTS = [
    result("return x", "return x"),
    result("return y", "", "return y"),
    result("return z", "return", kind=Kind.REST),
    result("a = 1\nb = 2", "a = 1", kind=Kind.BLOCK),
]


def test_summary() -> None:
    summary = summarize("predictor", RESULTS)

    assert (summary.line, summary.rest, summary.block) == (Share(2, 2), Share(0, 1), Share(0, 1))
    assert (summary.lines, summary.shown, summary.right) == (Share(2, 3), Share(3, 4), Share(2, 3))
    assert summary.similarity == pytest.approx((1 + 1 + 0.75) / 3)
    assert summary.silence == {"low_confidence": 1}
    assert (summary.first_token.p50, summary.whole.p95) == (None, 2.0)
    # "return x" and "a = 1" are taken by a key each; 35 characters were held out.
    assert summary.saved == saved_per_thousand(RESULTS) == pytest.approx(1000 * (7 + 4) / 35)


def test_nothing_gives_no_figures() -> None:
    empty = summarize("nobody", [])

    assert (empty.n_cases, empty.saved, empty.curve, empty.right.value) == (0, 0.0, [], 0.0)
    assert empty.to_json()["precisionAtShareShown"] == {"10%": None, "20%": None, "30%": None}


def test_plot_is_a_picture_with_a_curve_and_a_dot_for_each() -> None:
    drawn = ET.fromstring(plot([summarize("<a & b>", RESULTS * 20), summarize("silent", [])], "A title"))
    tags = [element.tag.rpartition("}")[2] for element in drawn.iter()]

    assert (tags.count("polyline"), tags.count("circle")) == (2, 1)
    assert "<a & b>" in [element.text for element in drawn.iter()]
