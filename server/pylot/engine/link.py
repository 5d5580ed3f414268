"""Keep one engine within reach: start it when it is needed, start it again when it crashes, give up in time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from pylot.engine.client import EngineClient
from pylot.engine.running import wait_until_gone
from pylot.kernel.clock import Clock
from pylot.kernel.errors import EngineCrashedError, EngineUnavailableError, OperationCancelledError, PylotError

_log = logging.getLogger(__name__)
_WINDOW_SECONDS = 180.0
_MAX_CRASHES = 4
_BACKOFF_SECONDS = (0.0, 0.5, 2.0, 5.0)
_FAILURE_MEMORY_SECONDS = 30.0

Connect = Callable[[], Awaitable[EngineClient]]
Say = Callable[[str], None]


class EngineLink:
    """Give out the connection to one engine.

    `say` gets each sentence for the user once per spell of trouble.
    A spell is over when an engine has run for three minutes.
    """

    def __init__(self, connect: Connect, *, clock: Clock, say: Say) -> None:
        self._connect = connect
        self._clock = clock
        self._say = say
        self._client: EngineClient | None = None
        self._starting: asyncio.Task[EngineClient] | None = None
        self._crashes: deque[float] = deque()
        self._failure: tuple[float, PylotError] | None = None
        self._said: set[str] = set()
        self._ready_since = clock.monotonic()
        self._closed = False

    @property
    def client(self) -> EngineClient | None:
        """The open connection, or None while there is none."""
        return self._client if self._client and not self._client.is_lost else None

    @property
    def failure(self) -> PylotError | None:
        """Why the engine cannot be had, or None."""
        return self._failure[1] if self._failure else None

    @property
    def n_crashes(self) -> int:
        """How often the engine has crashed in the last minutes."""
        self._drop_old_crashes()
        return len(self._crashes)

    async def get(self) -> EngineClient:
        """Return the connection, waiting for a start or restart.

        Raises:
            PylotError: the engine cannot be had now, with the sentence that says why.
        """
        if self._closed:
            raise EngineUnavailableError("Pylot is shutting down.")
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
            raise EngineUnavailableError("Pylot is shutting down.")
        return starting.result()

    async def release(self) -> bool:
        """Let the engine end to make room for another model; false when it stays. The next `get` starts it again."""
        if (client := self.client) is None:
            return True
        if not await client.leave():
            return False
        self._client = None
        await client.close()
        await asyncio.to_thread(wait_until_gone, client.pid)
        return True

    async def close(self) -> None:
        """Let go of the engine."""
        self._closed = True
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def _start(self) -> EngineClient:
        """Start an engine; every failure becomes a `PylotError`."""
        self._drop_old_crashes()
        if len(self._crashes) >= _MAX_CRASHES:
            raise EngineUnavailableError(
                f"The engine crashed {len(self._crashes)} times in {_WINDOW_SECONDS / 60:.0f} minutes; "
                "Pylot rests and tries again some minutes later. `pylot doctor` says more."
            )
        await asyncio.sleep(_BACKOFF_SECONDS[min(len(self._crashes), len(_BACKOFF_SECONDS) - 1)])
        try:
            client = await self._connect()
        except EngineCrashedError:
            self._crashes.append(self._clock.monotonic())
            raise
        except PylotError:
            raise
        except Exception as error:
            raise EngineUnavailableError("The engine could not be started.", detail=repr(error)) from error
        client.on_lost(self._on_lost)
        return client

    def _started(self, task: asyncio.Task[EngineClient]) -> None:
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
            _log.warning("engine not available: %s %s", error.sentence, error.detail)
            self._failure = (self._clock.monotonic(), error)
            self._say_once(error.sentence)

    def _on_lost(self) -> None:
        self._client = None
        now = self._clock.monotonic()
        if now - self._ready_since > _WINDOW_SECONDS:
            self._said.clear()
        self._crashes.append(now)
        _log.warning("engine lost, crash %d", len(self._crashes))
        self._say_once("The model's engine stopped; Pylot starts it again.")

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._say(sentence)

    def _drop_old_crashes(self) -> None:
        while self._crashes and self._clock.monotonic() - self._crashes[0] > _WINDOW_SECONDS:
            self._crashes.popleft()
