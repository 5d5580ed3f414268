"""Reading on from where a text was read before gives what reading it whole gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.syntax.grammars import PARSED_LANGUAGES
from pylot.syntax.scanner import forget_texts, opening_at_end

LINES = st.sampled_from(
    [
        *["def f(a):", "    return [1,", "class A {", "}", "if x then", "end", "do", "case x:", "fi", "esac"],
        *["x = 'a'", 's = "b', '"""', "/* c", "*/", "// d", "# e", "--[[", "]]", "`t ${", "}`", "<<E", "E", "", "("],
    ]
)
TEXTS = st.lists(LINES, min_size=5, max_size=40).map("\n".join)
# Marks are kept for long texts only, so a long beginning stands before what changes.
HEAD = "value = 1\n" * 300


@pytest.mark.parametrize("language", [*PARSED_LANGUAGES, "kotlin", "nothing"])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(text=TEXTS, typed=st.lists(LINES, max_size=6).map("\n".join), cut=st.integers(0, 200))
def test_reading_on_is_reading_whole(language: str, text: str, typed: str, cut: int) -> None:
    before = HEAD + text
    texts = [before, before + typed, before[: len(before) - cut] + typed, before + "\n" + typed + text]
    forget_texts()
    read_on = [opening_at_end(language, each) for each in texts]
    whole = []
    for each in texts:
        forget_texts()
        whole.append(opening_at_end(language, each))

    assert read_on == whole
