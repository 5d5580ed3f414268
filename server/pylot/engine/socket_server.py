"""Serve the engine's socket: read commands, hand work to the decode thread, send its events back."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pylot.engine.chat_template import render_chat
from pylot.engine.copy_sources import CopySources
from pylot.engine.decoder import Decoder
from pylot.engine.free_memory import peak_memory
from pylot.engine.generation import GenerateJob
from pylot.engine.jobs import EmbedJob, Priority, TemplatePiece
from pylot.engine.llama_runtime import LlamaRuntime
from pylot.engine.messages import ENGINE, parameters_from_json, pieces_from_json
from pylot.engine.saved_states import SavedStates
from pylot.engine.state_desk import StateDesk
from pylot.engine.thinking import close_thoughts, thinking_after
from pylot.ipc.connection import Connection
from pylot.ipc.frames import Message
from pylot.ipc.service import Handler, Service
from pylot.kernel.errors import EngineError

_log = logging.getLogger(__name__)
_MAX_DIGEST_LENGTH = 64


class EngineConnection(Connection):
    """One client; `jobs` and `renderings` hold what is under way for it, by request id."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__(ENGINE, writer)
        self.jobs: dict[str, str] = {}
        self.renderings: dict[str, asyncio.Task[None]] = {}

    def answer(self, request_id: str, event: Message) -> None:
        """Send an event of a job, as `Connection.answer` does."""
        if "done" in event:
            self.jobs.pop(request_id, None)
        super().answer(request_id, event)


class EngineService(Service[EngineConnection]):
    """Answer any number of clients with one decode thread."""

    def __init__(
        self, runtime: LlamaRuntime, *, token: str, idle_seconds: float, states: SavedStates | None = None
    ) -> None:
        super().__init__(ENGINE, token=token, idle_seconds=idle_seconds)
        self._runtime = runtime
        self._sources = CopySources()
        self._decoder = Decoder(runtime, self._sources, when_exhausted=self._end_exhausted)
        self._states = StateDesk(self._decoder, states)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._job_numbers = itertools.count(1)
        self._indexing: set[asyncio.Task[None]] = set()
        self._last_used = time.monotonic()

    def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._decoder.start()

    async def _end(self) -> None:
        await asyncio.to_thread(self._decoder.stop)
        await self._states.finish()

    def _end_exhausted(self) -> None:
        """Leave, called from the decode thread: clients start an engine again, which in the end takes less."""
        if self._loop is not None:
            _log.warning("leaves: there is no memory to compute in")
            self._loop.call_soon_threadsafe(self.stop)

    def _connection(self, writer: asyncio.StreamWriter) -> EngineConnection:
        return EngineConnection(writer)

    def _welcome(self) -> Message:
        return {"facts": self._runtime.facts.to_json(), "prompt_speed": self._decoder.prompt_speed}

    def _client_gone(self, connection: EngineConnection) -> None:
        for job_id in list(connection.jobs.values()):
            self._decoder.cancel(job_id)
        for rendering in list(connection.renderings.values()):
            rendering.cancel()

    def _handlers(self) -> Mapping[str, Handler[EngineConnection]]:
        return {
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

    def _generate(self, message: Message, connection: EngineConnection, request_id: str) -> None:
        parameters = parameters_from_json(message, pieces_from_json(message["prompt"]))
        self._submit(GenerateJob, message, connection, request_id, parameters=parameters)

    def _chat(self, message: Message, connection: EngineConnection, request_id: str) -> None:
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

    async def _render_and_submit(self, message: Message, connection: EngineConnection, request_id: str) -> None:
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

    def _embed(self, message: Message, connection: EngineConnection, request_id: str) -> None:
        texts = [str(text) for text in message["texts"]]
        self._submit(EmbedJob, message, connection, request_id, texts=texts)

    def _tokenize(self, message: Message, connection: EngineConnection, request_id: str) -> None:
        tokens = [self._runtime.tokenize(str(text)) for text in message["texts"]]
        connection.send({"id": request_id, "done": "stop", "tokens": tokens})

    def _take_sources(self, message: Message, connection: EngineConnection, request_id: str) -> None:
        # Sorting a megabyte takes a tenth of a second, which neither the decoder nor other clients wait for.
        texts = {str(digest)[:_MAX_DIGEST_LENGTH]: str(text) for digest, text in message["texts"].items()}

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

    def _cancel(self, message: Message, connection: EngineConnection, _request_id: str) -> None:
        target = str(message.get("target", ""))
        if (rendering := connection.renderings.get(target)) is not None:
            rendering.cancel()
        job_id = connection.jobs.get(target)
        if job_id is not None:
            self._decoder.cancel(job_id)

    def _hurry(self, message: Message, connection: EngineConnection, _request_id: str) -> None:
        job_id = connection.jobs.get(str(message.get("target", "")))
        if job_id is not None:
            self._decoder.hurry(job_id)

    def _status(self, _message: Message, connection: EngineConnection, request_id: str) -> None:
        status = {"clients": self._n_clients, "pid": os.getpid(), "peak_bytes": peak_memory(), **self._decoder.status()}
        unused = time.monotonic() - self._last_used
        connection.send({"id": request_id, "done": "stop", "unused_seconds": unused, **status})

    def _leave(self, _message: Message, connection: EngineConnection, request_id: str) -> None:
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
        connection: EngineConnection,
        request_id: str,
        **more: Any,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._last_used = time.monotonic()

        def emit(event: Message) -> None:
            loop.call_soon_threadsafe(connection.answer, request_id, event)

        job_id = f"job-{next(self._job_numbers)}"
        job = kind(id=job_id, priority=Priority(int(message.get("priority", Priority.AGENT))), emit=emit, **more)
        job.client = str(id(connection))
        connection.jobs[request_id] = job_id
        self._decoder.submit(job)
