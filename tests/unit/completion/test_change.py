from __future__ import annotations

import pytest

from pylot.completion.change import TextChange, difference


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("", "", None),
        ("abc", "abc", None),
        ("", "a", TextChange(0, "", "a")),
        ("abc", "abxc", TextChange(2, "", "x")),
        ("abc", "ac", TextChange(1, "b", "")),
        ("aaa", "aaaa", TextChange(3, "", "a")),
        ("aaaa", "aa", TextChange(2, "aa", "")),
        ("a👍b", "a👎b", TextChange(1, "👍", "👎")),
        ("one two", "one three two", TextChange(5, "", "hree t")),
    ],
)
def test_difference(before: str, after: str, change: TextChange | None) -> None:
    assert difference(before, after) == change
