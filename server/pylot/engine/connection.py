"""The engine's side of one client's connection: where its events go and which of its requests are running."""

from __future__ import annotations

import asyncio
import logging

from pylot.engine.messages import Message, encode_frame
from pylot.kernel.errors import EngineError, PylotError

_log = logging.getLogger(__name__)
_MAX_UNSENT = 8 << 20


class Connection:
    """Send to one client; `jobs` and `renderings` hold what is under way for it, by request id."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.is_open = True
        self.jobs: dict[str, str] = {}
        self.renderings: dict[str, asyncio.Task[None]] = {}

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
        self._writer.write(encode_frame(message))

    def send_event(self, request_id: str, event: Message) -> None:
        """Send an event of a job; an answer that is too long for a frame is refused instead."""
        if "done" in event:
            self.jobs.pop(request_id, None)
        try:
            self.send({"id": request_id, **event})
        except EngineError as error:
            self.refuse(request_id, error)

    def refuse(self, request_id: str, error: BaseException) -> None:
        """Answer a request with the sentence of an error."""
        sentence, detail = "The engine was asked with wrong parameters.", type(error).__name__
        if isinstance(error, PylotError):
            sentence, detail = error.sentence, error.detail
        self.send({"id": request_id, "done": "error", "error": sentence, "detail": detail})

    def close(self) -> None:
        """Close the connection once everything is sent."""
        if self.is_open:
            self.is_open = False
            self._writer.close()
