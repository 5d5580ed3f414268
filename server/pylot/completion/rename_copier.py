"""Copies with the renames seen in context: a line that follows lines of the same shape, in the names used here.

The names of the lines above the cursor, and of what is typed of its line, are set beside those of earlier lines that
look the same but for their names; what they tell about each other is applied to the line that came next there.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from pylot.completion.copy_confidence import RenamedCopies
from pylot.completion.renaming import Renaming, first_tokens, is_name, tokens_of
from pylot.syntax.identifiers import keywords

_REACH = 600
_MAX_PLACES = 16
_MAX_ALIGNED = 8
_LEAST_TYPED = 3  # as many as `first_tokens` gives
_WINDOW = 40_000
# Everything but the punctuation of ASCII and line feeds; equal shapes have equal marks.
_NO_MARKS = bytes(set(range(256)) - set(string.punctuation.replace("_", "\n").encode()))


@dataclass(frozen=True, slots=True)
class RenamedLine:
    """The rest of the cursor's line and what speaks for it.

    It stands at line `number` of `source`: 0 is the text before the cursor, 1 the one below, the others follow.
    """

    text: str
    copies: RenamedCopies
    source: int
    number: int
    renaming: Renaming


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines with text, flat, and the marks of each, by which those are found that can have a shape.

    To tell a shape a line is cut into tokens, which is slow; its marks are what is left without words and blanks.
    """

    lines: Sequence[str]
    numbers: Sequence[int]
    marks: Sequence[bytes]
    by_first_mark: dict[bytes, list[int]]


@dataclass(slots=True)
class _Votes:
    renaming: Renaming
    source: int = 0
    number: int = 0
    weight: float = 0.0
    agreeing: int = 0
    best: float = 0.0
    match_length: int = 0
    n_aligned: int = 0
    n_applied: int = 0

    def as_line(self, text: str, total: float) -> RenamedLine:
        """Return the line voted for; `total` is the weight of all votes."""
        copies = RenamedCopies(self.match_length, self.agreeing, self.weight / total, self.n_aligned)
        return RenamedLine(text, copies, self.source, self.number, self.renaming)


def predict_renamed(
    before: str, below: str, others: Sequence[str], language: str, *, limit: int = 1
) -> list[RenamedLine]:
    """Return up to `limit` ways in which the cursor's line goes on, the likeliest first.

    `before` and `below` are the flat texts before the cursor and after its line, `others` flat texts of other files;
    the nearest 600 lines of each are looked at.
    """
    search = _Search(before, below, language)
    line_start = before.rfind("\n") + 1
    begin = max(0, line_start - _WINDOW)
    above = _table(before[begin:line_start], last=True)
    search.look_in(above, 0, before.count("\n", 0, begin), nearest_last=True)
    search.look_in(_table(below[:_WINDOW], last=False), 1, 0, nearest_last=False)
    for source, other in enumerate(others, 2):
        search.look_in(_table(other[:_WINDOW], last=False), source, 0, nearest_last=True)
    return search.ranked(limit)


