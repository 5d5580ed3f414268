"""A progress bar on a terminal, and a line now and then elsewhere."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from pylot.kernel.clock import Clock, SystemClock

_REDRAW_SECONDS = 0.1
_LINE_SHARE = 10
_WIDEST = 40


@dataclass(frozen=True, slots=True)
class Unit:
    """How an amount is written, and how an amount in a second."""

    amount: Callable[[int], str]
    speed: Callable[[float], str]


class ProgressBar:
    """Show how many of how many bytes (or what `unit` says) there are; 0 as the whole means that nobody knows."""

    def __init__(self, stream: TextIO | None = None, clock: Clock | None = None, unit: Unit | None = None) -> None:
        self._unit = unit or _BYTES
        self._stream = stream or sys.stderr
        self._clock = clock or SystemClock()
        self._is_terminal = self._stream.isatty()
        self._began: tuple[float, int] | None = None
        self._drawn = float("-inf")
        self._last_share = -1

    def update(self, n_bytes: int, total: int) -> None:
        """Take the newest figures."""
        now = self._clock.monotonic()
        if self._began is None or n_bytes < self._began[1]:
            self._began = (now, n_bytes)
        is_last = bool(total) and n_bytes >= total
        if self._is_terminal:
            if is_last or now - self._drawn >= _REDRAW_SECONDS:
                self._drawn = now
                self._stream.write("\r\x1b[2K" + self._line(now, n_bytes, total, with_bar=True))
        elif total and n_bytes * _LINE_SHARE // total > self._last_share:
            self._last_share = n_bytes * _LINE_SHARE // total
            self._stream.write(self._line(now, n_bytes, total, with_bar=False) + "\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the line, so that others may write."""
        if self._is_terminal and self._drawn > float("-inf"):
            self._drawn = float("-inf")
            self._stream.write("\n")
            self._stream.flush()

    def _line(self, now: float, n_bytes: int, total: int, *, with_bar: bool) -> str:
        assert self._began is not None
        seconds, fresh = now - self._began[0], n_bytes - self._began[1]
        speed = f", {self._unit.speed(fresh / seconds)}" if seconds > 0 and fresh else ""
        if not total:
            return f"{self._unit.amount(n_bytes)}{speed}"
        left = f", {_time(seconds * (total - n_bytes) / fresh)} left" if seconds > 0 and fresh else ""
        text = f"{n_bytes / total:4.0%} of {self._unit.amount(total)}{speed}{left}"
        width = min(_WIDEST, shutil.get_terminal_size().columns - len(text) - 4)
        if not with_bar or width < 5:
            return text
        n_full = round(width * n_bytes / total)
        return f"[{'#' * n_full}{'.' * (width - n_full)}] {text}"


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.0f} MB" if n_bytes >= 10e6 else f"{n_bytes / 1e6:.1f} MB"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


_BYTES = Unit(_megabytes, lambda speed: f"{speed / 1e6:.1f} MB/s")
FILES = Unit(lambda number: f"{number:,} files", lambda speed: f"{speed:,.0f} files/s")
