"""How far a count has come: one line that is redrawn on a terminal, and one for every quarter elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO

_PARTS = 4


class ProgressLine:
    """Show `label: 12 of 200` on stderr."""

    def __init__(self, label: str, total: int, stream: TextIO | None = None) -> None:
        self._label = label
        self._total = total
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()

    def update(self, count: int) -> None:
        """Take the newest count."""
        text = f"{self._label}: {count} of {self._total}"
        if self._is_terminal:
            self._stream.write(f"\r\x1b[2K{text}")
        elif count * _PARTS // self._total > (count - 1) * _PARTS // self._total:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the line, so that others may write."""
        if self._is_terminal:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
