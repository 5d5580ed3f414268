from __future__ import annotations

import pytest

from pylot.text.document_text import DocumentText, Edit
from pylot.text.positions import Position, PositionEncoding, Range

UTF16 = PositionEncoding.UTF16


def replace(start: tuple[int, int], end: tuple[int, int], text: str) -> Edit:
    return Edit(Range(Position(*start), Position(*end)), text)


@pytest.mark.parametrize(
    ("text", "edit", "expected"),
    [
        ("abc", replace((0, 1), (0, 2), "X"), ["aXc"]),
        ("a\nb\nc", replace((0, 1), (2, 0), ""), ["ac"]),
        ("a\nb", replace((1, 1), (1, 1), "\n"), ["a\n", "b\n", ""]),
        ("a\nb", replace((9, 9), (9, 9), "c"), ["a\n", "bc"]),
        ("a\r\nb", replace((0, 9), (0, 9), "!"), ["a!\r\n", "b"]),
        ("a\rb\n", replace((1, 0), (1, 1), ""), ["a\r\n", ""]),
        ("a\nb", replace((0, 1), (0, 1), "\r"), ["a\r\n", "b"]),
        ("a\r\nb", replace((0, 1), (0, 1), "\r"), ["a\r", "\r\n", "b"]),
        ("a\rb", replace((1, 0), (1, 0), "\n"), ["a\r\n", "b"]),
        ("x\n\rb", replace((2, 0), (2, 1), "\n"), ["x\n", "\r\n", ""]),
        ("a", Edit(None, "b\nc"), ["b\n", "c"]),
    ],
)
def test_edits_keep_lines_whole(text: str, edit: Edit, expected: list[str]) -> None:
    """T1: a carriage return and a line feed that an edit brings together are one line end."""
    document_text = DocumentText(text).apply([edit], UTF16)

    assert [document_text.line(line_idx) for line_idx in range(document_text.n_lines)] == expected
    assert document_text.text == "".join(expected)


def test_edits_are_made_one_after_another_and_leave_the_old_text_alone() -> None:
    old = DocumentText("ab")
    new = old.apply([replace((0, 0), (0, 0), "é😀"), replace((0, 3), (0, 4), "!")], UTF16)

    assert (old.text, new.text) == ("ab", "é😀!b")


@pytest.mark.parametrize(
    ("offset", "expected"), [(-5, (0, 0)), (0, (0, 0)), (2, (0, 3)), (3, (0, 3)), (4, (1, 0)), (99, (1, 1))]
)
def test_offsets_become_positions(offset: int, expected: tuple[int, int]) -> None:
    assert DocumentText("a😀\r\nb").position_at(offset, UTF16) == Position(*expected)


def test_ten_megabytes_can_be_edited() -> None:
    document_text = DocumentText("x = 1  # é\n" * 1_000_000)
    edited = document_text.apply([replace((500_000, 0), (500_000, 1), "y")], UTF16)

    assert edited.line(500_000) == "y = 1  # é\n"
    assert edited.offset_at(Position(999_999, 0), UTF16) == 999_999 * 11
