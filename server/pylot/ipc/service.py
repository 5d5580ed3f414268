"""Serve a socket: greet clients, hand their commands on, and leave when nobody needs the process any more.

The process leaves when its last client has gone and its idle time is over; a killed client counts as gone.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from pylot.ipc.connection import Connection
from pylot.ipc.frames import Message, read_frame
from pylot.ipc.kind import Kind

_log = logging.getLogger(__name__)
_GREETING_SECONDS = 5.0
_FIRST_CLIENT_SECONDS = 5.0
_GREETING_BYTES = 4096
_MAX_ID_LENGTH = 64

T = TypeVar("T", bound=Connection)
Handler = Callable[[Message, T, str], None]


class Service(Generic[T]):
    """Answer any number of clients on one event loop; who has not greeted is no client yet.

    A subclass names what it does for each command, and what becomes of a client's work when the client has gone.
    """

    def __init__(self, kind: Kind, *, token: str, idle_seconds: float) -> None:
        self._kind = kind
        self._token = token
        self._idle_seconds = idle_seconds
        self._n_clients = 0
        self._n_greeting = 0
        self._stop = asyncio.Event()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_is_over = False
        self._withdraw: Callable[[], None] = lambda: None

    async def run_until_idle(self, withdraw: Callable[[], None]) -> None:
        """Work until nobody needs the process any more; `withdraw` takes its address away before it leaves."""
        self._withdraw = withdraw
        self._begin()
        # Whoever started it connects next, which on a busy machine takes a while.
        self._arm_idle_timer(max(self._idle_seconds, _FIRST_CLIENT_SECONDS))
        try:
            await self._stop.wait()
        finally:
            self.stop()
            await self._end()

    def stop(self) -> None:
        """End `run_until_idle`."""
        if not self._stop.is_set():
            # In one step, so that nobody can be welcomed by a process that has decided to leave.
            self._withdraw()
            self._stop.set()

    async def serve_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends; its unfinished work is cancelled."""
        connection = self._connection(writer)
        try:
            if await self._greet(reader, connection):
                await self._serve_greeted(reader, connection)
        except self._kind.protocol as error:
            _log.warning("client dropped: %s", error)
        except TimeoutError:
            _log.warning("client dropped: it does not greet")
        finally:
            connection.close()
            self._leave_if_idle()

    def _begin(self) -> None:
        """Start what works beside the event loop."""

    async def _end(self) -> None:
        """Stop what `_begin` started."""

    def _connection(self, writer: asyncio.StreamWriter) -> T:
        """Return what is kept of one client."""
        raise NotImplementedError

    def _welcome(self) -> Message:
        """Return what a client is told when it is greeted."""
        return {}

    def _handlers(self) -> Mapping[str, Handler[T]]:
        """Return what is done for each command."""
        raise NotImplementedError

    def _client_gone(self, connection: T) -> None:
        """End what was under way for a client."""

    async def _serve_greeted(self, reader: asyncio.StreamReader, connection: T) -> None:
        try:
            while connection.is_open and (message := await read_frame(self._kind, reader)) is not None:
                self._handle(message, connection)
        finally:
            self._client_gone(connection)
            self._n_clients -= 1
            if self._n_clients == 0:
                self._arm_idle_timer(self._idle_seconds)

    async def _greet(self, reader: asyncio.StreamReader, connection: T) -> bool:
        self._n_greeting += 1
        try:
            hello = await asyncio.wait_for(read_frame(self._kind, reader, _GREETING_BYTES), _GREETING_SECONDS)
        finally:
            self._n_greeting -= 1
        if hello is None or self._stop.is_set():
            return False
        shown = str(hello.get("token", "")).encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(shown, self._token.encode()):
            raise self._kind.protocol("the token is wrong")
        if hello.get("version") != self._kind.version:
            connection.send({"error": "version", "version": self._kind.version})
            return False
        connection.send({"welcome": True, "version": self._kind.version, "pid": os.getpid(), **self._welcome()})
        self._n_clients += 1
        self._disarm_idle_timer()
        return True

    def _handle(self, message: Message, connection: T) -> None:
        request_id = str(message.get("id", ""))
        if len(request_id) > _MAX_ID_LENGTH:
            raise self._kind.protocol("the id of a request is too long")
        handler = self._handlers().get(str(message.get("op")))
        if handler is None:
            sentence = f"The {self._kind.name} does not know this command."
            connection.send({"id": request_id, "done": "error", "error": sentence})
            return
        try:
            handler(message, connection, request_id)
        except Exception as error:
            # One client's nonsense must not end the connection that its other requests use.
            connection.refuse(request_id, error)

    def _arm_idle_timer(self, seconds: float) -> None:
        self._disarm_idle_timer()
        self._idle_timer = asyncio.get_running_loop().call_later(seconds, self._end_idle_time)

    def _disarm_idle_timer(self) -> None:
        self._idle_is_over = False
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _end_idle_time(self) -> None:
        self._idle_is_over = True
        self._leave_if_idle()

    def _leave_if_idle(self) -> None:
        if self._idle_is_over and not self._n_clients and not self._n_greeting:
            self.stop()
