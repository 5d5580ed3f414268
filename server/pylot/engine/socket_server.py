"""Serve the engine's socket: read commands, hand work to the decode thread, send its events back.

The process leaves when its last client has gone and its idle time is over; a killed client counts as gone.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pylot.engine.chat_template import render_chat
from pylot.engine.connection import Connection
from pylot.engine.copy_sources import CopySources
from pylot.engine.decoder import Decoder
from pylot.engine.free_memory import peak_memory
from pylot.engine.generation import GenerateJob
from pylot.engine.jobs import EmbedJob, Priority, TemplatePiece
from pylot.engine.llama_runtime import LlamaRuntime
from pylot.engine.messages import (
    PROTOCOL_VERSION,
    Message,
    parameters_from_json,
    pieces_from_json,
    read_frame,
)
from pylot.engine.saved_states import SavedStates
from pylot.engine.state_desk import StateDesk
from pylot.engine.thinking import close_thoughts, thinking_after
from pylot.kernel.errors import EngineError, EngineProtocolError

_log = logging.getLogger(__name__)
_GREETING_SECONDS = 5.0
_GREETING_BYTES = 4096
_MAX_ID_LENGTH = 64


class EngineService:
    """Answer any number of clients on one event loop; who has not greeted is no client yet."""

    def __init__(
        self, runtime: LlamaRuntime, *, token: str, idle_seconds: float, states: SavedStates | None = None
    ) -> None:
        self._runtime = runtime
        self._sources = CopySources()
        self._decoder = Decoder(runtime, self._sources, when_exhausted=self._end_exhausted)
        self._states = StateDesk(self._decoder, states)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._token = token
        self._idle_seconds = idle_seconds
        self._job_numbers = itertools.count(1)
        self._indexing: set[asyncio.Task[None]] = set()
        self._n_clients = 0
        self._n_greeting = 0
        self._stop = asyncio.Event()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_is_over = False
        self._withdraw: Callable[[], None] = lambda: None
        self._last_used = time.monotonic()

    async def run_until_idle(self, withdraw: Callable[[], None]) -> None:
        """Work until nobody needs the engine any more; `withdraw` takes its address away before it leaves."""
        self._withdraw = withdraw
        self._loop = asyncio.get_running_loop()
        self._decoder.start()
        self._arm_idle_timer()
        try:
            await self._stop.wait()
        finally:
            self.stop()
            await asyncio.to_thread(self._decoder.stop)
            await self._states.finish()

    def _end_exhausted(self) -> None:
        """Leave, called from the decode thread: clients start an engine again, which in the end takes less."""
        if self._loop is not None:
            _log.warning("leaves: there is no memory to compute in")
            self._loop.call_soon_threadsafe(self.stop)

    def stop(self) -> None:
        """End `run_until_idle`."""
        if not self._stop.is_set():
            # In one step, so that nobody can be welcomed by an engine that has decided to leave.
            self._withdraw()
            self._stop.set()

    async def serve_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends; its unfinished work is cancelled."""
        connection = Connection(writer)
        try:
            if await self._greet(reader, connection):
                await self._serve_greeted(reader, connection)
        except EngineProtocolError as error:
            _log.warning("client dropped: %s", error.sentence)
        except TimeoutError:
            _log.warning("client dropped: it does not greet")
        finally:
            connection.close()
            self._leave_if_idle()

    async def _serve_greeted(self, reader: asyncio.StreamReader, connection: Connection) -> None:
        try:
            while connection.is_open and (message := await read_frame(reader)) is not None:
                self._handle(message, connection)
        finally:
            for job_id in list(connection.jobs.values()):
                self._decoder.cancel(job_id)
            for rendering in list(connection.renderings.values()):
                rendering.cancel()
            self._n_clients -= 1
            if self._n_clients == 0:
                self._arm_idle_timer()

    async def _greet(self, reader: asyncio.StreamReader, connection: Connection) -> bool:
        self._n_greeting += 1
        try:
            hello = await asyncio.wait_for(read_frame(reader, _GREETING_BYTES), _GREETING_SECONDS)
        finally:
            self._n_greeting -= 1
        if hello is None or self._stop.is_set():
            return False
        shown = str(hello.get("token", "")).encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(shown, self._token.encode()):
            raise EngineProtocolError("the token is wrong")
        if hello.get("version") != PROTOCOL_VERSION:
            connection.send({"error": "version", "version": PROTOCOL_VERSION})
            return False
        facts = self._runtime.facts.to_json()
        speed = self._decoder.prompt_speed
        welcome = {"version": PROTOCOL_VERSION, "pid": os.getpid(), "facts": facts, "prompt_speed": speed}
        connection.send({"welcome": True, **welcome})
        self._n_clients += 1
        self._disarm_idle_timer()
        return True

    def _handle(self, message: Message, connection: Connection) -> None:
        request_id = str(message.get("id", ""))
        if len(request_id) > _MAX_ID_LENGTH:
            raise EngineProtocolError("the id of a request is too long")
        handlers: dict[str, Callable[[Message, Connection, str], None]] = {
            "generate": self._generate,
            "chat": self._chat,
            "embed": self._embed,
            "tokenize": self._tokenize,
            "sources": self._take_sources,
            "cancel": self._cancel,
            "hurry": self._hurry,
            "status": self._status,
            "leave": self._leave,
            **self._states.handlers,
        }
        handler = handlers.get(str(message.get("op")))
        if handler is None:
            connection.send({"id": request_id, "done": "error", "error": "The engine does not know this command."})
            return
        try:
            handler(message, connection, request_id)
        except Exception as error:
            # One client's nonsense must not end the connection that its other requests use.
            connection.refuse(request_id, error)

    def _generate(self, message: Message, connection: Connection, request_id: str) -> None:
        parameters = parameters_from_json(message, pieces_from_json(message["prompt"]))
        self._submit(GenerateJob, message, connection, request_id, parameters=parameters)

    def _chat(self, message: Message, connection: Connection, request_id: str) -> None:
        def rendered(task: asyncio.Task[None]) -> None:
            connection.renderings.pop(request_id, None)
            # A task that is cancelled before its first step never runs, so it cannot answer by itself.
            if task.cancelled():
                connection.send({"id": request_id, "done": "cancelled", "error": ""})
            elif (error := task.exception()) is not None:
                connection.refuse(request_id, error)

        # Rendering takes a process of its own; the commands behind this one must not wait for it.
        task = asyncio.create_task(self._render_and_submit(message, connection, request_id))
        connection.renderings[request_id] = task
        task.add_done_callback(rendered)

    async def _render_and_submit(self, message: Message, connection: Connection, request_id: str) -> None:
        facts = self._runtime.facts
        special = {"bos_token": self._runtime.piece_text(facts.bos), "eos_token": self._runtime.piece_text(facts.eos)}
        template, options = self._runtime.chat_template(), message.get("options")
        try:
            prompt = await render_chat(template, message["messages"], special=special, options=options)
        except OSError as error:
            raise EngineError("The process that renders the chat could not be started.", detail=repr(error)) from error
        if options and options.get("enable_thinking") is False:
            prompt = close_thoughts(prompt)
        parameters = parameters_from_json(message, [TemplatePiece(prompt)])
        parameters = replace(parameters, thinking=thinking_after(template, prompt))
        self._submit(GenerateJob, message, connection, request_id, parameters=parameters)

    def _embed(self, message: Message, connection: Connection, request_id: str) -> None:
        texts = [str(text) for text in message["texts"]]
        self._submit(EmbedJob, message, connection, request_id, texts=texts)

    def _tokenize(self, message: Message, connection: Connection, request_id: str) -> None:
        tokens = [self._runtime.tokenize(str(text)) for text in message["texts"]]
        connection.send({"id": request_id, "done": "stop", "tokens": tokens})

    def _take_sources(self, message: Message, connection: Connection, request_id: str) -> None:
        # Sorting a megabyte takes a tenth of a second, which neither the decoder nor other clients wait for.
        texts = {str(digest)[:_MAX_ID_LENGTH]: str(text) for digest, text in message["texts"].items()}

        def index() -> None:
            for digest, text in texts.items():
                self._sources.put(digest, text)

        def indexed(task: asyncio.Task[None]) -> None:
            self._indexing.discard(task)
            if not task.cancelled() and task.exception() is None:
                connection.send({"id": request_id, "done": "stop"})
            else:
                connection.send({"id": request_id, "done": "error", "error": "The texts could not be taken."})

        task = asyncio.create_task(asyncio.to_thread(index))
        self._indexing.add(task)
        task.add_done_callback(indexed)

    def _cancel(self, message: Message, connection: Connection, _request_id: str) -> None:
        target = str(message.get("target", ""))
        if (rendering := connection.renderings.get(target)) is not None:
            rendering.cancel()
        job_id = connection.jobs.get(target)
        if job_id is not None:
            self._decoder.cancel(job_id)

    def _hurry(self, message: Message, connection: Connection, _request_id: str) -> None:
        job_id = connection.jobs.get(str(message.get("target", "")))
        if job_id is not None:
            self._decoder.hurry(job_id)

    def _status(self, _message: Message, connection: Connection, request_id: str) -> None:
        status = {"clients": self._n_clients, "pid": os.getpid(), "peak_bytes": peak_memory(), **self._decoder.status()}
        unused = time.monotonic() - self._last_used
        connection.send({"id": request_id, "done": "stop", "unused_seconds": unused, **status})

    def _leave(self, _message: Message, connection: Connection, request_id: str) -> None:
        """Make room for another model, unless somebody else uses this one or something runs (requirement I7)."""
        is_free = self._n_clients == 1 and not self._n_greeting and not connection.renderings
        leaving = is_free and not self._decoder.status()["jobs"]
        connection.send({"id": request_id, "done": "stop", "leaving": leaving})
        if leaving:
            _log.info("leaves for another model")
            self.stop()

    def _submit(
        self,
        kind: type[GenerateJob | EmbedJob],
        message: Message,
        connection: Connection,
        request_id: str,
        **more: Any,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._last_used = time.monotonic()

        def emit(event: Message) -> None:
            loop.call_soon_threadsafe(connection.send_event, request_id, event)

        job_id = f"job-{next(self._job_numbers)}"
        job = kind(id=job_id, priority=Priority(int(message.get("priority", Priority.AGENT))), emit=emit, **more)
        job.client = str(id(connection))
        connection.jobs[request_id] = job_id
        self._decoder.submit(job)

    def _arm_idle_timer(self) -> None:
        self._disarm_idle_timer()
        self._idle_timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._end_idle_time)

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
