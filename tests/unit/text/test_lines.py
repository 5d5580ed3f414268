from __future__ import annotations

import pytest

from pylot.text.lines import split_lines, without_terminator


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a\n", ""]),
        ("a\r\nb\rc\nd", ["a\r\n", "b\r", "c\n", "d"]),
        ("\n\r\n\r", ["\n", "\r\n", "\r", ""]),
        ("\r\r\n", ["\r", "\r\n", ""]),
        ("a\f\v\x1c\x1d\x1e\x85\u2028\u2029b", ["a\f\v\x1c\x1d\x1e\x85\u2028\u2029b"]),
        ("a\f\u2028\rb", ["a\f\u2028\r", "b"]),
    ],
)
def test_only_three_terminators_end_a_line(text: str, expected: list[str]) -> None:
    assert split_lines(text) == expected


@pytest.mark.parametrize("terminator", ["", "\n", "\r\n", "\r"])
def test_terminator_is_taken_off_once(terminator: str) -> None:
    assert without_terminator("a\f" + terminator) == "a\f"
