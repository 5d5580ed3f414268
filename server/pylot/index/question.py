"""What somebody asks the index, and what kind of question it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from pylot.index.chunk_rows import ANYTHING, Filters
from pylot.index.words import asked_words, says_nothing, words_of

# A name of several parts, a path, a call or something in quotes is not said in prose.
_CODE = re.compile(
    r"""[a-z0-9][A-Z] | [A-Z]{2,}[a-z] | \w_\w | \b_\w | \w(?:\.|::|->|/)\w | \w\( | [`"{};=<>\[\]] | (?<!\w)[@#$]\w""",
    re.VERBOSE,
)
_NAME = re.compile(r"[^\W\d]\w+")
_FEW_WORDS = 3
_MOST_WORDS = 64


class Form(Enum):
    """How a question is put, which decides what is compared."""

    CODE = "names of code"
    KEYWORDS = "a few words"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Question:
    """A question, what it is restricted to, and how many answers are wanted, of each file at most `per_file`."""

    text: str
    limit: int = 10
    filters: Filters = ANYTHING
    per_file: int = 2


def form_of(text: str) -> Form:
    """Return how a question is put; a sentence that mentions names is prose."""
    words = words_of(text)
    is_short = len(text.split()) <= _FEW_WORDS and not any(map(says_nothing, words))
    if len(words) <= 1 or (is_short and _CODE.search(text)):
        return Form.CODE
    return Form.KEYWORDS if is_short else Form.PROSE


def searched_words(text: str, form: Form) -> list[str]:
    """Return the words that are looked for, 64 at most: names as they are, words of prose by their stems."""
    words = list(dict.fromkeys(words_of(text))) if form is Form.CODE else asked_words(text)
    return words[:_MOST_WORDS]


def names_in(text: str) -> list[str]:
    """Return what may be names of code in a question."""
    return _NAME.findall(text)
