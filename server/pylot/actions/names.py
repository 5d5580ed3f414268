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
_OTHER_WORDS = {
    "go": """
        break case chan const continue default defer else fallthrough for func go goto if import interface map package
        range return select struct switch type var any bool byte error string true false nil iota init main _
    """,
    "java": """
        abstract assert boolean break byte case catch char class const continue default do double else enum extends
        final finally float for goto if implements import instanceof int interface long native new package private
        protected public return short static strictfp super switch synchronized this throw throws transient try void
        volatile while true false null var record yield sealed permits _
    """,
    "rust": """
        as async await break const continue crate dyn else enum extern false fn for gen if impl in let loop match mod
        move mut pub ref return self static struct super trait true type union unsafe use where while abstract become
        box do final macro override priv try typeof unsized virtual yield _
    """,
}


def is_name(word: str, language: str) -> bool:
    """Tell whether a word can be the name of something in a language."""
    if unicodedata.normalize("NFKC", word) != word:
        return False
    if language == "python":
        return word.isidentifier() and not keyword.iskeyword(word)
    if language in _OTHER_WORDS:
        return word.isidentifier() and word not in _OTHER_WORDS[language].split()
    return bool(_SCRIPT_NAME.fullmatch(word)) and not word[0].isdecimal() and word not in _SCRIPT_WORDS
