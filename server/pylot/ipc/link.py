"""Keep a shared process within reach: start it when needed, start it again when it crashes, give up in time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from pylot.ipc.client import Client
from pylot.ipc.kind import Kind
from pylot.kernel.clock import Clock
from pylot.kernel.errors import OperationCancelledError, PylotError
from pylot.kernel.stories import refusal

_log = logging.getLogger(__name__)
_WINDOW_SECONDS = 180.0
_MAX_CRASHES = 4
_BACKOFF_SECONDS = (0.0, 0.5, 2.0, 5.0)
_FAILURE_MEMORY_SECONDS = 30.0

C = TypeVar("C", bound=Client)

Say = Callable[[str], None]


class Link(Generic[C]):
    """Give out the connection to one process.

    `say` gets each sentence for the user once per spell of trouble, among them `lost`, which says that it crashed.
    A spell is over when the process has run for three minutes.
    """

    def __init__(
        self, kind: Kind, connect: Callable[[], Awaitable[C]], *, clock: Clock, say: Say, lost: str = ""
    ) -> None:
        self._kind = kind
        self._connect = connect
        self._clock = clock
        self._say = say
        self._lost = lost
        self._client: C | None = None
        self._starting: asyncio.Task[C] | None = None
        self._crashes: deque[float] = deque()
        self._failure: tuple[float, PylotError] | None = None
        self._said: set[str] = set()
        self._ready_since = clock.monotonic()
        self._closed = False

    @property
    def client(self) -> C | None:
        """The open connection, or None while there is none."""
        return self._client if self._client and not self._client.is_lost else None

    @property
    def failure(self) -> PylotError | None:
        """Why the process cannot be had, or None."""
        return self._failure[1] if self._failure else None

    @property
    def n_crashes(self) -> int:
        """How often the process has crashed in the last minutes."""
        self._drop_old_crashes()
        return len(self._crashes)

    async def get(self) -> C:
        """Return the connection, waiting for a start or restart.

        Raises:
            PylotError: the process cannot be had now, with the sentence that says why.
        """
        if self._closed:
            raise self._kind.unavailable("Pylot is shutting down.")
        if (client := self.client) is not None:
            return client
        if self._failure and self._clock.monotonic() - self._failure[0] < _FAILURE_MEMORY_SECONDS:
            raise self._failure[1]
        # One that has given up is done before its callback has run.
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(self._started)
        starting = self._starting
        # Others wait for the same start, so a caller who gives up must not end it.
        await asyncio.wait([starting])
        if starting.cancelled():
            raise self._kind.unavailable("Pylot is shutting down.")
        return starting.result()

    async def close(self) -> None:
        """Let go of the process."""
        self._closed = True
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def _start(self) -> C:
        """Start the process; every failure becomes a `PylotError`."""
        self._drop_old_crashes()
        if len(self._crashes) >= _MAX_CRASHES:
            raise self._kind.unavailable(
                f"The {self._kind.name} crashed {len(self._crashes)} times in {_WINDOW_SECONDS / 60:.0f} minutes; "
                "Pylot rests and tries again some minutes later. `pylot doctor` says more."
            )
        await asyncio.sleep(_BACKOFF_SECONDS[min(len(self._crashes), len(_BACKOFF_SECONDS) - 1)])
        try:
            client = await self._connect()
        except self._kind.crashed:
            self._crashes.append(self._clock.monotonic())
            raise
        except PylotError:
            raise
        except Exception as error:
            why = f": {refusal(error)}" if isinstance(error, OSError) else ""
            sentence = f"The {self._kind.name} could not be started{why}."
            raise self._kind.unavailable(sentence, detail=repr(error)) from error
        client.on_lost(self._on_lost)
        return client

    def _started(self, task: asyncio.Task[C]) -> None:
        if self._starting is task:
            self._starting = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._client, self._failure = task.result(), None
            self._ready_since = self._clock.monotonic()
        elif isinstance(error, OperationCancelledError):
            _log.info("start given up: %s", error.sentence)
        elif isinstance(error, PylotError):
            _log.warning("%s not available: %s %s", self._kind.name, error.sentence, error.detail)
            self._failure = (self._clock.monotonic(), error)
            self._say_once(error.sentence)

    def _on_lost(self) -> None:
        self._client = None
        now = self._clock.monotonic()
        if now - self._ready_since > _WINDOW_SECONDS:
            self._said.clear()
        self._crashes.append(now)
        _log.warning("%s lost, crash %d", self._kind.name, len(self._crashes))
        if self._lost:
            self._say_once(self._lost)

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._say(sentence)

    def _drop_old_crashes(self) -> None:
        while self._crashes and self._clock.monotonic() - self._crashes[0] > _WINDOW_SECONDS:
            self._crashes.popleft()
