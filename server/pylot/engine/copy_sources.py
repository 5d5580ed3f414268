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
# Bytes that stand in no text, so that nothing agrees beyond the beginning of a history or of a text.
_BEFORE_HISTORY, _BEFORE_TEXT = b"\xfe" * (_MAX_AGREEMENT + 8), b"\xff" * (_MAX_AGREEMENT + 8)
# More places than this with the same last bytes say little, so only the last ones are compared further.
_MAX_PLACES = 2048
_INDENTED = re.compile(rb"(?:\r\n?|\n)[ \t]*")


def flatten(text: bytes) -> bytes:
    """Return a text without the indentation of its lines: code says the same at any depth."""
    return _INDENTED.sub(b"\n", text)


class History:
    """The end of a flat text, ready to be looked up in many sources."""

    def __init__(self, text: bytes) -> None:
        self._end = _BEFORE_HISTORY + text[-_MAX_AGREEMENT:]
        self.bounds = {4: _bounds(text, 4, np.uint32), 8: _bounds(text, 8, np.uint64)}

    def eight_before(self, n_bytes: int) -> np.uint64:
        """Return the eight bytes before the last `n_bytes` as a number, the nearest lowest."""
        return np.uint64(int.from_bytes(self._end[-n_bytes - 8 : -n_bytes], "big"))


def _bounds(text: bytes, width: int, kind: type[np.uint32 | np.uint64]) -> NDArray[np.unsignedinteger]:
    """Return the last bytes as a number and the next number; nothing ends like a text that is too short."""
    key = int.from_bytes(text[-width:], "big") if len(text) >= width else 0
    # No text holds a byte 255, so there is a next number.
    return np.array([key, key + 1 if len(text) >= width else key], dtype=kind)


class CopySource:
    """One flat text and the places in it, sorted by the `width` bytes (4 or 8) before each."""

    def __init__(self, text: bytes, width: int) -> None:
        text = flatten(text)
        padded = _BEFORE_TEXT + text
        self.data: NDArray[np.uint8] = np.frombuffer(padded, dtype=np.uint8)[len(_BEFORE_TEXT) :]
        # The eight bytes from each byte of the padded text on.
        self._eights: NDArray[np.uint64] = np.ndarray((len(padded) - 7,), ">u8", padded, strides=(1,))
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
        return self._longest(self._places[first:last][-_MAX_PLACES:], history, least)

    def _longest(self, places: NDArray[np.int32], history: History, least: int) -> tuple[int, NDArray[np.int32]]:
        agreement = self._width
        while True:
            before = self._eights[places + np.int32(len(_BEFORE_TEXT) - agreement - 8)]
            differing = before ^ history.eight_before(agreement)
            # The lowest bit that differs stands in the nearest byte that does.
            lowest = differing & -differing
            if not lowest.all():
                places = places[lowest == 0]
                agreement += 8
                continue
            n_more = (int(lowest.max()).bit_length() - 1) // 8
            if n_more:
                places = places[lowest >= np.uint64(1 << 8 * n_more)]
            agreement += n_more
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
