"""Drop files that were seen before, wholly or nearly."""

from __future__ import annotations

import re
from hashlib import blake2b

_SHORTEST_LINE = 16
_TOO_MANY_SEEN = 0.6


class SeenText:
    """Remember texts as hashes of their lines.

    Held-out projects are shown first, so that copies of them that other projects carry are dropped from training.
    """

    def __init__(self) -> None:
        self._files: set[bytes] = set()
        self._lines: set[bytes] = set()

    def is_new(self, text: str) -> bool:
        """Remember a text; false when the file, or more than 60 % of its longer lines, were seen before."""
        file = _hash(re.sub(r"\s+", "", text))
        if file in self._files:
            return False
        self._files.add(file)
        lines = [_hash(line.strip()) for line in text.split("\n") if len(line.strip()) >= _SHORTEST_LINE]
        if sum(line in self._lines for line in lines) > _TOO_MANY_SEEN * len(lines):
            return False
        self._lines.update(lines)
        return True


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
