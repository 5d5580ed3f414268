"""Texts that generation may copy from, each sent once and searched by what stands before a place."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 4 << 20
_MAX_AGREEMENT = 48
# More places than this with the same last bytes say little, so only the last ones are compared further.
_MAX_PLACES = 2048
_INDENTED = re.compile(rb"(?:\r\n?|\n)[ \t]*")


def flatten(text: bytes) -> bytes:
    """Return a text without the indentation of its lines: code says the same at any depth."""
    return _INDENTED.sub(b"\n", text)


class History:
    """The end of a flat text, ready to be looked up in many sources."""

    def __init__(self, text: bytes) -> None:
        self.end = np.frombuffer(text[-_MAX_AGREEMENT:], dtype=np.uint8)
        self.bounds = {4: _bounds(text, 4, np.uint32), 8: _bounds(text, 8, np.uint64)}


def _bounds(text: bytes, width: int, kind: type[np.uint32 | np.uint64]) -> NDArray[np.unsignedinteger]:
    """Return the last bytes as a number and the next number; nothing ends like a text that is too short."""
    key = int.from_bytes(text[-width:], "big") if len(text) >= width else 0
    # No text holds a byte 255, so there is a next number.
    return np.array([key, key + 1 if len(text) >= width else key], dtype=kind)


class CopySource:
    """One flat text and the places in it, sorted by the `width` bytes (4 or 8) before each."""

    def __init__(self, text: bytes, width: int) -> None:
        text = flatten(text)
        self.data: NDArray[np.uint8] = np.frombuffer(text, dtype=np.uint8)
        self._width = width
        n_places = max(0, len(text) - width)
        windows = np.lib.stride_tricks.sliding_window_view(self.data, width)[:n_places] if n_places else None
        kind = np.dtype(">u4" if width == 4 else ">u8")
        keys = np.zeros(0, kind) if windows is None else np.ascontiguousarray(windows).view(kind)[:, 0]
        keys = keys.astype(kind.newbyteorder("="))
        order = np.argsort(keys, kind="stable").astype(np.int32)
        self._keys = keys[order]
        self._places = order + np.int32(width)

    @property
    def n_bytes(self) -> int:
        """The length of the flat text."""
        return len(self.data)

    def places_after(self, history: History, least: int) -> tuple[int, NDArray[np.int32]]:
        """Return the longest agreement with the end of `history` (at most 48 bytes), and the places it is found at.

        Places lie in order; agreements shorter than `least` or the width are not found.
        """
        first, last = self._keys.searchsorted(history.bounds[self._width])
        if first == last:
            return 0, self._places[:0]
        return self._longest(self._places[first:last][-_MAX_PLACES:], history.end, least)

    def _longest(
        self, places: NDArray[np.int32], history: NDArray[np.uint8], least: int
    ) -> tuple[int, NDArray[np.int32]]:
        agreement = self._width
        while agreement < len(history):
            inside = places[places > agreement]
            longer = inside[self.data[inside - agreement - 1] == history[-agreement - 1]]
            if not len(longer):
                break
            places = longer
            agreement += 1
        return (agreement, places) if agreement >= least else (0, places[:0])


class CopySources:
    """Hold the texts that clients sent, by digest, at most 4 MiB of them, the longest unused leaving first.

    A text costs 13 bytes for each of its own.
    """

    WIDTH = 8

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._sources: OrderedDict[str, CopySource] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, digest: str, text: str) -> None:
        """Take a text; one that is longer than the bound is left out."""
        source = CopySource(text.encode("utf-8", "replace"), self.WIDTH)
        with self._lock:
            self._sources[digest] = source
            self._sources.move_to_end(digest)
            while sum(each.n_bytes for each in self._sources.values()) > self._max_bytes:
                self._sources.popitem(last=False)

    def get(self, digests: Sequence[str]) -> tuple[list[CopySource], list[str]]:
        """Return the texts that are there, in the order asked for, and the digests of those that are not."""
        with self._lock:
            found = [digest for digest in digests if digest in self._sources]
            for digest in reversed(found):
                self._sources.move_to_end(digest)
            return [self._sources[digest] for digest in found], [it for it in digests if it not in self._sources]
