"""What is kept flat from key to key is what flattening anew would give (issue 4)."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pylot.completion.cursor import rest_of_line
from pylot.completion.flat_text import FlatTexts, flatten
from pylot.completion.values import CompletionRequest

TEXTS = st.text(alphabet="ab \t\n\r", max_size=30)
PLACES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), min_size=1, max_size=12)


@settings(deadline=None, derandomize=True, database=None)
@example(["a\r\n", "", ""], [(0, 0), (0, 2)])
@given(st.lists(TEXTS, min_size=3, max_size=3), PLACES)
def test_moving_and_changing_gives_what_flattening_gives(texts: list[str], places: list[tuple[int, int]]) -> None:
    texts[1] = texts[0] + texts[1]
    flat_texts = FlatTexts()
    for number, place in places:
        text = texts[number]
        offset = min(place, len(text))
        around = flat_texts.around(CompletionRequest("u", "a.py", "python", 1, text, offset))
        lower = text[offset:][len(rest_of_line(text[offset:])) :]

        assert (around.prefix, around.before) == (text[:offset], flatten(text[:offset]))
        assert (around.lower, around.below) == (lower, flatten(lower))


@settings(deadline=None, derandomize=True, database=None)
@given(TEXTS)
def test_flat_is_without_the_blanks_at_the_beginning_of_lines(text: str) -> None:
    assert flatten(text) == re.sub(r"(?:\r\n?|\n)[ \t]*", "\n", text)
