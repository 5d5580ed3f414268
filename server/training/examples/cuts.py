"""Where a middle is taken out of a file: at any character, in the ways people stop to think."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_BOUNDARY = re.compile(r"[.(\[{ =,:<]")
_MOST_BLOCK_LINES = 12
_LONGEST = 1200
_MEAN_SPAN = 60


@dataclass(frozen=True, slots=True)
class Cut:
    """The middle is `text[start:end]`."""

    start: int
    end: int


def cut_at(text: str, line_start: int, rng: random.Random) -> Cut:
    """Return a cut that begins on the line at `line_start`, which is not blank.

    25 % whole lines after their indentation, 30 % rests of lines, 20 % blocks to their end, 15 % several lines,
    10 % short spans within a line or across.
    """
    kind = rng.random()
    line_end = _line_end(text, line_start)
    code_start = line_start + _indentation(text[line_start:line_end])
    if kind < 0.25:
        return Cut(code_start, line_end)
    if kind < 0.55:
        return Cut(_within(text, code_start, line_end, rng), line_end)
    if kind < 0.75:
        return _bounded(_block_start(text, line_start, code_start, line_end, rng), _block_end(text, line_start))
    if kind < 0.90:
        start = code_start if rng.random() < 0.7 else _within(text, code_start, line_end, rng)
        return _bounded(start, _lines_end(text, line_end, rng.randint(1, 7)))
    start = _within(text, code_start, line_end, rng)
    return Cut(start, min(len(text), start + 1 + int(rng.expovariate(1 / _MEAN_SPAN))))


def _within(text: str, start: int, end: int, rng: random.Random) -> int:
    """Return a place in a line, half of the time one after which people pause; never its end.

    Who stops at the end of a line wants the next one: an empty middle would teach to say nothing there.
    """
    if rng.random() < 0.5 and (places := [found.end() for found in _BOUNDARY.finditer(text, start, end - 1)]):
        return rng.choice(places)
    return start + rng.randrange(max(1, end - start))


def _block_start(text: str, line_start: int, code_start: int, line_end: int, rng: random.Random) -> int:
    """Return the beginning of the line, a place in it, or the end of the one above, to begin with a newline."""
    kind = rng.random()
    if kind < 0.25 and line_start > 0:
        return line_start - 1
    return code_start if kind < 0.75 else _within(text, code_start, line_end, rng)


def _block_end(text: str, line_start: int) -> int:
    """Return the end of the last line that is indented at least like the first one, blank lines between included."""
    depth = _indentation(text[line_start : _line_end(text, line_start)])
    end = _line_end(text, line_start)
    place = end
    for _ in range(_MOST_BLOCK_LINES - 1):
        if place >= len(text):
            break
        start = place + 1
        place = _line_end(text, start)
        line = text[start:place]
        if line.strip():
            if _indentation(line) < depth:
                break
            end = place
    return end


def _lines_end(text: str, line_end: int, n_more: int) -> int:
    for _ in range(n_more):
        if line_end >= len(text):
            break
        line_end = _line_end(text, line_end + 1)
    return line_end


def _bounded(start: int, end: int) -> Cut:
    return Cut(start, min(end, start + _LONGEST))


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
