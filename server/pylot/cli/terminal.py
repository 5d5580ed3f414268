"""What the commands share for writing to a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TextIO
from unicodedata import category

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

_PAINTED = re.compile(rf"(\x1b\[(?:0|{'|'.join(_CODES.values())})m)")
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Persian and Hindi are not written without them, nor many emoji.
_JOINERS = "\u200c\u200d"


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """Return text in a style where the stream is a terminal that wants colors (`NO_COLOR` is honored)."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if _wants_colors(stream or sys.stdout) else text


def plain(text: str) -> str:
    """Return a text from anybody without what a terminal would obey: escape sequences and marks of direction (T25)."""
    return "".join(
        it if it in "\n\t" or it in _JOINERS or category(it) not in _OBEYED else f"⟨U+{ord(it):04X}⟩" for it in text
    )


def print_json(value: object) -> None:
    """Write a value as indented JSON."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=not is_unicode) + "\n")


def print_lines(*lines: str) -> None:
    """Write lines; of what a terminal would obey only the colors of `paint` are left.

    Names and code of a workspace may come from anybody.
    """
    sys.stdout.write("".join(_harmless(line.rstrip(), sys.stdout) + "\n" for line in lines))
    sys.stdout.flush()


def print_sentence(sentence: str, style: str | None = None) -> None:
    """Write one sentence for the user to stderr."""
    said = f"pylot: {plain(sentence)}"
    sys.stderr.write((paint(said, style, sys.stderr) if style else said) + "\n")


def _wants_colors(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _harmless(line: str, stream: TextIO) -> str:
    if not _wants_colors(stream):
        return plain(line)
    return "".join(part if n % 2 else plain(part) for n, part in enumerate(_PAINTED.split(line)))
