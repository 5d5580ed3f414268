"""The serving side of one client's connection: where its answers go."""

from __future__ import annotations

import asyncio
import logging

from pylot.ipc.frames import Message, encode_frame
from pylot.ipc.kind import Kind
from pylot.kernel.errors import PylotError

_log = logging.getLogger(__name__)
_MAX_UNSENT = 8 << 20


class Connection:
    """Send to one client."""

    def __init__(self, kind: Kind, writer: asyncio.StreamWriter) -> None:
        self._kind = kind
        self._writer = writer
        self.is_open = True

    @property
    def is_congested(self) -> bool:
        """Whether the client reads so slowly that what it can do without should not be sent."""
        return self._writer.transport.get_write_buffer_size() > 0

    def send(self, message: Message) -> None:
        """Send one message; a client that does not read is dropped."""
        if not self.is_open:
            return
        if self._writer.transport.get_write_buffer_size() > _MAX_UNSENT:
            _log.warning("client dropped: it does not read")
            self.is_open = False
            # Closing would wait until the client has read everything.
            self._writer.transport.abort()
            return
        self._writer.write(encode_frame(self._kind, message))

    def answer(self, request_id: str, event: Message) -> None:
        """Send an event of a request; an answer that is too long for a frame is refused instead."""
        try:
            self.send({"id": request_id, **event})
        except self._kind.failed as error:
            self.refuse(request_id, error)

    def refuse(self, request_id: str, error: BaseException) -> None:
        """Answer a request with the sentence of an error."""
        sentence, detail = f"The {self._kind.name} was asked with wrong parameters.", type(error).__name__
        if isinstance(error, PylotError):
            sentence, detail = error.sentence, error.detail
        self.send({"id": request_id, "done": "error", "error": sentence, "detail": detail})

    def close(self) -> None:
        """Close the connection once everything is sent."""
        if self.is_open:
            self.is_open = False
            self._writer.close()
