"""The language server's side of the engine socket: requests, streams and cancellation on one connection."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from pylot.engine.endpoint import Endpoint
from pylot.engine.facts import ModelFacts
from pylot.engine.jobs import GenerateParameters, Priority, PromptPiece
from pylot.engine.messages import (
    PROTOCOL_VERSION,
    Message,
    encode_frame,
    parameters_to_json,
    pieces_to_json,
    read_frame,
)
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import EngineError, EngineProtocolError, EngineUnavailableError

_log = logging.getLogger(__name__)
_GREETING_SECONDS = 10.0


class EngineClient:
    """One open connection to an engine; `facts` tells of its model.

    `prompt_speed` is how many tokens of a prompt the engine reads in a second, None where that is unknown.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, welcome: Mapping[str, Any]) -> None:
        try:
            self.facts = ModelFacts.from_json(welcome["facts"])
            self.pid = int(welcome["pid"])
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise EngineProtocolError("The engine does not tell what it has loaded.", detail=repr(error)) from error
        self.prompt_speed: float | None = welcome.get("prompt_speed")
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Queue[Message]] = {}
        self._on_lost: list[Callable[[], None]] = []
        self._lost = False
        self._sources: dict[str, bool] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, endpoint: Endpoint, seconds: float = _GREETING_SECONDS) -> EngineClient:
        """Connect and exchange greetings.

        Raises:
            EngineUnavailableError: nobody listens or answers in time.
            EngineProtocolError: the engine speaks another version.
        """
        reader, writer, token = await endpoint.connect()
        try:
            return await cls._greet(reader, writer, token, seconds)
        except BaseException:
            writer.close()
            raise

    @classmethod
    async def _greet(
        cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str, seconds: float
    ) -> EngineClient:
        writer.write(encode_frame({"op": "hello", "version": PROTOCOL_VERSION, "token": token}))
        try:
            welcome = await asyncio.wait_for(read_frame(reader), seconds)
        except TimeoutError:
            welcome = None
        if welcome is None:
            raise EngineUnavailableError("The engine does not answer.")
        if "welcome" not in welcome:
            raise EngineProtocolError("A running engine belongs to another version of Pylot; stop it and try again.")
        return cls(reader, writer, welcome)

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return self._lost

    def on_lost(self, callback: Callable[[], None]) -> None:
        """Call back once when the engine is gone without `close`."""
        self._on_lost.append(callback)

    async def generate(
        self, parameters: GenerateParameters, priority: Priority, token: CancellationToken | None = None
    ) -> AsyncIterator[Message]:
        """Stream `{"text", "logprob"}` per token, then one event with `done` and the usage figures.

        Raises:
            EngineError: the engine refused or failed.
            EngineUnavailableError: it was lost on the way.
        """
        request = {"op": "generate", "prompt": pieces_to_json(parameters.prompt), **parameters_to_json(parameters)}
        async for event in self._stream({**request, "priority": int(priority)}, token):
            yield event

    async def chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        parameters: GenerateParameters,
        priority: Priority,
        *,
        options: Mapping[str, Any] | None = None,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Message]:
        """Stream an answer to a conversation, rendered with the model's own template; events as in `generate`."""
        request = {"op": "chat", "messages": list(messages), "options": options, **parameters_to_json(parameters)}
        async for event in self._stream({**request, "priority": int(priority)}, token):
            yield event

    async def embed(
        self, texts: Sequence[str], priority: Priority, token: CancellationToken | None = None
    ) -> list[list[float]]:
        """Return one normalized vector per text."""
        event = await self._ask({"op": "embed", "texts": list(texts), "priority": int(priority)}, token)
        if event["done"] == "cancelled":
            raise EngineError("The embedding was cancelled.")
        return [list(vector) for vector in event["vectors"]]

    def name_sources(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Return the digests of texts to copy from, and begin to send those that the engine does not have.

        Until they have arrived, generations do without them.
        """
        digests = _digests(tuple(texts))
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in self._sources}
        if new:
            self._sources |= dict.fromkeys(new, False)
            task = asyncio.create_task(self._send_sources(new))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return digests

    async def save_state(self, key: str, prompt: Sequence[PromptPiece], note: str) -> int:
        """Let the engine keep the state of a prompt on disk; return its bytes, 0 where it keeps none."""
        request = {"op": "save", "key": key, "prompt": pieces_to_json(prompt), "note": note}
        return int((await self._ask(request)).get("bytes", 0))

    async def state_note(self, key: str) -> str:
        """Return the note that was saved with a state, empty where there is none."""
        return str((await self._ask({"op": "note", "key": key})).get("note", ""))

    async def restore_state(self, key: str) -> int:
        """Put the state whose note was looked up last into the cache; return its tokens, 0 where that fails."""
        return int((await self._ask({"op": "restore", "key": key})).get("tokens", 0))

    async def forget_state(self, key: str) -> None:
        """Remove a state from the disk."""
        await self._ask({"op": "forget", "key": key})

    async def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text."""
        event = await self._ask({"op": "tokenize", "texts": list(texts)})
        return [list(tokens) for tokens in event["tokens"]]

    async def status(self) -> Message:
        """Return how busy the engine is."""
        event = await self._ask({"op": "status"})
        return {key: value for key, value in event.items() if key not in ("id", "done")}

    async def leave(self) -> bool:
        """Ask the engine to end, for another model's sake; false when somebody else uses it or something runs."""
        # An engine that leaves as it was asked to is not lost.
        callbacks, self._on_lost = self._on_lost, []
        leaving = bool((await self._ask({"op": "leave"})).get("leaving"))
        if not leaving:
            self._on_lost = callbacks
        return leaving

    async def close(self) -> None:
        """Let go of the engine."""
        self._on_lost.clear()
        # A reading task that has not begun yet would be cancelled without closing anything.
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _send_sources(self, texts: Mapping[str, str]) -> None:
        try:
            for digest, text in texts.items():
                # One message with all of them would hold up whoever types for as long as it takes to write.
                await self._ask({"op": "sources", "texts": {digest: text}})
                self._sources[digest] = True
        except EngineError as error:
            _log.info("texts to copy from were not taken: %s", error.sentence)

    def _forget_sources(self, digests: Sequence[str]) -> None:
        """Send texts again that the engine had no more room for; those on their way are not missing yet."""
        for digest in digests:
            if self._sources.get(digest):
                del self._sources[digest]

    async def _ask(self, request: Message, token: CancellationToken | None = None) -> Message:
        async for event in self._stream(request, token):
            if "done" in event:
                return event
        raise EngineUnavailableError("The engine was lost.")

    async def _stream(self, request: Message, token: CancellationToken | None) -> AsyncIterator[Message]:
        if self._lost:
            raise EngineUnavailableError("The engine was lost.")
        request_id = f"r{next(self._numbers)}"
        queue: asyncio.Queue[Message] = asyncio.Queue()
        # A request that is too long is refused here, where it costs its sender an error and nobody the connection.
        self._send({**request, "id": request_id})
        self._waiting[request_id] = queue
        unsubscribe = token.on_cancel(lambda _: self._cancel(request_id)) if token else None
        if token and "priority" in request:
            token.on_hurry(lambda: self._hurry(request_id))
        finished = False
        try:
            while not finished:
                event = await queue.get()
                finished = "done" in event
                self.prompt_speed = event.get("prompt_speed") or self.prompt_speed
                if not finished and "text" not in event:
                    continue
                self._forget_sources(event.get("missing_sources", ()))
                if event.get("lost"):
                    raise EngineUnavailableError("The engine stopped while it was working.")
                if event.get("done") == "error":
                    raise EngineError(str(event.get("error")), detail=str(event.get("detail", "")))
                yield event
        finally:
            if unsubscribe:
                unsubscribe()
            self._waiting.pop(request_id, None)
            if not finished:
                self._cancel(request_id)

    def _cancel(self, request_id: str) -> None:
        if not self._lost:
            self._send({"op": "cancel", "target": request_id})

    def _hurry(self, request_id: str) -> None:
        if not self._lost and request_id in self._waiting:
            self._send({"op": "hurry", "target": request_id})

    def _send(self, message: Message) -> None:
        self._writer.write(encode_frame(message))

    async def _read(self) -> None:
        try:
            while (event := await read_frame(self._reader)) is not None:
                queue = self._waiting.get(str(event.get("id")))
                if queue is not None:
                    queue.put_nowait(event)
        except EngineProtocolError as error:
            _log.warning("engine dropped: %s", error.sentence)
        finally:
            self._lost = True
            self._writer.close()
            for queue in self._waiting.values():
                queue.put_nowait({"done": "error", "lost": True})
            callbacks, self._on_lost = self._on_lost, []
            for callback in callbacks:
                callback()


@lru_cache(maxsize=4)
def _digests(texts: tuple[str, ...]) -> tuple[str, ...]:
    """From key to key the texts stay the same, however many they are."""
    return tuple(map(_digest, texts))


@lru_cache(maxsize=32)
def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
