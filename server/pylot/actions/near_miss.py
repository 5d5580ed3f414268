"""What to tell a model whose edit fits nowhere: the lines that come nearest, and where they differ first (T11)."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pylot.kernel.overlap import common_prefix_length
from pylot.text.lines import split_lines, without_terminator

_MOST_LINES = 12
_LONGEST_LINE = 160
# Comparing every line with every other takes long on long texts; beyond this many, only equal lines count.
_MOST_COMPARED = 5_000
_LEAST_ALIKE = 0.5


class Block(Protocol):
    """What a near miss needs to know of an edit."""

    @property
    def search(self) -> str:
        """The text that should stand somewhere."""
        ...

    @property
    def replace(self) -> str:
        """The text that should take its place."""
        ...


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The place that is most like a search text: its first line and how many lines are alike, lines counted from 0.

    `differs` is the first line of the search text, counted from 0, that is not the same there.
    """

    line: int
    n_alike: int
    differs: int


def nearest(text: Sequence[str], search: Sequence[str]) -> NearMiss | None:
    """Return the place where most lines of `search` stand in `text`, or None where none does and none is similar."""
    wanted, there = [line.strip() for line in search], [line.strip() for line in text]
    places: dict[str, list[int]] = {}
    for at, line in enumerate(there):
        places.setdefault(line, []).append(at)
    votes: Counter[int] = Counter()
    for index, line in enumerate(wanted):
        # A line that stands everywhere, such as a closing brace, says little of where it belongs.
        found = places.get(line, ()) if line else ()
        for at in found if len(found) <= len(wanted) + 8 else ():
            votes[at - index] += 1
    if votes:
        most = max(votes.values())
        start = min((at for at, n in votes.items() if n == most), key=lambda at: (at < 0, abs(at)))
        return NearMiss(start, most, _first_difference(text, search, start))
    return _similar(there, wanted, text, search)


def near_miss_report(text: str, block: Block, which: str) -> str:
    """Return what a model should be told so that its next edit fits; it quotes the text."""
    lines, search = _lines(text), _lines(block.search.strip("\r\n"))
    if block.replace.strip() and block.replace in text:
        return f"{which}: the text to search for is not there, but the replacement is. The edit may be done already."
    miss = nearest(lines, search)
    if miss is None:
        return f"{which}: the text to search for is not there, and nothing like it. Read the file again."
    first = max(miss.line, 0)
    shown = "\n".join(line[:_LONGEST_LINE] for line in lines[first : miss.line + min(len(search), _MOST_LINES)])
    return (
        f"{which}: the text to search for is not there. Nearest are the lines from {first + 1}, which are:\n{shown}\n"
        f"{_difference(lines, search, miss)}\nCopy the lines exactly, with their indentation."
    )


def _similar(
    there: Sequence[str], wanted: Sequence[str], text: Sequence[str], search: Sequence[str]
) -> NearMiss | None:
    index, line = max(enumerate(wanted), key=lambda item: len(item[1]))
    # Comparing takes the square of a line's length, and minified files have lines of a megabyte.
    begun = [each[:_LONGEST_LINE] for each in there[:_MOST_COMPARED]]
    found = difflib.get_close_matches(line[:_LONGEST_LINE], begun, n=1, cutoff=_LEAST_ALIKE) if line else []
    if not found:
        return None
    start = begun.index(found[0]) - index
    return NearMiss(start, 0, _first_difference(text, search, start))


def _first_difference(text: Sequence[str], search: Sequence[str], start: int) -> int:
    for index, line in enumerate(search):
        at = start + index
        if not 0 <= at < len(text) or text[at].rstrip() != line.rstrip():
            return index
    return len(search)


def _difference(text: Sequence[str], search: Sequence[str], miss: NearMiss) -> str:
    at = miss.line + miss.differs
    if miss.differs >= len(search):
        return "They differ in a way that cannot be seen, such as a line ending."
    if not 0 <= at < len(text):
        return f"Line {miss.differs + 1} of the search text would lie outside of the file."
    wanted, there = search[miss.differs], text[at]
    column = common_prefix_length(wanted, there) + 1
    return (
        f"The first difference is in line {at + 1}, column {column}:\n"
        f"searched: {wanted[:_LONGEST_LINE]}\nthere is: {there[:_LONGEST_LINE]}"
    )


def _lines(text: str) -> list[str]:
    return [without_terminator(line) for line in split_lines(text)]
