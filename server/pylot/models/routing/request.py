"""One request on its way to a deployment, whatever is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pylot.kernel.cancellation import CancellationToken
from pylot.models.routing.deployment import Deployment
from pylot.models.values import Urgency

T = TypeVar("T")

_PATIENT = frozenset({Urgency.AGENT, Urgency.INDEX})


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """What is asked for: `start` begins a stream at a deployment, given the milliseconds left and a token.

    `is_last` knows the value that a whole answer ends with.
    `files` are where the text comes from, and with `stays_here` it goes to no other machine.
    `deadline` is a time of the running loop, shared by all tries; `seconds` is how far off it was at first.
    """

    start: Callable[[Deployment, float | None, CancellationToken], AsyncIterator[T]]
    is_last: Callable[[T], bool]
    urgency: Urgency
    token: CancellationToken
    deadline: float | None = None
    seconds: float = float("inf")
    files: tuple[str, ...] = ()
    stays_here: bool = False
    logged: bool = True

    @property
    def is_patient(self) -> bool:
        """Whether it rather waits than fails."""
        return self.urgency in _PATIENT

    @property
    def left(self) -> float | None:
        """The seconds until the deadline, None when there is none."""
        return None if self.deadline is None else max(0.0, self.deadline - asyncio.get_running_loop().time())