class _Search:
    def __init__(self, before: str, below: str, language: str) -> None:
        self._fixed = keywords(language)
        self._language = language
        start = before.rfind("\n") + 1
        self._typed = before[start:]
        whole = [line for each in before[max(0, start - 4_000) : start].split("\n") if (line := each.rstrip())]
        self._above = whole[-_MAX_ALIGNED:]
        tokens = tokens_of(self._typed)
        # The last token may go on behind the cursor.
        is_cut = bool(tokens) and (self._typed[-1] == "_" or self._typed[-1].isalnum())
        self._typed_tokens = tokens[:-1] if is_cut else tokens
        self._next = below.lstrip("\n").split("\n", 1)[0].rstrip()
        self._votes: dict[str, _Votes] = {}

    def look_in(self, table: _Lines, source: int, first_number: int, *, nearest_last: bool) -> None:
        for place in self._places(table, nearest_last=nearest_last):
            self._vote(table, place, source, first_number)

    def ranked(self, limit: int) -> list[RenamedLine]:
        total = sum(votes.weight for votes in self._votes.values())
        ranked = sorted(self._votes.items(), key=lambda item: -item[1].weight)[:limit]
        return [votes.as_line(text, total) for text, votes in ranked if votes.n_applied]

    def _places(self, table: _Lines, *, nearest_last: bool) -> Iterator[int]:
        step = -1 if nearest_last else 1
        found: dict[int, None] = {}
        if self._above:
            alike = self._alike(table, step)
            found |= dict.fromkeys(place + 1 for place in islice(alike, _MAX_PLACES))
        if len(self._typed_tokens) >= _LEAST_TYPED:
            begun = self._begun_alike(table, step)
            found |= dict.fromkeys(islice(begun, _MAX_PLACES))
        return (place for place in found if place < len(table.lines))

    def _alike(self, table: _Lines, step: int) -> Iterator[int]:
        shape, marks = _shape_of(self._above[-1], self._language), _marks(self._above[-1])
        for place in table.by_first_mark.get(marks[:1], [])[::step]:
            if table.marks[place] == marks and _shape_of(table.lines[place], self._language) == shape:
                yield place

    def _begun_alike(self, table: _Lines, step: int) -> Iterator[int]:
        tokens = self._typed_tokens[:_LEAST_TYPED]
        shape, marks = _shape(tokens, self._fixed), _marks("".join(tokens))
        word = tokens[0] if tokens[0] in self._fixed else ""
        places = table.by_first_mark.get(marks[:1], []) if marks else range(len(table.lines))
        for place in places[::step]:
            line = table.lines[place]
            may_be = line.startswith(word) and table.marks[place].startswith(marks)
            if may_be and _beginning_of(line, self._language) == shape:
                yield place

    def _vote(self, table: _Lines, place: int, source: int, first_number: int) -> None:
        line = table.lines[place]
        renaming = Renaming(self._fixed)
        if not renaming.learn(tokens_of(line)[: len(self._typed_tokens)], self._typed_tokens):
            return
        n_aligned, length = 0, len(self._typed)
        for back, above in enumerate(reversed(self._above), 1):
            if back > place or not renaming.learn(tokens_of(table.lines[place - back]), tokens_of(above)):
                break
            n_aligned += 1
            length += len(above)
        if not n_aligned and len(self._typed_tokens) < _LEAST_TYPED:
            return
        renamed = renaming.apply(line)
        rest = renamed[len(self._typed) :].rstrip()
        if not rest or not renamed.startswith(self._typed) or renamed.strip() in (self._next, *self._above[-1:]):
            return
        if self._count(rest, renaming, n_aligned, length):
            self._votes[rest].source, self._votes[rest].number = source, first_number + table.numbers[place]

    def _count(self, rest: str, renaming: Renaming, n_aligned: int, length: int) -> bool:
        """Count a vote; return whether it is the loudest so far."""
        weight = 2.0 ** min(length / 12.0, 40.0)
        votes = self._votes.setdefault(rest, _Votes(renaming))
        votes.weight += weight
        votes.agreeing += 1
        if weight <= votes.best:
            return False
        votes.best, votes.match_length, votes.n_aligned = weight, length, n_aligned
        votes.renaming, votes.n_applied = renaming, renaming.n_applied
        return True


@lru_cache(maxsize=12)
def _table(text: str, *, last: bool) -> _Lines:
    # A tuple for each line would be clearer, and would set off the garbage collector, which takes longer than all this.
    lines, all_marks = [line.rstrip() for line in text.split("\n")], _marks(text).split(b"\n")
    numbers = [number for number, line in enumerate(lines) if line]
    numbers = numbers[-_REACH:] if last else numbers[:_REACH]
    marks = [all_marks[number] for number in numbers]
    by_first_mark: dict[bytes, list[int]] = defaultdict(list)
    for place, each in enumerate(marks):
        by_first_mark[each[:1]].append(place)
    return _Lines([lines[number] for number in numbers], numbers, marks, dict(by_first_mark))


def _marks(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass").translate(None, _NO_MARKS)


@lru_cache(maxsize=16_384)
def _shape_of(line: str, language: str) -> str:
    """Return a line with every name that is no keyword made the same."""
    return _shape(tokens_of(line), keywords(language))


@lru_cache(maxsize=16_384)
def _beginning_of(line: str, language: str) -> str:
    """Return the shape of the first three tokens of a line."""
    return _shape(first_tokens(line), keywords(language))


def _shape(tokens: Sequence[str], fixed: frozenset[str]) -> str:
    return " ".join([token if token in fixed or not is_name(token) else "$" for token in tokens])
