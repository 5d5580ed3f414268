"""The local predictor continues as the code did the last time it read like this (issue 2)."""

from __future__ import annotations

import math

import pytest

from pylot.completion.copier import predict
from pylot.completion.copy_confidence import n_lines_worth, probability_of_lines, probability_right
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
    assert copied("def open_connection(self, name):\n  ‸", OTHER, multiline=True) == [
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
    assert math.exp(candidate.logprobs[0]) == pytest.approx(probability_right(candidate.match_length, 1, 1.0))


def test_agreement_and_length_raise_the_probability() -> None:
    assert probability_right(24, 1, 0.5) < probability_right(24, 1, 1.0) < probability_right(24, 3, 1.0)
    assert probability_right(24, 1, 1.0) < probability_right(48, 1, 1.0) < probability_right(200, 1, 1.0)


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
