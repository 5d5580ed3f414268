"""Where lines begin, how they are indented, and how they end."""

from __future__ import annotations

import re
from itertools import pairwise

from pylot.syntax.code_nodes import CodeNode

_FIRST_BLOCK = re.compile(r"^\S.*[:{(\[][ \t]*\r?\n(\t|[ ]{2,8})\S", flags=re.MULTILINE)
_FIRST_INDENT = re.compile(r"^(\t|[ ]{2,8})\S", flags=re.MULTILINE)
_INDENT = re.compile(r"[ \t]*")


def newline_of(text: str) -> str:
    """Return how the lines of a text end."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def line_start(text: str, offset: int) -> int:
    """Return where the line of a place begins."""
    return text.rfind("\n", 0, offset) + 1


def line_end(text: str, offset: int) -> int:
    """Return where the line of a place ends, before its terminator."""
    found = text.find("\n", offset)
    found = len(text) if found < 0 else found
    return found - 1 if found > offset and text[found - 1] == "\r" else found


def next_line(text: str, offset: int) -> int:
    """Return where the line after that of a place begins, or the end of the text."""
    found = text.find("\n", offset)
    return len(text) if found < 0 else found + 1


def indent_at(text: str, offset: int) -> str:
    """Return the white space that the line of a place begins with."""
    found = _INDENT.match(text, line_start(text, offset))
    return found.group() if found else ""


def begins_line(text: str, offset: int) -> bool:
    """Tell whether only white space stands before a place in its line."""
    return not text[line_start(text, offset) : offset].strip(" \t\f")


def indent_unit(text: str) -> str:
    """Return what a text indents one level by, as the first block in it shows."""
    found = _FIRST_BLOCK.search(text) or _FIRST_INDENT.search(text)
    return found.group(1) if found else "    "


def spans_lines(node: CodeNode) -> bool:
    """Tell whether a node goes over the end of a line outside of brackets and strings."""
    pending = [node]
    while pending:
        each = pending.pop()
        children = each.children
        if children and children[0].text in ("(", "[", "{") and children[-1].text in (")", "]", "}"):
            continue
        if each.type in ("string", "template_string"):
            continue
        for before, after in pairwise(children):
            if "\n" in each.code.text[before.end : after.start]:
                return True
        pending += children
    return False
