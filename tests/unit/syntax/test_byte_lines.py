"""Lines and columns of bytes."""

from __future__ import annotations

import pytest

from pylot.syntax.byte_lines import ByteLines


@pytest.mark.parametrize(
    ("text", "before", "place"),
    [
        ("", "", (0, 0)),
        ("a", "a", (0, 1)),
        ("a\n", "a\n", (1, 0)),
        ("a\nb", "a\nb", (1, 1)),
        ("a\r\nb", "a\r", (0, 2)),
        ("a\r\nb", "a\r\n", (1, 0)),
        ("\x0ca\x1cb\n", "\x0ca\x1cb", (0, 4)),
        ("a\n\u2028é😀b", "a\n\u2028é😀", (1, 3)),
    ],
)
def test_a_byte_has_the_line_and_the_column_of_what_stands_before_it(
    text: str, before: str, place: tuple[int, int]
) -> None:
    lines = ByteLines(text.encode())
    byte = len(before.encode())

    assert (lines.line(byte), lines.column(byte, lines.line(byte))) == place
