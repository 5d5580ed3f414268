"""The local predictor continues as the code did the last time it read like this (issue 2)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pylot.completion.copier import predict
from pylot.completion.copy_confidence import (
    CopyEvidence,
    ExactCopies,
    RenamedCopies,
    n_lines_worth,
    probabilities_right,
    probability_of_lines,
)
from pylot.completion.copy_index import CopyIndex
from pylot.completion.values import CompletionRequest, OpenFile

OTHER = """\
class Store:
    def open_connection(self, name):
        self.connection = connect(name, timeout=30)
        self.connection.begin()
        return self.connection

    def close(self):
        pass
"""


def request(marked: str) -> CompletionRequest:
    return CompletionRequest("u", "a.py", "python", 1, marked.replace("‸", ""), marked.index("‸"))


def copied(marked: str, *others: str, multiline: bool = False, least: float = 0.0) -> list[str]:
    index = CopyIndex()
    index.refresh([OpenFile(f"{number}.py", "python", text, -number) for number, text in enumerate(others)])
    candidates = predict(request(marked), index, multiline=multiline, min_probability=least, limit=3)
    return [candidate.text for candidate in candidates]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("        self.connection = connect(‸", ["name, timeout=30)"]),
        ("    self.connection = connect(‸", ["name, timeout=30)"]),
        ("def open_connection(self, name):\n    ‸", ["self.connection = connect(name, timeout=30)"]),
        ("def open_connection(self, name):\r\n\t‸", ["self.connection = connect(name, timeout=30)"]),
        ("something entirely new = ‸", []),
    ],
)
def test_from_another_file(marked: str, expected: list[str]) -> None:
    assert copied(marked, OTHER) == expected


def test_from_the_same_file_above_and_below() -> None:
    assert copied("value_one = compute(first)\nother = 1\nvalue_one = ‸\n") == ["compute(first)"]
    assert copied("value_one = ‸\n\nother = 1\nvalue_one = compute(first)\n") == ["compute(first)"]


def test_the_line_below_the_cursor_is_context_too() -> None:
    assert copied("    prepare_nothing()\n    ‸\n    self.connection.begin()\n", OTHER)[0] == (
        "self.connection = connect(name, timeout=30)"
    )


def test_what_stands_below_already_is_not_proposed() -> None:
    assert (
        copied("def open_connection(self, name):\n    ‸\n    self.connection = connect(name, timeout=30)", OTHER) == []
    )


def test_the_longest_agreement_and_the_most_votes_come_first() -> None:
    ranked = copied("alpha()\nresult = compute(‸", "result = compute(one)\n", "alpha()\nresult = compute(two)\n")

    assert ranked == ["two)", "one)"]


def test_following_lines_move_to_the_indentation_of_the_cursor() -> None:
    assert copied("def open_connection(self, name):\n  ‸", *[OTHER] * 20, multiline=True) == [
        "self.connection = connect(name, timeout=30)\n  self.connection.begin()\n  return self.connection"
    ]


def test_on_an_empty_line_the_indentation_is_copied_too() -> None:
    assert copied("  def open_connection(self, name):\n‸", OTHER) == [
        "      self.connection = connect(name, timeout=30)"
    ]


def test_lines_are_copied_only_while_they_are_likely() -> None:
    assert copied("def open_connection(self, name):\n    ‸", OTHER, multiline=True, least=0.99) == [
        "self.connection = connect(name, timeout=30)"
    ]


def test_probability_is_reported_as_a_log_probability() -> None:
    index = CopyIndex()
    index.refresh([OpenFile("0.py", "python", OTHER)])
    candidate = predict(request("        self.connection = connect(‸"), index, multiline=False)[0]

    assert candidate.source == "copy"
    assert candidate.match_length == len(":\nself.connection = connect(") - 2
    assert math.exp(candidate.logprobs[0]) == pytest.approx(
        probability(ExactCopies(candidate.match_length, 0, 1, 1, 1.0), typed="        self.connection = connect(")
    )


def probability(
    exact: ExactCopies | None = None, renamed: RenamedCopies | None = None, typed: str = "", n_others: int = 0
) -> float:
    evidence = CopyEvidence("name, timeout=30)", typed, exact, renamed)
    other = CopyEvidence("other)", typed, ExactCopies(24, 0, 1, 1, 0.2))
    return probabilities_right([evidence, *[other] * n_others])[0]


LITTLE = ExactCopies(match_length=24, match_below=0, agreeing=1, n_files=1, share=0.5)


@pytest.mark.parametrize(
    "more",
    [
        {"match_length": 100},
        {"match_below": 30},
        {"agreeing": 3},
        {"agreeing": 3, "n_files": 3},
        {"share": 1.0},
    ],
)
def test_all_that_speaks_for_a_line_raises_its_probability(more: dict[str, int]) -> None:
    """Issue 4: the predictor knows how sure it may be."""
    assert probability(LITTLE) < probability(replace(LITTLE, **more)) < 1.0


def test_another_continuation_lowers_the_probability() -> None:
    assert probability(LITTLE, n_others=1) < probability(LITTLE)


def test_lines_of_the_same_shape_speak_for_a_renamed_copy() -> None:
    few, many = RenamedCopies(40, 1, 0.5, 1), RenamedCopies(120, 4, 1.0, 4)

    assert probability(renamed=few) < probability(renamed=many)


def test_nothing_found_is_nothing_likely() -> None:
    assert probabilities_right([]) == []


def test_number_of_lines() -> None:
    assert n_lines_worth(0.1, 0.4) == 0
    assert n_lines_worth(0.9, 0.4) == 1
    assert n_lines_worth(0.9, 0.0) == n_lines_worth(0.9, 0.15) == 4
    assert probability_of_lines(0.9, n_lines_worth(0.9, 0.15)) >= 0.15


def test_index_keeps_recent_files_within_bounds() -> None:
    index = CopyIndex(max_files=2)
    index.refresh([OpenFile(f"{number}.py", "python", "text", number) for number in range(4)])

    assert [file.path for file in index.files(except_path="3.py")] == ["2.py"]


def test_an_unchanged_file_is_prepared_once() -> None:
    index = CopyIndex()
    index.refresh([OpenFile("0.py", "python", OTHER)])
    before = list(index.files(except_path=""))
    index.refresh([OpenFile("0.py", "python", OTHER), OpenFile("1.py", "python", OTHER)])

    assert next(file for file in index.files(except_path="") if file.path == "0.py") is before[0]
