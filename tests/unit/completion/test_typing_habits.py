"""Undo and deletion are told from typing without the editor's help (vscode#255141, tabby#2840)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pylot.completion.change import difference
from pylot.completion.typing_habits import TypingHabits


@pytest.mark.parametrize(
    ("texts", "deletions", "undo"),
    [
        (["a", "ab", "abc"], 0, False),
        (["abc", "ab"], 1, False),
        (["abc", "ab", "a", ""], 3, False),
        (["abc", "ab", "abx"], 0, False),
        (["abc def", "abc", "abc def"], 0, True),
        (["abc def", "abc", "abc def", "abc def!"], 0, False),
        (["a", "ab", "a", "ab"], 0, False),
    ],
)
def test_habits(texts: list[str], deletions: int, undo: bool) -> None:
    habits = TypingHabits(texts[0])
    for before, after in pairwise(texts):
        change = difference(before, after)
        assert change
        habits.on_change(change, after)

    assert (habits.deletions, habits.undo_in_progress) == (deletions, undo)
