"""When to look at the whole workspace again.

A look costs some 25 µs per file, so looking again and again is cheaper to have than watches: inotify takes one of
a limited number per folder, misses network drives, and needs another way on every other system. What an editor tells
comes in between, at once; a changed `.git/HEAD` or `.git/index` (a branch switch) is seen within a second.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pylot.kernel.clock import Clock

Watch = Literal["auto", "always", "never"]

_OFTEN_SECONDS = 2.0
_SELDOM_SECONDS = 60.0
# A look may take this share of one processor's time.
_SHARE = 0.03
_LARGEST_SHARE = 0.1
_GIT_SECONDS = 1.0
_GIT_FILES = ("HEAD", "index")


class WatchSchedule:
    """Tell when a pass is due; `editors_tell` says whether every editor tells of files that change."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self._git = root / ".git"
        self._clock = clock
        self._signature = self._read_signature()
        self._git_checked = clock.monotonic()
        self._begun = clock.monotonic()
        self._ended = clock.monotonic()
        self._cost = 0.0
        self.mode: Watch = "auto"
        self.editors_tell = False

    def began(self) -> None:
        """Take in that a pass has begun."""
        self._begun = self._clock.monotonic()

    def ended(self, cost_seconds: float) -> None:
        """Take in that a pass is over, and how long it worked."""
        self._ended = self._clock.monotonic()
        self._cost = cost_seconds

    def is_due(self) -> bool:
        """Whether to look now."""
        if self.mode == "never":
            return False
        now = self._clock.monotonic()
        if now - self._git_checked >= _GIT_SECONDS:
            self._git_checked = now
            signature = self._read_signature()
            # Some tools write `.git/index` all the time.
            if signature != self._signature and now - self._ended >= self._cost / _LARGEST_SHARE:
                self._signature = signature
                return True
        return now - self._ended >= self.interval

    @property
    def interval(self) -> float:
        """How many seconds lie between two passes."""
        least = _SELDOM_SECONDS if self.mode == "auto" and self.editors_tell else _OFTEN_SECONDS
        return max(least, self._cost / _SHARE)

    def _read_signature(self) -> tuple[int, ...]:
        found = []
        for name in _GIT_FILES:
            try:
                found.append((self._git / name).stat().st_mtime_ns)
            except OSError:
                found.append(0)
        return tuple(found)
