from __future__ import annotations

import pytest

from pylot.evaluation.scoring import edit_distance, edit_similarity, follows_exactly, is_exact, lines_of, similarity
from pylot.evaluation.values import Case, Kind


def case(truth: str, kind: Kind = Kind.LINE) -> Case:
    return Case("project", "a.py", "python", kind, "", 0, truth)


@pytest.mark.parametrize(
    ("kind", "truth", "said", "exact", "follows"),
    [
        (Kind.LINE, "return x", "return x", True, True),
        (Kind.LINE, "return x", "return x  ", True, True),
        (Kind.LINE, "return x\r", "return x", True, True),
        (Kind.REST, "return x", "return", False, False),
        (Kind.REST, "return x", "", False, False),
        # The line is right, but what it would insert besides is not there.
        (Kind.LINE, "return x", "return x\ny = 1", True, False),
        (Kind.BLOCK, "a = 1\n  b = 2", "a = 1\n  b = 2\n", True, True),
        (Kind.BLOCK, "a = 1\n  b = 2", "a = 1", False, True),
        (Kind.BLOCK, "a = 1\n  b = 2", "a = 1\n  b", False, False),
        (Kind.BLOCK, "a = 1\n  b = 2", "a = 1\n  b = 2\n  c = 3", False, False),
    ],
)
def test_what_counts_as_right(kind: Kind, truth: str, said: str, exact: bool, follows: bool) -> None:
    assert (is_exact(case(truth, kind), said), follows_exactly(case(truth, kind), said)) == (exact, follows)


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("abc", "abc", 0), ("ab", "ba", 2), ("xaby", "xby", 1)],
)
def test_edit_distance(left: str, right: str, distance: int) -> None:
    assert edit_distance(left, right) == edit_distance(right, left) == distance


def test_similarity_looks_at_the_line_or_at_the_whole_block() -> None:
    assert edit_similarity("abcd", "abxd") == 0.75
    assert similarity(case("abcd"), "abcd\nmore") == 1.0
    assert similarity(case("ab\ncd", Kind.BLOCK), "ab") == 0.4
    assert similarity(case("ab"), "") == 0.0


def test_lines_lose_blanks_at_their_ends() -> None:
    assert lines_of("a \r\n\n b\t\n\n") == ["a", "", " b"]
