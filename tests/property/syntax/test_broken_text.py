"""Broken text is data: nothing here raises, whatever the user is in the middle of typing (design section 8)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.syntax.blocks import block_end, wants_multiline
from pylot.syntax.grammars import PARSED_LANGUAGES
from pylot.syntax.identifiers import identifiers
from pylot.syntax.scopes import place_at
from pylot.syntax.tree import parse
from pylot.syntax.validity import check_validity

PIECES = st.sampled_from(
    [
        *"(){}[]:;,'\"`#/\\<=>|@$ \n\t\r\0",
        *["\n    ", "def f", "end", "do", "if", "then", "case x:", "fi", "<<E\n", "E\n"],
        *["/*", "*/", '"""', "--[[", "😀", "é", "\ud800", "\u2028", "import a", "function", "x = 1"],
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@pytest.mark.parametrize("language", [*PARSED_LANGUAGES, "kotlin", "haskell", "nothing"])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(before=TEXTS, completion=TEXTS, after=TEXTS)
def test_nothing_raises(language: str, before: str, completion: str, after: str) -> None:
    text = before + after
    tree = parse(language, text)

    wants_multiline(language, text, len(before), tree)
    identifiers(text, language)
    assert 0 <= block_end(language, before, completion, after) <= len(completion)
    if tree is not None:
        place_at(tree, len(before))
        check_validity(language, text, len(before), len(before), completion, tree)
        assert all(0 <= problem.start <= problem.end <= len(text) for problem in tree.problems)


@pytest.mark.parametrize("language", PARSED_LANGUAGES)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(before=TEXTS, inserted=TEXTS, after=TEXTS)
def test_reparsing_gives_the_offsets_of_the_new_text(language: str, before: str, inserted: str, after: str) -> None:
    """Offsets count code points, also behind astral characters and lone surrogates."""
    tree = parse(language, before + inserted + after, parse(language, before + after))

    assert tree is not None
    assert tree.to_offset(tree.to_byte(len(before))) == len(before)
    assert tree.to_byte(len(tree.text)) == len(tree.data)
