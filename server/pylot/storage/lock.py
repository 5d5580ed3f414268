"""An advisory lock between processes of one user."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pylot.kernel.clock import Clock, SystemClock

_RETRY_SECONDS = 0.02


@contextlib.contextmanager
def hold_lock(
    path: Path, timeout: float, *, clock: Clock | None = None, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the lock file at `path` for the duration of the block; the system frees it when the process dies.

    Raises:
        TimeoutError: Somebody else held the lock for longer than `timeout` seconds.
    """
    clock = clock or SystemClock()
    deadline = clock.monotonic() + timeout
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _try_lock(descriptor):
            if clock.monotonic() >= deadline:
                raise TimeoutError(f"{path.name} is held by another process")
            sleep(_RETRY_SECONDS)
        try:
            yield
        finally:
            _unlock(descriptor)
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
