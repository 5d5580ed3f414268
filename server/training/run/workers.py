"""Processes that only make windows, for an accelerator that is faster than one thread can feed."""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.pool import Pool

from training.examples.windows import WindowSource

_PER_TASK = 8

# What the forked processes make windows with; a fork shares it without a copy.
_source: list[WindowSource] = []


class WindowWorkers:
    """Makes windows in `size` processes."""

    def __init__(self, source: WindowSource, size: int) -> None:
        _source[:] = [source]
        self._pool: Pool = get_context("fork").Pool(size)

    def windows(self, numbers: Sequence[int], n_tokens: int) -> list[list[int]]:
        """Return the windows in the order of their numbers."""
        return self._pool.starmap(_window, [(number, n_tokens) for number in numbers], chunksize=_PER_TASK)


def _window(number: int, n_tokens: int) -> list[int]:
    return _source[0].window(number, n_tokens)
