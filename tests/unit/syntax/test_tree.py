from __future__ import annotations

import itertools
import time

import pytest

from pylot.syntax.grammars import PARSED_LANGUAGES, grammar
from pylot.syntax.tree import LARGEST_TEXT, SyntaxProblem, parse
from pylot.syntax.tree_cache import TreeCache


def test_problems_are_measured_in_code_points() -> None:
    tree = parse("python", "# 😀\ud800é\nx = = 1\n")

    assert tree is not None
    assert tree.error_count == 1
    assert tree.problems == (SyntaxProblem(10, 11, False),)


def test_an_incremental_tree_equals_a_fresh_one() -> None:
    before, after = "def f():\n    '😀'\n    return 1\n", "def f(a):\n    '😀'\n    return a\n"

    again = parse("python", after, parse("python", before))
    fresh = parse("python", after)

    assert again is not None
    assert fresh is not None
    assert str(again.root) == str(fresh.root)
    assert parse("python", after, again) is again


@pytest.mark.parametrize(("language", "text"), [("cobol", "x"), ("python", "x" * (LARGEST_TEXT + 1))])
def test_no_tree_without_a_grammar_or_for_a_huge_text(language: str, text: str) -> None:
    assert parse(language, text) is None


def test_no_tree_when_the_budget_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: parsing is given 200 ms; here each look at the clock costs one."""
    monkeypatch.setattr(time, "thread_time", itertools.count().__next__)

    assert parse("python", "x = [\n" * 5000) is None


@pytest.mark.parametrize("language", PARSED_LANGUAGES)
def test_every_grammar_loads(language: str) -> None:
    assert grammar(language) is not None


def test_the_cache_returns_the_same_tree() -> None:
    cache = TreeCache()

    first = cache.tree("python", "x = 1")

    assert cache.tree("python", "x = 1") is first
    assert cache.tree("python", "x = 12") is not first
    assert cache.tree("none", "x") is None
