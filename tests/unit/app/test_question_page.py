"""What a user is shown before they answer: all of it, and nothing that passes for something else (T24, T25)."""

from __future__ import annotations

import pytest

from pylot.app.question_page import question_page


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("# a\nx = 1\n", "# a\x0cx = 1\n", ["-# a", "-x = 1", "+# a⟨U+000C⟩x = 1"]),
        ("# a x()\n", "# a\u2028x()\n", ["-# a x()", "+# a⟨U+2028⟩x()"]),
        ("a\n", "a\r\n", ["Only the ends of lines change."]),
        ("a\r\nb\r\n", "a\r\nc\r\n", ["-b", "+c"]),
    ],
)
def test_a_diff_shows_every_change(before: str, after: str, shown: list[str]) -> None:
    """What Python takes for the end of a line is none to other languages, and has to be seen."""
    edit = {"uri": "file:///w/a", "before": before, "after": after}
    asked = {"id": "ask-1", "title": "Change a", "risk": "low", "edits": [edit]}
    lines = question_page(asked).splitlines()

    assert [line for line in lines[3:-2] if line and line[0] in "-+O"] == shown
