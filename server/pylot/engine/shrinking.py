"""Start with less after a crash that memory explains, rather than to crash the same way again (requirement I12)."""

from __future__ import annotations

from collections.abc import Callable

from pylot.engine.free_memory import oom_kills

_UNEXPLAINED_CRASHES = 3


class Shrinking:
    """How many steps smaller the next engine starts; one that has become smaller stays so for this window's life."""

    def __init__(self, count_kills: Callable[[], int] = oom_kills) -> None:
        self._count_kills = count_kills
        self._n_kills = count_kills()
        self._n_crashes = 0
        self._n_steps = 0

    def before_start(self, n_crashes: int) -> int:
        """Return the steps for a start, given how many recent crashes there were.

        A crash while the system ended processes for want of memory costs a step; so does the third of those that
        nobody explains.
        """
        n_kills = self._count_kills()
        if n_crashes > self._n_crashes and (n_kills > self._n_kills or n_crashes >= _UNEXPLAINED_CRASHES):
            self._n_steps += 1
        self._n_crashes, self._n_kills = n_crashes, n_kills
        return self._n_steps
