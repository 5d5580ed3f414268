"""One updating line on a terminal, a line per tenth of the way everywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO


def clock_text(seconds: float) -> str:
    """Return minutes and seconds, as on a stopwatch."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """Show one long step from its start to its end."""

    def __init__(self, title: str, stream: TextIO, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._title = title
        self._stream = stream
        self._monotonic = monotonic
        self._start = monotonic()
        self._tty = stream.isatty()
        self._shown = ("", 0)

    def update(self, phase: str, done: int = 0, total: int = 0) -> None:
        """Say what is being done; with a total, also how far it is."""
        mark = (phase, 10 * done // total if total else 0)
        if mark == self._shown and not self._tty:
            return
        self._shown = mark
        far = f" {done}/{total} ({100 * done // total} %)" if total else ""
        self._write(f"{phase}{far}")

    def finish(self, outcome: str) -> None:
        """Replace the line by what came of the step."""
        self._write(outcome)
        self.abandon()

    def abandon(self) -> None:
        """Leave the line as it is, because the step is over."""
        if self._tty:
            self._stream.write("\n")
            self._stream.flush()

    def _write(self, text: str) -> None:
        line = f"  {self._title}: {text}, {clock_text(self._monotonic() - self._start)}"
        self._stream.write(f"\r\x1b[K{line}" if self._tty else f"{line}\n")
        self._stream.flush()
