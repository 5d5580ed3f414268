"""Time as a value that tests can drive."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tell the time; every room that measures or waits takes one."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        ...

    def wall(self) -> float:
        """Return seconds since the epoch."""
        ...


class SystemClock:
    """Read the machine's clocks."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def wall(self) -> float:
        """Return seconds since the epoch."""
        return time.time()


class ManualClock:
    """Stand still until a test moves it."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def monotonic(self) -> float:
        """Return the time the test has set."""
        return self.now

    def wall(self) -> float:
        """Return the time the test has set."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        self.now += seconds
