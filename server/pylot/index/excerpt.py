"""The lines of a chunk that show best why it was found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pylot.index.chunk_rows import ChunkRow
from pylot.index.words import stem, words_of

_LINES = 8
_LONGEST_LINE = 160


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some lines of a file from `start_line` on, counted from 0; long lines are cut."""

    start_line: int
    text: str


def excerpt_of(row: ChunkRow, words: Collection[str]) -> Excerpt:
    """Return up to eight lines with as many different of the words, or of their stems, as possible."""
    lines = row.text.split("\n")
    found = [_found_in(line, words) for line in lines]
    last = max(len(lines) - _LINES, 0)
    start = max(range(last + 1), key=lambda at: (len(frozenset().union(*found[at : at + _LINES])), -at))
    shown = [line[:_LONGEST_LINE] for line in lines[start : start + _LINES]]
    return Excerpt(row.start_line + start, "\n".join(shown))


def matched_words(row: ChunkRow, words: Collection[str]) -> list[str]:
    """Return those of the words that a chunk holds, in the order in which they were asked for."""
    found = _found_in(f"{row.path} {row.symbol} {row.text}", words)
    return [word for word in words if word in found]


def _found_in(text: str, words: Collection[str]) -> frozenset[str]:
    there = words_of(text)
    return frozenset(words).intersection((*there, *map(stem, there)))
