"""Of a long text what surrounds the cursor is parsed, so that a key costs the same in every file (issue 5)."""

from __future__ import annotations

import time

import pytest

from pylot.syntax import tree_cache
from pylot.syntax.excerpt import WHOLE, Excerpt, excerpt_around, is_short
from pylot.syntax.scopes import place_at
from pylot.syntax.tree import SyntaxTree, parse
from pylot.syntax.tree_cache import TreeCache
from pylot.syntax.validity import ValidityReason, check_validity

FUNCTION = (
    'def function_{0}(first, second):\n    """Add é😀."""\n    total = first + second\n    return (total, {0})\n\n\n'
)
LINES = "".join(FUNCTION.format(number) for number in range(3000))
PLACE = LINES.index("    return (total, 1500)")


def tree_at(cache: TreeCache, text: str, offset: int) -> SyntaxTree:
    tree = cache.tree("python", text, offset)
    assert tree is not None
    return tree


def test_a_short_text_is_parsed_whole() -> None:
    assert excerpt_around("python", LINES[:30_000], 15_000) == WHOLE
    assert is_short("php", LINES)


@pytest.mark.parametrize("offset", [0, 5_000, PLACE, len(LINES) - 5_000, len(LINES)])
def test_an_excerpt_surrounds_its_place_with_whole_statements(offset: int) -> None:
    excerpt = excerpt_around("python", LINES, offset)
    part = excerpt.of(LINES)

    assert excerpt.surrounds(LINES, offset)
    assert len(part) <= 32_000
    assert part.startswith("def ")
    assert parse("python", part).error_count == 0  # type: ignore[union-attr]


def test_an_excerpt_never_begins_in_a_string() -> None:
    begin = PLACE - 20_000
    text = f'{LINES[:begin]}\n"""\n' + "Words without indentation (of any kind.\n" * 400 + f'"""\n{LINES[PLACE:]}'

    excerpt = excerpt_around("python", text, text.index(LINES[PLACE : PLACE + 40]) + 2_000)

    assert text[excerpt.n_before :].startswith('"""\nWords')


def test_offsets_are_those_of_the_text() -> None:
    cache = TreeCache()
    in_docstring = LINES.rindex("Add", 0, PLACE)
    tree = tree_at(cache, LINES, PLACE)

    assert tree.excerpt != WHOLE
    assert place_at(tree, in_docstring).in_string
    assert not place_at(tree, PLACE).in_string
    assert tree.to_offset(tree.to_byte(PLACE)) == PLACE
    assert (tree.to_byte(0), tree.to_byte(len(LINES))) == (0, len(tree.data))


@pytest.mark.parametrize(
    ("insertion", "reason"), [("    total += 1\n", "no_worse"), ("    total = = 1\n", "breaks_syntax")]
)
def test_what_breaks_a_long_text_is_noticed(insertion: str, reason: str) -> None:
    tree = tree_at(TreeCache(), LINES, PLACE)

    assert check_validity("python", LINES, PLACE, PLACE, insertion, tree).reason is ValidityReason(reason)


def test_the_excerpt_stays_while_somebody_types() -> None:
    """Otherwise no tree could be built from the one before it."""
    cache = TreeCache()
    first = tree_at(cache, LINES, PLACE).excerpt
    for typed in ("    x", "    xy", "    xyz = 1\n" * 100):
        text = LINES[:PLACE] + typed + LINES[PLACE:]

        assert tree_at(cache, text, PLACE + len(typed)).excerpt == first

    assert tree_at(cache, text, PLACE - 40_000).excerpt != first


@pytest.mark.parametrize(
    ("other", "shared"), [("abXXde", True), ("abcde", True), ("abe", False), ("abXXdE", False), ("aBXXde", False)]
)
def test_shared(other: str, shared: bool) -> None:
    assert Excerpt(2, 2).is_shared("abcde", other) is shared


def test_what_takes_too_long_is_not_tried_at_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def too_slow(_language: str, text: str, *_: object, **__: object) -> None:
        tried.append(text)

    monkeypatch.setattr(tree_cache, "parse", too_slow)
    cache = TreeCache()
    for n_typed in range(20):
        assert cache.tree("python", LINES[:1000] + "x" * n_typed, 1000 + n_typed) is None

    assert len(tried) == 1


def test_a_busy_machine_does_not_end_a_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: only the processor time that parsing takes counts."""
    monkeypatch.setattr(time, "monotonic", iter(range(0, 10**9, 1000)).__next__)

    assert parse("python", LINES[:30_000]) is not None
