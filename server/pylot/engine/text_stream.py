"""Turn token pieces into text: whole characters only, and nothing past a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Feed pieces of bytes, get text that is safe to show.

    What could still become a stop string is held back until it is decided.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped_by = ""

    def feed(self, piece: bytes) -> str:
        """Return the text that has become certain; sets `stopped_by` when a stop string was met."""
        if self.stopped_by:
            return ""
        self._held += self._decoder.decode(piece)
        hits = [(at, stop) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if hits:
            at, self.stopped_by = min(hits)
            safe, self._held = self._held[:at], ""
            return safe
        n_held = self._undecided()
        cut = len(self._held) - n_held
        safe, self._held = self._held[:cut], self._held[cut:]
        return safe

    def flush(self) -> str:
        """Return what was held back, at the end of the stream; half characters are dropped."""
        rest, self._held = self._held, ""
        return "" if self.stopped_by else rest

    def _undecided(self) -> int:
        longest = 0
        for stop in self._stops:
            for size in range(min(len(stop) - 1, len(self._held)), longest, -1):
                if stop.startswith(self._held[-size:]):
                    longest = size
                    break
        return longest
