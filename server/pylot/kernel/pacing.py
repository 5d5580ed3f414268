"""Work in the background of a process that somebody is waiting for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pylot.kernel.clock import Clock

_WORK_SECONDS = 0.003
_REST_SECONDS = 0.003

T = TypeVar("T")


def paced(items: Iterable[T], clock: Clock, sleep: Callable[[float], None] = time.sleep) -> Iterator[T]:
    """Yield items, with a rest after every three milliseconds: for a thread beside an event loop.

    Python runs one thread at a time, so that a thread which never rests is felt at every key.
    """
    since = clock.monotonic()
    for item in items:
        yield item
        if clock.monotonic() - since >= _WORK_SECONDS:
            sleep(_REST_SECONDS)
            since = clock.monotonic()
