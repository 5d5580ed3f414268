"""Whether looking ahead is worth the processor: only of somebody who takes suggestions."""

from __future__ import annotations

_WEIGHT = 0.15
# About the share of suggestions that people take, before anything is known of this one.
_USUAL_SHARE = 0.3
_LEAST_SHARE = 0.1
_TRIED_EVERY = 8


class AheadWorth:
    """Follow how many of the runs that looked ahead were wanted, the last dozen counting most."""

    def __init__(self) -> None:
        self._share = _USUAL_SHARE
        self._left_out = 0

    def is_worth_it(self) -> bool:
        """Tell whether to look ahead now; where it hardly ever helps, now and then, to see whether that has changed."""
        if self._share >= _LEAST_SHARE:
            return True
        self._left_out = (self._left_out + 1) % _TRIED_EVERY
        return self._left_out == 0

    def begun(self) -> None:
        """Take in that the model looks ahead, for nothing as far as is known."""
        self._share *= 1 - _WEIGHT

    def wanted(self) -> None:
        """Take in that what the model has found or is finding ahead was asked for."""
        self._share = min(1.0, self._share + _WEIGHT)
