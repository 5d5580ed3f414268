"""Post-processing leaves right answers alone, and takes away what a model repeats of the text below."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pylot.completion.postprocess.draft import PostContext
from pylot.completion.postprocess.pipeline import run
from tests.support.line_cases import LineCase, make_cases

N_CASES = 1_000


def line_only(case: LineCase) -> PostContext:
    return PostContext.of(case.request, single_line=True)


def with_lines_below(case: LineCase) -> PostContext:
    return PostContext.of(case.request, single_line=False)


@pytest.mark.parametrize(("context_of", "n_lines_repeated"), [(line_only, 0), (with_lines_below, 3)])
def test_right_answers_survive(context_of: Callable[[LineCase], PostContext], n_lines_repeated: int) -> None:
    harmed = []
    for case in make_cases(N_CASES, seed=21):
        below = "\n".join(case.request.suffix.split("\n")[: n_lines_repeated + 1])
        outcome = run(case.target + below, context_of(case))
        if outcome.draft is None or outcome.draft.text != case.target:
            harmed.append(outcome.changed_by)

    assert len(harmed) / N_CASES <= 0.005, harmed
