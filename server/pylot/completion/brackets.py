"""Brackets and quotes as characters, for texts too incomplete to parse."""

from __future__ import annotations

import re

OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}
QUOTES = "\"'`"
# A string that ends on its line hides its brackets; an apostrophe in prose, which does not end, hides nothing.
_STRINGS = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\\n])*`'
_BRACKETS = r"[()\[\]{}]"
_TOKENS = re.compile(f"{_STRINGS}|{_BRACKETS}")
_TOKENS_HASH = re.compile(f"{_STRINGS}|#[^\n]*|{_BRACKETS}")
_TOKENS_SLASH = re.compile(rf"{_STRINGS}|//[^\n]*|/\*.*?\*/|{_BRACKETS}", re.DOTALL)
_HASH_COMMENTS = frozenset({"python", "ruby", "bash", "shellscript", "yaml", "toml", "perl", "r", "elixir", "make"})
_SLASH_COMMENTS = frozenset(
    {"javascript", "javascriptreact", "typescript", "typescriptreact", "tsx", "go", "rust", "java", "c", "cpp"}
    | {"csharp", "php", "swift", "kotlin"}
)


def open_quote(line: str) -> str:
    """Return the quote character that a line leaves open at its end, or an empty string."""
    quote = ""
    escaped = False
    for character in line:
        if escaped:
            escaped = False
        elif character == "\\" and quote:
            escaped = True
        elif quote:
            if character == quote:
                quote = ""
        elif character in QUOTES:
            quote = character
    return quote


def outside_closers(text: str, quote: str = "", language: str = "") -> list[int]:
    """Return where `text` closes what was opened before it.

    `quote` is the quote that is open where it begins; with a language, its comments are passed over.
    """
    closers: list[int] = []
    begin = 0
    if quote:
        begin = _end_of_string(text, quote)
        if begin == 0:
            return []
        closers.append(begin - 1)
    depth: list[str] = []
    for match in _tokens(language).finditer(text, begin):
        token = match.group()
        if token in OPENERS:
            depth.append(token)
        elif token in CLOSERS:
            if depth and depth[-1] == CLOSERS[token]:
                depth.pop()
            elif not depth:
                closers.append(match.start())
    return closers


def left_open(text: str, language: str = "") -> list[str]:
    """Return the brackets that `text` opens and does not close, outermost first."""
    depth: list[str] = []
    for match in _tokens(language).finditer(text):
        token = match.group()
        if token in OPENERS:
            depth.append(token)
        elif token in CLOSERS and depth and depth[-1] == CLOSERS[token]:
            depth.pop()
    return depth


def is_balanced(text: str) -> bool:
    """Tell whether every bracket in `text` has its partner in it."""
    return not left_open(text) and not outside_closers(text)


def _tokens(language: str) -> re.Pattern[str]:
    if language in _HASH_COMMENTS:
        return _TOKENS_HASH
    return _TOKENS_SLASH if language in _SLASH_COMMENTS else _TOKENS


def _end_of_string(text: str, quote: str) -> int:
    """Where the string that is open at the beginning ends (behind its quote), or 0."""
    escaped = False
    for index, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == quote:
            return index + 1
        elif character == "\n":
            return 0
    return 0
