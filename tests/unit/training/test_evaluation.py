"""Held-out lines: fair cases, and figures that say what they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.data.documents import Document
from training.evaluation.cases import LineCase, make_cases
from training.evaluation.lines import Completion, precision_at, score
from training.evaluation.report import figures, table

SOURCE = Path(__file__).read_text(encoding="utf-8")


def completion(written: str, probability: float) -> Completion:
    return Completion(LineCase("p", "a.py", "python", "line", "value = 1\n", 0, 9), written, probability, 4.0, 2)


def test_cases_are_lines_of_every_language_and_the_same_each_time() -> None:
    documents = [
        Document(project, f"{project}/a.{language}", language, held_out=True, text=SOURCE)
        for project, language in (("one", "python"), ("two", "python"), ("three", "javascript"))
    ]
    cases = make_cases(documents, 10)

    assert cases == make_cases(documents, 10)
    assert [(case.language, case.kind) for case in cases[:2]] == [("javascript", "line"), ("javascript", "rest")]
    assert len(cases) == 20
    assert all("\n" not in case.target and len(case.target.strip()) >= 4 for case in cases)
    assert all(case.text[case.end] == "\n" for case in cases)


def test_figures_count_what_is_exact_and_what_it_cost() -> None:
    done = [
        completion("value = 1 ", 0.9),
        completion("value = 2", 0.8),
        completion("", 0.95),
        completion("value = 1", 0.1),
    ]
    total = score(done)

    assert (total.cases, total.exact_match, total.loss_per_token) == (4, 0.5, 2.0)
    assert total.loss_per_character == pytest.approx(4 / 9)
    assert precision_at(done, 0.5) == (0.5, 0.8)
    assert "| python, line | 4 | 50.0%, 2.00, 0.444 |" in table({"m": figures(done)})
