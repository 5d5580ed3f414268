"""How many requests may be made, in a minute and at a time (H10)."""

from __future__ import annotations

import math

from pylot.kernel.clock import Clock

_BURST_SECONDS = 6.0


class Limits:
    """Hold one agent or one provider to its limits, 0 meaning none; the burst is a tenth of a minute's requests."""

    def __init__(self, requests_per_minute: int, concurrency: int, clock: Clock) -> None:
        self._per_second = requests_per_minute / 60
        self._capacity = max(1.0, self._per_second * _BURST_SECONDS)
        self._concurrency = concurrency
        self._clock = clock
        self._tokens = self._capacity
        self._filled = clock.monotonic()
        self._in_flight = 0

    @property
    def wait_seconds(self) -> float:
        """How long until one more request may begin: 0 at once, infinite until one has ended."""
        if self._concurrency and self._in_flight >= self._concurrency:
            return math.inf
        if not self._per_second:
            return 0.0
        self._fill()
        return max(0.0, (1 - self._tokens) / self._per_second)

    def begin(self) -> None:
        """Count a request that begins."""
        self._in_flight += 1
        if self._per_second:
            self._fill()
            self._tokens -= 1

    def end(self) -> None:
        """Count a request that has ended."""
        self._in_flight -= 1

    def _fill(self) -> None:
        now = self._clock.monotonic()
        self._tokens = min(self._capacity, self._tokens + (now - self._filled) * self._per_second)
        self._filled = now
