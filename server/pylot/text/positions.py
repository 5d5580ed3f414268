"""Positions in three encodings (LSP 3.18, "PositionEncodingKind"), and their way to code points and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class PositionEncoding(Enum):
    """What one unit of `Position.character` is; the values are LSP's own names."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters; `character` counts units of an encoding that is named apart."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Range:
    """Everything from `start` up to, not including, `end`."""

    start: Position
    end: Position


def code_points(text: str, n_units: int, encoding: PositionEncoding) -> int:
    """Return how many code points of `text` lie whole within its first `n_units` units.

    A place inside a character rounds down to its start; a place past the end is the end.
    """
    if n_units <= 0:
        return 0
    if encoding is PositionEncoding.UTF32 or text.isascii():
        return min(n_units, len(text))
    if encoding is PositionEncoding.UTF8:
        return _code_points_of_bytes(text, n_units)
    n_astral = 0
    for match in _ASTRAL.finditer(text):
        n_units_before = match.start() + n_astral
        if n_units <= n_units_before:
            break
        if n_units == n_units_before + 1:
            return match.start()
        n_astral += 1
    return min(n_units - n_astral, len(text))


def _code_points_of_bytes(text: str, n_bytes: int) -> int:
    encoded = text.encode("utf-8", "surrogatepass")
    if n_bytes >= len(encoded):
        return len(text)
    while encoded[n_bytes] & 0xC0 == 0x80:
        n_bytes -= 1
    return len(encoded[:n_bytes].decode("utf-8", "surrogatepass"))


def units(text: str, encoding: PositionEncoding) -> int:
    """Return the length of `text` in units; a lone surrogate counts as one unit (three in UTF-8)."""
    if encoding is PositionEncoding.UTF32 or text.isascii():
        return len(text)
    if encoding is PositionEncoding.UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def splits_character(text: str, n_units: int, encoding: PositionEncoding) -> bool:
    """Tell whether a place lies inside a character: between two surrogates, or between two of its bytes."""
    if encoding is PositionEncoding.UTF32 or text.isascii() or n_units <= 0:
        return False
    column = code_points(text, n_units, encoding)
    return column < len(text) and units(text[:column], encoding) != n_units
