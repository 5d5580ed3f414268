"""Hits by words and by meaning become one list (L3)."""

from __future__ import annotations

import pytest

from pylot.index.chunk_rows import Scored
from pylot.index.fusion import fuse

WORDS = [Scored("a", "a.py", 8.0, "Reader.read_file"), Scored("b", "b.py", 4.0, "other")]
MEANING = {"b": 0.8, "c": 0.6, "d": -0.1}

CASES = [
    (WORDS, MEANING, 0.5, (), {"b": 0.75, "a": 0.5, "c": 0.375, "d": 0.0}),
    ([], {"b": 0.8, "c": 0.4}, 0.4, (), {"b": 0.6, "c": 0.2}),
    (WORDS, {}, 1.0, (), {"a": 1.0, "b": 0.5}),
    (WORDS, {}, 1.0, ("other",), {"a": 2 / 3, "b": 2 / 3}),
    (WORDS, {}, 1.0, ("readfile",), {"a": 1.0, "b": 1 / 3}),
    ([], MEANING, 0.4, (), {"b": 0.6, "c": 0.45, "d": 0.0}),
    ([], {}, 0.4, (), {}),
    ([Scored("a", "a.py", 0.0)], {"a": -1.0}, 0.4, (), {}),
]


@pytest.mark.parametrize(("words", "meaning", "weight", "names", "scores"), CASES)
def test_scores_are_combined_by_weight(
    words: list[Scored], meaning: dict[str, float], weight: float, names: tuple[str, ...], scores: dict[str, float]
) -> None:
    found = fuse(words, meaning, weight, names)

    assert found == pytest.approx(scores)
    assert list(found.values()) == sorted(found.values(), reverse=True)
