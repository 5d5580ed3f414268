"""A file held in a quarter of its size, ready to be searched in a fraction of a millisecond."""

from __future__ import annotations

import zlib
from functools import cached_property

from pylot.completion.cursor import leading_blanks
from pylot.completion.flat_text import flatten, with_line_feeds


class PackedFile:
    """One file of the workspace: its flat text and, apart from it, its indentation, both compressed."""

    def __init__(self, path: str, text: str) -> None:
        normalized = with_line_feeds(text)
        flat = flatten(normalized)
        self.path = path
        self._flat = _pack(flat)
        self._blanks = _pack("\n".join(["", *map(leading_blanks, normalized.split("\n")[1:])]))
        self.n_characters = len(normalized)

    @property
    def n_bytes(self) -> int:
        """How much memory its text takes."""
        return len(self._flat) + len(self._blanks)

    def unpack(self) -> UnpackedFile:
        """Return the file ready to be searched."""
        return UnpackedFile(self.path, _unpack(self._flat), self._blanks)


class UnpackedFile:
    """A packed file while it is being searched; line ends are line feeds."""

    def __init__(self, path: str, flat: str, blanks: bytes) -> None:
        self.path = path
        self.flat = flat
        self._blanks = blanks

    @cached_property
    def text(self) -> str:
        """The whole text, which few searches need."""
        lines = zip(_unpack(self._blanks).split("\n"), self.flat.split("\n"), strict=True)
        return "\n".join([blanks + line for blanks, line in lines])


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def _unpack(packed: bytes) -> str:
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")
