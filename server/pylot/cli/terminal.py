"""What the commands share for writing to a terminal."""

from __future__ import annotations

import json
import os
import sys
from typing import TextIO
from unicodedata import category

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Persian and Hindi are not written without them, nor many emoji.
_JOINERS = "\u200c\u200d"


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """Return text in a style where the stream is a terminal that wants colors (`NO_COLOR` is honored)."""
    stream = stream or sys.stdout
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def plain(text: str) -> str:
    """Return what a model says without what a terminal would obey: escape sequences and marks of direction (T25)."""
    return "".join(
        it if it in "\n\t" or it in _JOINERS or category(it) not in _OBEYED else f"⟨U+{ord(it):04X}⟩" for it in text
    )


def print_json(value: object) -> None:
    """Write a value as indented JSON."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_lines(*lines: str) -> None:
    """Write lines."""
    sys.stdout.write("".join(line.rstrip() + "\n" for line in lines))
    sys.stdout.flush()
