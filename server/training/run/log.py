"""The lines that a run writes of itself."""

from __future__ import annotations

import math
from collections.abc import Callable

from training.schedule import Progress


class RunLog:
    """Gathers losses and says from time to time how training goes."""

    def __init__(self, every_seconds: float, clock: Callable[[], float], progress: Progress) -> None:
        self._every, self._clock, self._progress = every_seconds, clock, progress
        self._losses: list[float] = []
        self._since = clock()
        self._tokens = progress.tokens
        self._due = self._since

    def add(self, loss: float) -> None:
        """Remember the loss of a step; what was not measured is NaN."""
        if not math.isnan(loss):
            self._losses.append(loss)

    def is_due(self) -> bool:
        """Is it time for a line? It is after the first step."""
        return self._clock() >= self._due

    def line(self, scale: float, held_out: float) -> str:
        """Return the line for what happened since the last one."""
        now, progress = self._clock(), self._progress
        rate = (progress.tokens - self._tokens) / max(1e-9, now - self._since)
        trained = sum(self._losses) / len(self._losses) if self._losses else math.nan
        self._losses, self._tokens, self._since, self._due = [], progress.tokens, now, now + self._every
        return (
            f"{progress.seconds / 60:.1f} min, step {progress.step}, {progress.tokens / 1e6:.2f}M tokens, "
            f"loss {trained:.3f}, held-out {held_out:.4f}, {rate:.0f} tokens/s, rate x{scale:.2f}"
        )
