"""In which order the deployments of a model are tried for one request (H14, H15)."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pylot.kernel.errors import ProviderRequestError, PylotError
from pylot.models.routing.changes import Changes
from pylot.models.routing.choice import choose
from pylot.models.routing.deployment import Deployment
from pylot.models.routing.request import Request
from pylot.models.routing.rules import rule_for

_BEFORE_NEXT_GROUP = 1.0
_BEFORE_TRYING_AGAIN = 0.1
_LONGEST_PATIENCE = 30.0
_MOST_TRIES = 2
_MOST_PATIENT_TRIES = 3


@dataclass(frozen=True, slots=True)
class Stop:
    """A deployment and its weight within its group."""

    deployment: Deployment
    weight: float = 1.0


class Tries:
    """Say which deployment is next: all of a group before the next group, each once before any again."""

    def __init__(self, groups: Sequence[Sequence[Stop]], request: Request[Any], changes: Changes) -> None:
        self._groups = groups
        self._request = request
        self._changes = changes
        self._n_tried: Counter[Deployment] = Counter()
        self._errors: dict[Deployment, PylotError] = {}
        self._too_small = 0

    @property
    def error(self) -> PylotError | None:
        """What to tell the user when nothing is left: the first thing that went wrong."""
        return next(iter(self._errors.values()), None)

    def failed(self, deployment: Deployment, error: PylotError) -> None:
        """Take in what a try came to."""
        self._errors[deployment] = error
        profile = deployment.provider.profile
        if isinstance(error, ProviderRequestError) and error.too_long and profile is not None:
            self._too_small = max(self._too_small, profile.context_tokens)

    def n_others(self, deployment: Deployment) -> int:
        """Return how many other deployments could still be tried."""
        return sum(1 for stop in self._stops() if stop.deployment is not deployment and self._is_open(stop))

    async def next(self) -> Deployment | None:
        """Return the next deployment, waiting for room where there will be some; None when nothing is left."""
        for position, group in enumerate(self._groups):
            is_final = position == len(self._groups) - 1
            if stop := await self._find(group, math.inf if is_final else _BEFORE_NEXT_GROUP):
                return self._take(stop)
        stop = await self._find_again() or await self._wait_for_one()
        return self._take(stop) if stop else None

    async def _find(self, group: Sequence[Stop], patience: float) -> Stop | None:
        until = self._until(patience)
        while not self._request.token.cancelled:
            fresh = [stop for stop in group if self._is_fresh(stop)]
            if ready := [stop for stop in fresh if stop.deployment.admits()]:
                return ready[choose([stop.deployment.as_candidate(stop.weight) for stop in ready])]
            waits = [wait for stop in fresh if (wait := stop.deployment.wait_seconds) is not None]
            if not waits or not await self._wait(min(waits), until):
                return None
        return None

    async def _find_again(self) -> Stop | None:
        again = [stop for stop in self._stops() if self._is_worth(stop, _MOST_TRIES) and stop.deployment.admits()]
        if not again or not await self._wait(_BEFORE_TRYING_AGAIN, self._until(math.inf)):
            return None
        return next((stop for stop in again if stop.deployment.admits()), None)

    async def _wait_for_one(self) -> Stop | None:
        until = self._until(_LONGEST_PATIENCE)
        while self._request.is_patient:
            stops = [
                stop for stop in self._stops() if self._is_fresh(stop) or self._is_worth(stop, _MOST_PATIENT_TRIES)
            ]
            if ready := next((stop for stop in stops if stop.deployment.admits()), None):
                return ready
            waits = [wait for stop in stops if (wait := stop.deployment.reopens_in) is not None]
            if not waits or not await self._wait(max(min(waits), _BEFORE_TRYING_AGAIN), until, whole=True):
                return None
        return None

    async def _wait(self, seconds: float, until: float, *, whole: bool = False) -> bool:
        """Wait for a change; return False when it is too late, or for a `whole` wait, when it would become so."""
        left = until - asyncio.get_running_loop().time()
        if left <= 0 or self._request.token.cancelled or (whole and seconds > left):
            return False
        seconds = min(seconds, left)
        await self._changes.wait(None if seconds == math.inf else seconds)
        return not self._request.token.cancelled

    def _until(self, patience: float) -> float:
        end = asyncio.get_running_loop().time() + patience
        return end if self._request.deadline is None else min(end, self._request.deadline)

    def _take(self, stop: Stop) -> Deployment:
        self._n_tried[stop.deployment] += 1
        return stop.deployment

    def _stops(self) -> list[Stop]:
        return [stop for group in self._groups for stop in group]

    def _is_open(self, stop: Stop) -> bool:
        return self._is_fresh(stop) and stop.deployment.admits()

    def _is_fresh(self, stop: Stop) -> bool:
        profile = stop.deployment.provider.profile
        is_too_small = profile is not None and profile.context_tokens <= self._too_small
        return not self._n_tried[stop.deployment] and not is_too_small

    def _is_worth(self, stop: Stop, n_tries: int) -> bool:
        error = self._errors.get(stop.deployment)
        return error is not None and rule_for(error).again and self._n_tried[stop.deployment] < n_tries
