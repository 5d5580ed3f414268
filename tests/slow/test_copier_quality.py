"""How often the local predictor completes a line of real code exactly, and whether it knows how sure it may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import ne

import pytest

from pylot.completion.copier import predict
from pylot.completion.copy_index import CopyIndex
from pylot.completion.line_index import LineIndex
from pylot.completion.verify import MIN_CONFIDENCE, Eagerness
from tests.support.line_cases import PACKAGES, LineCase, make_cases, read_package


@dataclass(frozen=True)
class Prediction:
    right: bool
    probability: float


def predictions(cases: list[LineCase], lines: LineIndex) -> list[Prediction]:
    made = []
    for case in cases:
        index = CopyIndex()
        index.refresh(case.others)
        # The file itself still holds the line that was taken out.
        workspace = partial(lines.files_like, allowed=partial(ne, case.request.path))
        candidates = predict(case.request, index, multiline=False, workspace=workspace)
        right = bool(candidates) and candidates[0].text.strip() == case.target
        made.append(Prediction(right, math.exp(candidates[0].logprobs[0]) if candidates else 0.0))
    return made


def whole_library() -> LineIndex:
    lines = LineIndex()
    for file in (file for package in PACKAGES for file in read_package(package)):
        lines.put(file.path, file.text)
    return lines


@pytest.mark.parametrize("workspace", [LineIndex, whole_library], ids=["open files", "workspace"])
def test_one_line_in_five_is_completed_exactly(
    workspace: Callable[[], LineIndex], record_property: Callable[[str, object], None]
) -> None:
    """About 22 % on CPython 3.11; what is shown is right at least as often as the eagerness promises."""
    made = predictions(make_cases(), workspace())
    surest = sorted(made, key=lambda prediction: -prediction.probability)
    for share in (0.1, 0.2, 0.3):
        shown = surest[: int(share * len(surest))]
        record_property(f"right in the surest {share:.0%}", round(sum(it.right for it in shown) / len(shown), 3))
    exact = sum(prediction.right for prediction in made) / len(made)
    record_property("exact", round(exact, 3))
    precision = {}
    for eagerness in Eagerness:
        shown = [prediction for prediction in made if prediction.probability >= MIN_CONFIDENCE[eagerness]]
        precision[eagerness] = sum(prediction.right for prediction in shown) / len(shown)
        record_property(f"shown when {eagerness.value}", round(len(shown) / len(made), 3))
        record_property(f"right when {eagerness.value}", round(precision[eagerness], 3))

    assert exact >= 0.2
    assert all(precision[eagerness] >= MIN_CONFIDENCE[eagerness] for eagerness in Eagerness), precision
