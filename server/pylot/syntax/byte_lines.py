"""Lines and columns of the bytes of a text, for less than asking tree-sitter for each place."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate


class ByteLines:
    """Know where the lines of an encoded text start.

    Lines count from 0 and end with a line feed; carriage returns only stand before one.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.is_ascii = data.isascii()
        # One more byte makes a line of what is behind the last end of a line, even of nothing.
        lengths = map(len, (data + b".").splitlines(keepends=True))
        self.starts = [0, *accumulate(lengths)][:-1]
        """The byte at which each line starts."""

    def line(self, byte: int) -> int:
        """Return the line that a byte is on."""
        return bisect_right(self.starts, byte) - 1

    def column(self, byte: int, line: int) -> int:
        """Return how many code points of its line stand before a byte."""
        start = self.starts[line]
        return byte - start if self.is_ascii else len(self._data[start:byte].decode("utf-8", "ignore"))
