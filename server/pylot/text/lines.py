r"""Lines as LSP defines them: they end at `\n`, `\r\n` and `\r`, and at nothing else.

`str.splitlines` also breaks at `\f`, `\v`, U+001C to U+001E, U+0085, U+2028 and U+2029,
which shifts every later line.
"""

from __future__ import annotations

import re

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")


def split_lines(text: str) -> list[str]:
    """Return the lines with their terminators; the last one has none, and may be empty."""
    if "\r" not in text:
        *lines, last = text.split("\n")
        return [line + "\n" for line in lines] + [last]
    lines = _LINE.findall(text)
    n_characters = sum(map(len, lines))
    return [*lines, text[n_characters:]]


def without_terminator(line: str) -> str:
    """Return a line's text without its terminator."""
    if line.endswith("\n"):
        return line[:-2] if line.endswith("\r\n") else line[:-1]
    return line[:-1] if line.endswith("\r") else line
