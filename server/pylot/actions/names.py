"""Which words a language takes for a name."""

from __future__ import annotations

import keyword
import re
import unicodedata

_SCRIPT_NAME = re.compile(r"[^\W\d]\w*|[\w$]*\$[\w$]*")
_WORDS = """
    arguments async await break case catch class const continue debugger default delete do else enum eval export
    extends false finally for function if implements import in instanceof interface let new null package private
    protected public return static super switch this throw true try typeof undefined var void while with yield
    any bigint boolean never number object string symbol unknown
"""
_SCRIPT_WORDS = frozenset(_WORDS.split())


def is_name(word: str, language: str) -> bool:
    """Tell whether a word can be the name of something in a language."""
    if unicodedata.normalize("NFKC", word) != word:
        return False
    if language == "python":
        return word.isidentifier() and not keyword.iskeyword(word)
    return bool(_SCRIPT_NAME.fullmatch(word)) and not word[0].isdecimal() and word not in _SCRIPT_WORDS
