"""Batches made ahead by a thread, in an order that only the number of the window decides."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

_AHEAD = 4

# The windows with these numbers, of so many tokens each.
WindowsOf = Callable[[Sequence[int], int], list[list[int]]]


class Batches:
    """Windows `first`, `first + 1`, ... of the run, of which this process takes every `size`-th.

    A failure while making them is raised by `next`, so that the trainer ends instead of waiting for ever.
    """

    def __init__(self, windows: WindowsOf, first: int, n_windows: int, n_tokens: int, rank: int, size: int) -> None:
        self._windows = windows
        self._rank, self._size = rank, size
        self._n_windows, self._n_tokens = n_windows, n_tokens
        self._ready: queue.Queue[Tensor | BaseException] = queue.Queue(_AHEAD)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._make, args=(first,), daemon=True)
        self._thread.start()

    def next(self) -> Tensor:
        """Return ids of shape (windows of this process, tokens + 1)."""
        batch = self._ready.get()
        if isinstance(batch, BaseException):
            raise batch
        return batch

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        while self._thread.is_alive():
            try:
                self._ready.get(timeout=0.1)
            except queue.Empty:
                continue

    def _make(self, first: int) -> None:
        try:
            while not self._closed.is_set():
                self._ready.put(self._batch(first))
                first += self._n_windows
        except BaseException as failure:
            self._ready.put(failure)

    def _batch(self, first: int) -> Tensor:
        numbers = range(first + self._rank, first + self._n_windows, self._size)
        return torch.from_numpy(np.array(self._windows(numbers, self._n_tokens + 1), np.int64))
