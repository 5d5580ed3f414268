"""Show a candidate, or stay silent: does it parse no worse, and is it likely enough to be right?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from pylot.completion.agreement import confidence_together
from pylot.completion.copy_confidence import COPY_SOURCE
from pylot.completion.reasons import Reason
from pylot.completion.values import Candidate, Trigger

# Points of (score, probability of being right), scores ascending.
Calibration = Sequence[tuple[float, float]]


class Eagerness(Enum):
    """How sure Pylot must be before it speaks."""

    QUIET = "quiet"
    BALANCED = "balanced"
    EAGER = "eager"
    ALWAYS = "always"


MIN_CONFIDENCE: Mapping[Eagerness, float] = {
    Eagerness.QUIET: 0.60,
    Eagerness.BALANCED: 0.30,
    Eagerness.EAGER: 0.15,
    Eagerness.ALWAYS: 0.0,
}

# For a model whose card brings no table of its own: the least sure token's probability is roughly the line's.
UNCALIBRATED: Calibration = ((0.0, 0.02), (0.2, 0.2), (0.56, 0.45), (0.75, 0.6), (1.0, 0.9))
# For an API that gives no probabilities: spoken unless the user asked for quiet.
_UNKNOWN = 0.5
# The copier reports a probability that is calibrated already.
_IDENTITY: Calibration = ((0.0, 0.0), (1.0, 1.0))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to show a candidate, why not, and how likely it is to be right (0 to 1)."""

    show: bool
    reason: str
    confidence: float


def judge(
    candidate: Candidate,
    *,
    eagerness: Eagerness,
    trigger: Trigger = Trigger.AUTOMATIC,
    parses_no_worse: bool = True,
    calibration: Calibration = UNCALIBRATED,
    n_logprobs: int | None = None,
    agreeing: float | None = None,
    agreement: float = 0.0,
) -> Verdict:
    """Return the verdict on a candidate.

    Whoever invoked Pylot by hand is shown what it has, however unsure; text that breaks the syntax is never shown.
    `n_logprobs` says how many tokens are left after post-processing, all of them by default.
    `agreeing` is the probability that another source gives the same text, None where none says so; `agreement` is what
    that adds to the log odds.
    """
    confidence = confidence_of(candidate, calibration, n_logprobs)
    if agreeing is not None:
        confidence = confidence_together(confidence, agreeing, agreement)
    if not parses_no_worse:
        return Verdict(show=False, reason=Reason.BREAKS_SYNTAX.value, confidence=confidence)
    if trigger is Trigger.AUTOMATIC and confidence < MIN_CONFIDENCE[eagerness]:
        return Verdict(show=False, reason=Reason.LOW_CONFIDENCE.value, confidence=confidence)
    return Verdict(show=True, reason="", confidence=confidence)


def confidence_of(
    candidate: Candidate, calibration: Calibration = UNCALIBRATED, n_logprobs: int | None = None
) -> float:
    """Return the probability that a candidate is right: its least sure token, mapped through the calibration.

    The minimum separates right from wrong lines better than the mean or the sum.
    """
    score = least_sure(candidate, n_logprobs)
    if score is None:
        return _UNKNOWN
    return interpolate(_IDENTITY if candidate.source == COPY_SOURCE else calibration, score)


def least_sure(candidate: Candidate, n_logprobs: int | None = None) -> float | None:
    """Return the smallest probability among a candidate's tokens; None where its source tells none."""
    logprobs = candidate.logprobs[:n_logprobs]
    return math.exp(min(logprobs)) if logprobs else None


def interpolate(points: Calibration, score: float) -> float:
    """Read a piecewise linear table; scores outside it get the value at its end."""
    if score <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in itertools.pairwise(points):
        if score <= right:
            return low + (high - low) * (score - left) / (right - left)
    return points[-1][1]
