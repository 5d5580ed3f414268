"""What surrounds the cursor, on its line and on the lines near it."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"\r\n|\n|\r")
# What editors close by themselves, and what often stands to the right of a place still worth completing.
_INERT_REST = re.compile(r"[)\]}\"'`;:,>\s]*(?:\{\s*)?\Z")
MAX_INERT_REST = 12
_USUAL_LINE = 80


def line_before(prefix: str) -> str:
    """Return the part of the cursor's line that stands before it."""
    return prefix[max(prefix.rfind("\n"), prefix.rfind("\r")) + 1 :]


def rest_of_line(suffix: str) -> str:
    """Return the part of the cursor's line that stands after it, without its line ending."""
    match = _LINE_END.search(suffix)
    return suffix[: match.start()] if match else suffix


def lines_below(suffix: str, limit: int) -> list[str]:
    """Return up to `limit` lines that follow the cursor's line."""
    return _LINE_END.split(suffix, maxsplit=limit + 1)[1 : limit + 1]


def lines_above(prefix: str, limit: int, *, window: int = 20_000) -> list[str]:
    """Return up to `limit` whole lines before the cursor's line, nearest last, looking back `window` characters."""
    # Few lines are long, so mostly a part of the window is enough; its first line may have been cut.
    lines = _LINE_END.split(prefix[-min(window, limit * _USUAL_LINE) :])[:-1]
    if len(lines) <= limit:
        lines = _LINE_END.split(prefix[-window:])[:-1]
    return lines[-limit:]


def is_word_character(character: str) -> bool:
    """Tell whether a character can stand inside a name."""
    return character == "_" or character.isalnum()


def is_mid_word(suffix: str) -> bool:
    """Tell whether the character right of the cursor continues a word."""
    return bool(suffix) and is_word_character(suffix[0])


def is_inert(rest: str) -> bool:
    """Tell whether the rest of a line is only closers and separators, and few of them."""
    return len(rest.rstrip()) <= MAX_INERT_REST and _INERT_REST.match(rest) is not None


def leading_blanks(line: str) -> str:
    """Return the indentation of a line."""
    return line[: len(line) - len(line.lstrip(" \t"))]
