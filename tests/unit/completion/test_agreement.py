"""Two sources that say the same are more likely right than either (issue 4)."""

from __future__ import annotations

import pytest

from pylot.completion.agreement import confidence_together, least_useful, say_the_same
from pylot.completion.values import Candidate
from pylot.completion.verify import Eagerness, judge

PROBABILITIES = [0.0, 0.05, 0.3, 0.5, 0.8, 1.0]


@pytest.mark.parametrize("one", PROBABILITIES)
@pytest.mark.parametrize("other", PROBABILITIES)
def test_confidence_goes_up_and_stays_a_probability(one: float, other: float) -> None:
    together = confidence_together(one, other, 0.7)

    assert max(one, other) - 1e-5 <= together <= 1.0
    assert together == confidence_together(other, one, 0.7)


@pytest.mark.parametrize("threshold", [0.15, 0.4, 0.6])
@pytest.mark.parametrize("copied", PROBABILITIES)
def test_nothing_below_the_least_useful_confidence_can_be_shown(threshold: float, copied: float) -> None:
    least = least_useful(threshold, copied, 0.7)
    hopeless = [step / 100 for step in range(100) if step / 100 < least - 1e-9]

    assert least <= threshold == least_useful(threshold, None, 0.7)
    assert all(confidence_together(model, copied, 0.7) < threshold for model in hopeless)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("a\n  b", "a  \n  b\n", True), ("a\n  b", "a\nb", False), ("a", "a\nb", False), (" a", "a", False)],
)
def test_the_same_lines(one: str, other: str, same: bool) -> None:
    assert say_the_same(one, other) is same


def test_a_text_that_is_withheld_alone_is_shown_when_both_say_it() -> None:
    candidate = Candidate("x", "copy", (-1.3,))

    assert not judge(candidate, eagerness=Eagerness.BALANCED).show
    assert judge(candidate, eagerness=Eagerness.BALANCED, agreeing=0.3, agreement=0.7).show
