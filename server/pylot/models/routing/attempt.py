"""One try at one deployment: watched, timed and logged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Generic, TypeVar, cast

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.errors import ProviderUnavailableError, PylotError
from pylot.kernel.stories import story
from pylot.models.routing.asker import Asker
from pylot.models.routing.call_log import Call, CallLog
from pylot.models.routing.deployment import Deployment, Visit
from pylot.models.routing.request import Request
from pylot.models.routing.result_cache import WHOLE_ANSWERS
from pylot.models.values import Usage

_log = logging.getLogger(__name__)
T = TypeVar("T")

# A provider that ends by itself at the deadline can say what was generated; cutting it off cannot.
_OWN_SHARE_OF_TIME = 0.95
_LONGEST_SILENCE = 0.8
_SHORTEST_CHANCE = 0.02
_AFTERMATH_SECONDS = 0.5


class Attempt(Generic[T]):
    """Stream what one deployment answers.

    Raises `PylotError` when it fails, and `DeadlineReached` when the request's time is over; `begun` then tells whether
    part of the answer has been given out, after which nobody else may go on with it.
    """

    def __init__(
        self, deployment: Deployment, request: Request[T], asker: Asker, *, clock: Clock, call_log: CallLog
    ) -> None:
        self.begun = False
        self._deployment = deployment
        self._request = request
        self._asker = asker
        self._clock = clock
        self._call_log = call_log
        self._began = clock.monotonic()
        self._first_ms: float | None = None
        self._usage: Usage | None = None
        self._outcome = "abandoned"
        self._longest_silence = _LONGEST_SILENCE

    async def stream(self, first_by: float | None) -> AsyncGenerator[T, None]:
        """Yield values up to the last; `first_by` is the loop's time by which the first must have come."""
        visit = self._deployment.begin()
        if first_by is not None:
            self._longest_silence = self._silence_within(first_by - asyncio.get_running_loop().time())
        token = CancellationToken()
        unlink = self._request.token.on_cancel(token.cancel)
        self._request.token.on_hurry(token.hurry)
        try:
            async with contextlib.aclosing(self._watched(visit, token, first_by)) as values:
                async for value in values:
                    yield value
        except PylotError as error:
            self._outcome = type(error).__name__
            visit.failed(error)
            raise
        finally:
            if not self.begun and self._outcome in ("abandoned", "deadline") and self._was_silent_for_long():
                visit.failed(self._silence())
            unlink()
            token.cancel("finished")
            visit.end()
            self._write_down()

    async def _watched(self, visit: Visit, token: CancellationToken, first_by: float | None) -> AsyncGenerator[T, None]:
        left = self._request.left
        milliseconds = None if left is None else left * 1000 * _OWN_SHARE_OF_TIME
        # Providers write their streams as generators, which must be closed to let go of their connections.
        started = cast(AsyncGenerator[T, None], self._request.start(self._deployment, milliseconds, token))
        async with contextlib.aclosing(started) as values:
            while True:
                value = await self._next(values, self._request.deadline if self.begun else first_by)
                self._observe(value, visit)
                yield value
                if self._request.is_last(value):
                    break
            # Providers use the moment after the last value to keep their connection for the next request.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_AFTERMATH_SECONDS):
                    await anext(values, None)

    async def _next(self, values: AsyncIterator[T], limit: float | None) -> T:
        scope = asyncio.timeout_at(limit)
        try:
            async with scope:
                return await anext(values)
        except StopAsyncIteration as error:
            raise ProviderUnavailableError(f"{self._name} broke off.") from error
        except PylotError:
            raise
        except Exception as error:
            if not (isinstance(error, TimeoutError) and scope.expired()):
                _log.error("provider failed: %s", story(error))
                raise ProviderUnavailableError(
                    f"{self._name} failed in an unexpected way; the log says more."
                ) from error
            if limit == self._request.deadline:
                self._outcome = "deadline"
                raise DeadlineReached from error
            raise self._silence() from error

    def _observe(self, value: T, visit: Visit) -> None:
        if isinstance(value, Usage):
            self._usage, self._outcome = value, value.finish
            if not self.begun and value.finish not in ("cancelled", "deadline"):
                visit.answered(None)
            if value.finish in WHOLE_ANSWERS:
                visit.completed()
            return
        if not self.begun:
            self.begun = True
            self._first_ms = (self._clock.monotonic() - self._began) * 1000
            visit.answered(self._first_ms)
        if self._request.is_last(value):
            self._outcome = "end"

    def _was_silent_for_long(self) -> bool:
        return self._clock.monotonic() - self._began >= self._longest_silence

    @staticmethod
    def _silence_within(seconds: float) -> float:
        """Return how long a silence counts as a failure when there are so many seconds; nobody can hurry for ever."""
        return min(_LONGEST_SILENCE, 0.9 * seconds) if seconds >= _SHORTEST_CHANCE else float("inf")

    def _silence(self) -> ProviderUnavailableError:
        seconds = self._clock.monotonic() - self._began
        return ProviderUnavailableError(f"{self._name} was silent for {seconds:.1f} s.")

    @property
    def _name(self) -> str:
        return self._deployment.place.name

    def _write_down(self) -> None:
        if not self._request.logged:
            return
        elapsed = self._clock.monotonic() - self._began
        usage = self._usage or Usage(self._outcome)
        self._call_log.add(
            Call(
                agent=self._asker.agent,
                role=self._asker.role,
                model=self._deployment.place.model,
                provider=self._deployment.place.provider,
                began=self._clock.wall() - elapsed,
                outcome=self._outcome,
                latency_ms=elapsed * 1000,
                first_token_ms=self._first_ms,
                prompt_tokens=usage.prompt_tokens,
                cached_tokens=usage.reused_tokens,
                generated_tokens=usage.generated_tokens,
                decode_ms=usage.decode_ms,
            )
        )


class DeadlineReached(Exception):  # noqa: N818 - the usual end of a stream, no error
    """The request's time is over."""
