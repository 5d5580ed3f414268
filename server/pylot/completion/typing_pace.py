"""Whether to ask the model right after a key, or to let the next one come that is on its way.

A model that needs longer for an answer than the user for a key finishes none while somebody types on: whatever it
begins is thrown away, and half the processor with it.
"""

from __future__ import annotations

import statistics
from collections import deque

_SPELL_SECONDS = 0.6
# Nobody types faster: what comes sooner was pasted, or is asked twice.
_SHORTEST_GAP = 0.02
_FEWEST_GAPS = 2
_MOST_GAPS = 8
_LONGEST_HOLD = 0.25
_MOST_ANSWERS = 8


class TypingPace:
    """How fast somebody types just now, and how long each model's answers take; times in seconds."""

    def __init__(self) -> None:
        self._gaps: deque[float] = deque(maxlen=_MOST_GAPS)
        self._last = 0.0
        self._answers: dict[str, deque[float]] = {}

    def asked(self, now: float) -> None:
        """Take in that a key was pressed and something asked; a pause ends the spell of typing."""
        gap, self._last = now - self._last, now
        if gap > _SPELL_SECONDS:
            self._gaps.clear()
        elif gap >= _SHORTEST_GAP:
            self._gaps.append(gap)

    def answered(self, model: str, seconds: float) -> None:
        """Take in how long a whole answer took."""
        self._answers.setdefault(model, deque(maxlen=_MOST_ANSWERS)).append(seconds)

    def hold_seconds(self, model: str) -> float:
        """Return how long to wait for the next key: as long as it usually takes, if no answer would come before it."""
        if len(self._gaps) < _FEWEST_GAPS:
            return 0.0
        usual = statistics.median(self._gaps)
        # The median, because the first answer in a file takes many times as long as those that follow.
        answer = statistics.median(self._answers.get(model, (0.0,)))
        return min(usual, _LONGEST_HOLD) if answer > usual else 0.0
