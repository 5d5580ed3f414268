"""The first line of a definition's documentation: a docstring, or the comment in front of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST = 200
_DOCSTRING = re.compile(rb"[rRuU]?(\"\"\"|'''|\"|')(.*?)\1", re.DOTALL)
_COMMENT_LINE = re.compile(r"\s*(?://[/!]?|#+(?!\[)|--+|;+|/\*[*!]*|\*(?!/)|\"\"\")?\s*(.*?)\s*(?:\*+/)?\s*\Z")
_IS_COMMENT = re.compile(r"\s*(?://|#(?![\[!])|--|/\*|\*)")
_IS_BETWEEN = re.compile(r"\s*(?:#\[|@|\[)")
_MOST_LINES = 60


def docstring_at(data: bytes, start: int) -> str:
    """Return the first line that says something of the string that starts at a byte."""
    found = _DOCSTRING.match(data, start)
    return _first_line(found[2].decode("utf-8", "replace").split("\n")) if found else ""


def comment_above(data: bytes, start: int) -> str:
    """Return the first line that says something of the comment that ends right above a byte's line."""
    end = data.rfind(b"\n", 0, start)
    lines: list[str] = []
    while end > 0 and len(lines) < _MOST_LINES:
        begin = data.rfind(b"\n", 0, end) + 1
        line = data[begin:end].decode("utf-8", "replace")
        if _IS_COMMENT.match(line):
            found = _COMMENT_LINE.match(line)
            lines.append(found[1] if found else "")
        elif not (_IS_BETWEEN.match(line) and not lines):
            break
        end = begin - 1
    return _first_line(reversed(lines))


def _first_line(lines: Iterable[str]) -> str:
    return next((line.strip()[:_LONGEST] for line in lines if line.strip(" \t\r*/=-#")), "")
