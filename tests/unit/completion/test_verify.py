"""Silence unless a candidate parses no worse and is likely enough to be right (calibrated silence)."""

from __future__ import annotations

import math

import pytest

from pylot.completion.values import Candidate, Trigger
from pylot.completion.verify import MIN_CONFIDENCE, Eagerness, confidence_of, interpolate, judge

CARD = ((0.0, 0.0), (0.5, 0.4), (1.0, 0.8))


def candidate(*probabilities: float, source: str = "model") -> Candidate:
    return Candidate("text", source, tuple(map(math.log, probabilities)))


@pytest.mark.parametrize(
    ("score", "probability"), [(-1, 0.0), (0, 0.0), (0.25, 0.2), (0.5, 0.4), (0.75, 0.6), (1.0, 0.8), (2.0, 0.8)]
)
def test_table_is_piecewise_linear(score: float, probability: float) -> None:
    assert interpolate(CARD, score) == pytest.approx(probability)


def test_the_least_sure_token_counts() -> None:
    assert confidence_of(candidate(0.99, 0.5, 0.9), CARD) == pytest.approx(0.4)
    assert confidence_of(candidate(0.99, 0.5, 0.1), CARD, n_logprobs=2) == pytest.approx(0.4)


def test_the_copier_is_calibrated_already() -> None:
    assert confidence_of(candidate(0.35, source="copy"), CARD) == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("eagerness", "lowest_shown"), [(Eagerness.QUIET, 0.6), (Eagerness.BALANCED, 0.3), (Eagerness.EAGER, 0.15)]
)
def test_eagerness(eagerness: Eagerness, lowest_shown: float) -> None:
    assert MIN_CONFIDENCE[eagerness] == lowest_shown
    assert judge(candidate(lowest_shown + 0.01, source="copy"), eagerness=eagerness).show
    withheld = judge(candidate(lowest_shown - 0.01, source="copy"), eagerness=eagerness)
    assert (withheld.show, withheld.reason) == (False, "low_confidence")


def test_invoked_shows_what_there_is() -> None:
    unsure = candidate(0.01)

    assert judge(unsure, eagerness=Eagerness.QUIET, trigger=Trigger.INVOKED).show


def test_broken_syntax_is_never_shown() -> None:
    verdict = judge(candidate(1.0), eagerness=Eagerness.EAGER, trigger=Trigger.INVOKED, parses_no_worse=False)

    assert (verdict.show, verdict.reason) == (False, "breaks_syntax")


def test_a_source_without_probabilities_is_silent_only_when_quiet_is_asked() -> None:
    shown = {eagerness: judge(candidate(), eagerness=eagerness).show for eagerness in Eagerness}

    assert [eagerness for eagerness, is_shown in shown.items() if not is_shown] == [Eagerness.QUIET]
