"""Identifiers that are unique within one process and short enough to read aloud."""

from __future__ import annotations

import itertools


class IdSequence:
    """Make `prefix-1`, `prefix-2`, ...; not thread-safe, one owner each."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._numbers = itertools.count(1)

    def next(self) -> str:
        """Return the next identifier."""
        return f"{self._prefix}-{next(self._numbers)}"
