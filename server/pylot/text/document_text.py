"""The text of one version of a document, never changed in place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from pylot.text.lines import split_lines, without_terminator
from pylot.text.positions import Position, PositionEncoding, Range, code_points, units

_NEAR_LINES = 200


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a range by a text; no range means the whole document."""

    range: Range | None
    text: str


class DocumentText:
    """A document as lines; every offset counts code points.

    An edit costs one copy of the list of lines, so a key in a file of 100 KB takes some tens of microseconds.
    """

    def __init__(self, text: str = "") -> None:
        self._lines: Sequence[str] = split_lines(text)
        self._first_starts: Sequence[int] = (0,)

    @classmethod
    def _of_lines(cls, lines: Sequence[str], first_starts: Sequence[int]) -> DocumentText:
        document_text = cls.__new__(cls)
        document_text._lines = lines
        document_text._first_starts = first_starts
        return document_text

    @cached_property
    def text(self) -> str:
        """The whole text."""
        return "".join(self._lines)

    @cached_property
    def line_starts(self) -> Sequence[int]:
        """The offset at which each line starts."""
        *known, last = self._first_starts
        return [*known, *accumulate(map(len, self._lines[len(known) : -1]), initial=last)]

    def _start_of(self, line_idx: int) -> int:
        """Return where a line starts, without counting through the whole document after every key."""
        n_beyond = line_idx + 1 - len(self._first_starts)
        if n_beyond > _NEAR_LINES or "line_starts" in self.__dict__:
            return self.line_starts[line_idx]
        if n_beyond <= 0:
            return self._first_starts[line_idx]
        return self._first_starts[-1] + sum(map(len, self._lines[line_idx - n_beyond : line_idx]))

    @property
    def n_lines(self) -> int:
        """The number of lines; an empty document has one."""
        return len(self._lines)

    def line(self, line_idx: int) -> str:
        """Return one line with its terminator."""
        return self._lines[line_idx]

    def column_at(self, position: Position, encoding: PositionEncoding) -> tuple[int, int]:
        """Return a place as a line and a count of code points within it.

        A place past the end of its line is the line's end before its terminator;
        a line past the last one is the end of the document (as in the npm package vscode-languageserver-textdocument).
        """
        if position.line < 0:
            return 0, 0
        if position.line >= self.n_lines:
            return self.n_lines - 1, len(self._lines[-1])
        body = without_terminator(self._lines[position.line])
        return position.line, code_points(body, position.character, encoding)

    def offset_at(self, position: Position, encoding: PositionEncoding) -> int:
        """Return the offset of a place, clamped like `column_at`."""
        line_idx, column = self.column_at(position, encoding)
        return self._start_of(line_idx) + column

    def position_at(self, offset: int, encoding: PositionEncoding) -> Position:
        """Return the place of an offset; inside a terminator that is the line's end, outside the text its border."""
        line_idx = max(bisect_right(self.line_starts, offset) - 1, 0)
        body = without_terminator(self._lines[line_idx])
        column = max(offset - self.line_starts[line_idx], 0)
        return Position(line_idx, units(body[:column], encoding))

    def apply(self, edits: Iterable[Edit], encoding: PositionEncoding) -> DocumentText:
        """Return the text after the edits, each made in the result of the one before."""
        document_text = self
        for edit in edits:
            if edit.range is None:
                document_text = DocumentText(edit.text)
            else:
                document_text = document_text._replaced(edit.range, edit.text, encoding)
        return document_text

    def _replaced(self, span: Range, text: str, encoding: PositionEncoding) -> DocumentText:
        first, last = sorted((self.column_at(span.start, encoding), self.column_at(span.end, encoding)))
        first_idx, last_idx = first[0], last[0]
        middle = self._lines[first_idx][: first[1]] + text + self._lines[last_idx][last[1] :]
        if middle.startswith("\n") and first_idx > 0 and self._lines[first_idx - 1].endswith("\r"):
            # The edit has brought the two halves of one `\r\n` together.
            first_idx -= 1
            middle = self._lines[first_idx] + middle
        lines = list(self._lines)
        replacement = split_lines(middle)
        if last_idx + 1 < len(lines):
            # The replaced lines end with a terminator, so the split leaves an empty rest that is no line here.
            replacement.pop()
        lines[first_idx : last_idx + 1] = replacement
        # Up to the edit lines begin where they did.
        known = self.line_starts[: first_idx + 1] if "line_starts" in self.__dict__ else self._first_starts
        return DocumentText._of_lines(lines, known[: first_idx + 1])
