"""The first line of a definition's documentation: a docstring, or the comment in front of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from pylot.syntax.languages import language_facts

_LONGEST = 200
_MOST_BYTES = 4_000
_QUOTE = re.compile(rb"[rRuU]?(\"\"\"|'''|\"|')")
_INSIDE = re.compile(r"(?://[/!]?|#+|--+(?:\[\[)?|/\*[*!]*|\*(?!/))?\s*(.*?)\s*(?:\*+/|\]\])?\Z")
_TAG = re.compile(r"</?\w[^<>]*>")
# Attributes stand between a definition and its comment.
_BETWEEN = ("#[", "@", "[")
_MOST_LINES = 60


def docstring_at(data: bytes, start: int) -> str:
    """Return the first line that says something of the string that starts at a byte."""
    quote = _QUOTE.match(data, start)
    if quote is None:
        return ""
    begin = quote.end()
    end = data.find(quote[1], begin, begin + _MOST_BYTES)
    return _first_line(data[begin : end if end >= 0 else begin + _MOST_BYTES].decode("utf-8", "replace").split("\n"))


def comment_above(data: bytes, start: int, language: str) -> str:
    """Return the first line that says something of the comment that ends right above a byte's line."""
    markers = _markers(language)
    end = data.rfind(b"\n", 0, start)
    lines: list[str] = []
    while end > 0 and len(lines) < _MOST_LINES:
        begin = data.rfind(b"\n", 0, end) + 1
        line = data[begin:end].decode("utf-8", "replace").strip()
        if line.startswith(markers) and not line.startswith(("#!", "#[")):
            found = _INSIDE.match(_TAG.sub("", line))
            lines.append(found[1] if found else "")
        elif not line.startswith(_BETWEEN) or lines:
            break
        end = begin - 1
    return _first_line(reversed(lines))


@cache
def _markers(language: str) -> tuple[str, ...]:
    facts = language_facts(language)
    block = ("/*", "*") if facts.block_comment == ("/*", "*/") else facts.block_comment or ()
    return (*facts.line_comments, *block)


def _first_line(lines: Iterable[str]) -> str:
    return next((line.strip()[:_LONGEST] for line in lines if line.strip(" \t\r*/=-#")), "")
