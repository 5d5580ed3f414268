"""Serve the engine's socket: read commands, hand work to the decode thread, send its events back.

The process leaves when its last client has gone and its idle time is over; a killed client counts as gone.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import logging
import os
from collections.abc import Callable
from typing import Any

from pylot.engine.chat_template import render_chat
from pylot.engine.decoder import Decoder
from pylot.engine.generation import GenerateJob
from pylot.engine.jobs import EmbedJob, Priority, TemplatePiece
from pylot.engine.llama_runtime import LlamaRuntime
from pylot.engine.messages import (
    PROTOCOL_VERSION,
    Message,
    encode_frame,
    parameters_from_json,
    pieces_from_json,
    read_frame,
)
from pylot.kernel.errors import EngineProtocolError, PylotError

_log = logging.getLogger(__name__)
_MAX_UNSENT = 8 << 20


class EngineService:
    """Answer any number of clients on one event loop."""

    def __init__(self, runtime: LlamaRuntime, *, token: str, idle_seconds: float) -> None:
        self._runtime = runtime
        self._decoder = Decoder(runtime)
        self._token = token
        self._idle_seconds = idle_seconds
        self._job_numbers = itertools.count(1)
        self._n_clients = 0
        self._stop = asyncio.Event()
        self._idle_timer: asyncio.TimerHandle | None = None

    async def run_until_idle(self) -> None:
        """Work until nobody needs the engine any more."""
        self._decoder.start()
        self._arm_idle_timer()
        try:
            await self._stop.wait()
        finally:
            await asyncio.to_thread(self._decoder.stop)

    def stop(self) -> None:
        """End `run_until_idle`."""
        self._stop.set()

    async def serve_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends; its unfinished work is cancelled."""
        self._n_clients += 1
        self._disarm_idle_timer()
        connection = _Connection(writer)
        try:
            if await self._greet(reader, connection):
                while (message := await read_frame(reader)) is not None:
                    self._handle(message, connection)
        except EngineProtocolError as error:
            _log.warning("client dropped: %s", error.sentence)
        finally:
            for job_id in list(connection.jobs.values()):
                self._decoder.cancel(job_id)
            for rendering in list(connection.renderings.values()):
                rendering.cancel()
            connection.close()
            self._n_clients -= 1
            if self._n_clients == 0:
                self._arm_idle_timer()

    async def _greet(self, reader: asyncio.StreamReader, connection: _Connection) -> bool:
        hello = await read_frame(reader)
        if hello is None:
            return False
        if not hmac.compare_digest(str(hello.get("token", "")).encode(), self._token.encode()):
            raise EngineProtocolError("the token is wrong")
        if hello.get("version") != PROTOCOL_VERSION:
            connection.send({"error": "version", "version": PROTOCOL_VERSION})
            return False
        facts = self._runtime.facts.to_json()
        connection.send({"welcome": True, "version": PROTOCOL_VERSION, "pid": os.getpid(), "facts": facts})
        return True

    def _handle(self, message: Message, connection: _Connection) -> None:
        request_id = str(message.get("id", ""))
        handlers: dict[str, Callable[[Message, _Connection, str], None]] = {
            "generate": self._generate,
            "chat": self._chat,
            "embed": self._embed,
            "tokenize": self._tokenize,
            "cancel": self._cancel,
            "status": self._status,
            "stop": self._stop_engine,
        }
        handler = handlers.get(str(message.get("op")))
        if handler is None:
            connection.send({"id": request_id, "done": "error", "error": "The engine does not know this command."})
            return
        try:
            handler(message, connection, request_id)
        except (PylotError, KeyError, TypeError, ValueError) as error:
            connection.refuse(request_id, error)

    def _generate(self, message: Message, connection: _Connection, request_id: str) -> None:
        parameters = parameters_from_json(message, pieces_from_json(message["prompt"]))
        self._submit(GenerateJob, message, connection, request_id, parameters=parameters)

    def _chat(self, message: Message, connection: _Connection, request_id: str) -> None:
        # Rendering takes a process of its own; the commands behind this one must not wait for it.
        task = asyncio.create_task(self._render_and_submit(message, connection, request_id))
        connection.renderings[request_id] = task
        task.add_done_callback(lambda _: connection.renderings.pop(request_id, None))

    async def _render_and_submit(self, message: Message, connection: _Connection, request_id: str) -> None:
        facts = self._runtime.facts
        special = {"bos_token": self._runtime.piece_text(facts.bos), "eos_token": self._runtime.piece_text(facts.eos)}
        try:
            template, options = self._runtime.chat_template(), message.get("options")
            prompt = await render_chat(template, message["messages"], special=special, options=options)
            parameters = parameters_from_json(message, [TemplatePiece(prompt)])
            self._submit(GenerateJob, message, connection, request_id, parameters=parameters)
        except asyncio.CancelledError:
            connection.send({"id": request_id, "done": "cancelled", "error": ""})
        except (PylotError, KeyError, TypeError, ValueError) as error:
            connection.refuse(request_id, error)

    def _embed(self, message: Message, connection: _Connection, request_id: str) -> None:
        texts = [str(text) for text in message["texts"]]
        self._submit(EmbedJob, message, connection, request_id, texts=texts)

    def _tokenize(self, message: Message, connection: _Connection, request_id: str) -> None:
        tokens = [self._runtime.tokenize(str(text)) for text in message["texts"]]
        connection.send({"id": request_id, "done": "stop", "tokens": tokens})

    def _cancel(self, message: Message, connection: _Connection, _request_id: str) -> None:
        target = str(message.get("target", ""))
        if (rendering := connection.renderings.get(target)) is not None:
            rendering.cancel()
        job_id = connection.jobs.get(target)
        if job_id is not None:
            self._decoder.cancel(job_id)

    def _status(self, _message: Message, connection: _Connection, request_id: str) -> None:
        status = self._decoder.status()
        connection.send({"id": request_id, "done": "stop", "clients": self._n_clients, "pid": os.getpid(), **status})

    def _stop_engine(self, _message: Message, connection: _Connection, request_id: str) -> None:
        connection.send({"id": request_id, "done": "stop"})
        self.stop()

    def _submit(
        self,
        kind: type[GenerateJob | EmbedJob],
        message: Message,
        connection: _Connection,
        request_id: str,
        **more: Any,
    ) -> None:
        loop = asyncio.get_running_loop()

        def emit(event: Message) -> None:
            loop.call_soon_threadsafe(connection.send_event, request_id, event)

        job_id = f"job-{next(self._job_numbers)}"
        job = kind(id=job_id, priority=Priority(int(message.get("priority", Priority.AGENT))), emit=emit, **more)
        connection.jobs[request_id] = job_id
        self._decoder.submit(job)

    def _arm_idle_timer(self) -> None:
        self._disarm_idle_timer()
        self._idle_timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._stop.set)

    def _disarm_idle_timer(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None


class _Connection:
    """One client: where its events go and which of its requests are running."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._open = True
        self.jobs: dict[str, str] = {}
        self.renderings: dict[str, asyncio.Task[None]] = {}

    def send(self, message: Message) -> None:
        if not self._open:
            return
        if self._writer.transport.get_write_buffer_size() > _MAX_UNSENT:
            _log.warning("client dropped: it does not read")
            self.close()
            return
        self._writer.write(encode_frame(message))

    def send_event(self, request_id: str, event: Message) -> None:
        if "done" in event:
            self.jobs.pop(request_id, None)
        self.send({"id": request_id, **event})

    def refuse(self, request_id: str, error: Exception) -> None:
        sentence, detail = "The engine was asked with wrong parameters.", type(error).__name__
        if isinstance(error, PylotError):
            sentence, detail = error.sentence, error.detail
        self.send({"id": request_id, "done": "error", "error": sentence, "detail": detail})

    def close(self) -> None:
        if self._open:
            self._open = False
            self._writer.close()
