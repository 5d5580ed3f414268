"""A client's side of a shared process: requests, streams and cancellation on one connection."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Self

from pylot.ipc.endpoint import Endpoint
from pylot.ipc.frames import Message, encode_frame, read_frame
from pylot.ipc.kind import Kind
from pylot.kernel.cancellation import CancellationToken

_log = logging.getLogger(__name__)
_GREETING_SECONDS = 10.0


class Client:
    """One open connection; `pid` is the process that serves it."""

    def __init__(
        self, kind: Kind, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, welcome: Mapping[str, Any]
    ) -> None:
        self.kind = kind
        try:
            self.pid = int(welcome["pid"])
            self._take_welcome(welcome)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise kind.protocol(f"The {kind.name} does not greet as it should.", detail=repr(error)) from error
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Queue[Message]] = {}
        self._on_lost: list[Callable[[], None]] = []
        self._lost = False
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, endpoint: Endpoint, seconds: float = _GREETING_SECONDS) -> Self:
        """Connect and exchange greetings.

        Raises:
            kind.unavailable: nobody listens or answers in time.
            kind.protocol: the peer speaks another version.
        """
        reader, writer, token = await endpoint.connect()
        try:
            return await cls._greet(endpoint.kind, reader, writer, token, seconds)
        except BaseException:
            writer.close()
            raise

    @classmethod
    async def _greet(
        cls, kind: Kind, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str, seconds: float
    ) -> Self:
        writer.write(encode_frame(kind, {"op": "hello", "version": kind.version, "token": token}))
        try:
            welcome = await asyncio.wait_for(read_frame(kind, reader), seconds)
        except TimeoutError:
            welcome = None
        if welcome is None:
            raise kind.unavailable(f"The {kind.name} does not answer.")
        if "welcome" not in welcome:
            raise kind.protocol(f"A running {kind.name} belongs to another version of Pylot; stop it and try again.")
        return cls(kind, reader, writer, welcome)

    def _take_welcome(self, welcome: Mapping[str, Any]) -> None:
        """Read what else the greeting tells."""

    def _passes_on(self, event: Message) -> bool:
        """Look at an event before whoever asked for it does; false keeps it back, which the last one never is."""
        return True

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return self._lost

    def on_lost(self, callback: Callable[[], None]) -> None:
        """Call back once when the process is gone without `close`."""
        self._on_lost.append(callback)

    async def ask(self, request: Message, token: CancellationToken | None = None) -> Message:
        """Return the last event of a request.

        Raises:
            kind.failed: the request was refused or failed.
            kind.unavailable: the process was lost on the way.
        """
        async for event in self.stream(request, token):
            if "done" in event:
                return event
        raise self.kind.unavailable(f"The {self.kind.name} was lost.")

    async def stream(self, request: Message, token: CancellationToken | None = None) -> AsyncIterator[Message]:
        """Yield the events of a request, the last of which has `done`; raises as `ask` does."""
        if self._lost:
            raise self.kind.unavailable(f"The {self.kind.name} was lost.")
        request_id = f"r{next(self._numbers)}"
        queue: asyncio.Queue[Message] = asyncio.Queue()
        # A request that is too long is refused here, where it costs its sender an error and nobody the connection.
        self.send({**request, "id": request_id})
        self._waiting[request_id] = queue
        unsubscribe = token.on_cancel(lambda _: self._tell("cancel", request_id)) if token else None
        if token and "priority" in request:
            token.on_hurry(lambda: self._tell("hurry", request_id))
        finished = False
        try:
            while not finished:
                event = await queue.get()
                finished = "done" in event
                if not self._passes_on(event):
                    continue
                if event.get("lost"):
                    raise self.kind.unavailable(f"The {self.kind.name} stopped while it was working.")
                if event.get("done") == "error":
                    raise self.kind.failed(str(event.get("error")), detail=str(event.get("detail", "")))
                yield event
        finally:
            if unsubscribe:
                unsubscribe()
            if not finished:
                self._tell("cancel", request_id)
            self._waiting.pop(request_id, None)

    def send(self, message: Message) -> None:
        """Send a message that gets no answer, unless it has an id."""
        self._writer.write(encode_frame(self.kind, message))

    async def close(self) -> None:
        """Let go of the process."""
        self._on_lost.clear()
        # A reading task that has not begun yet would be cancelled without closing anything.
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _tell(self, op: str, request_id: str) -> None:
        if not self._lost and request_id in self._waiting:
            self.send({"op": op, "target": request_id})

    async def _read(self) -> None:
        try:
            while (event := await read_frame(self.kind, self._reader)) is not None:
                queue = self._waiting.get(str(event.get("id")))
                if queue is not None:
                    queue.put_nowait(event)
        except self.kind.protocol as error:
            _log.warning("%s dropped: %s", self.kind.name, error)
        finally:
            self._lost = True
            self._writer.close()
            for queue in self._waiting.values():
                queue.put_nowait({"done": "error", "lost": True})
            callbacks, self._on_lost = self._on_lost, []
            for callback in callbacks:
                callback()
