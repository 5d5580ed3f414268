"""The language server's side of the engine socket: requests, streams and cancellation on one connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from pylot.engine.facts import ModelFacts
from pylot.engine.jobs import GenerateParameters, Priority, PromptPiece
from pylot.engine.messages import parameters_to_json, pieces_to_json
from pylot.ipc.client import Client
from pylot.ipc.frames import Message
from pylot.ipc.kind import Kind
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import EngineError

_log = logging.getLogger(__name__)


class EngineClient(Client):
    """One open connection to an engine; `facts` tells of its model.

    `prompt_speed` is how many tokens of a prompt the engine reads in a second, None where that is unknown.
    """

    def __init__(
        self, kind: Kind, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, welcome: Mapping[str, Any]
    ) -> None:
        self._sources: dict[str, bool] = {}
        self._sending: set[asyncio.Task[None]] = set()
        super().__init__(kind, reader, writer, welcome)

    def _take_welcome(self, welcome: Mapping[str, Any]) -> None:
        self.facts = ModelFacts.from_json(welcome["facts"])
        self.prompt_speed: float | None = welcome.get("prompt_speed")

    def _passes_on(self, event: Message) -> bool:
        self.prompt_speed = event.get("prompt_speed") or self.prompt_speed
        if "done" not in event and "text" not in event:
            return False
        self._forget_sources(event.get("missing_sources", ()))
        return True

    async def generate(
        self, parameters: GenerateParameters, priority: Priority, token: CancellationToken | None = None
    ) -> AsyncIterator[Message]:
        """Stream `{"text", "logprob"}` per token, then one event with `done` and the usage figures.

        Raises:
            EngineError: the engine refused or failed.
            EngineUnavailableError: it was lost on the way.
        """
        request = {"op": "generate", "prompt": pieces_to_json(parameters.prompt), **parameters_to_json(parameters)}
        async for event in self.stream({**request, "priority": int(priority)}, token):
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
        async for event in self.stream({**request, "priority": int(priority)}, token):
            yield event

    async def embed(
        self, texts: Sequence[str], priority: Priority, token: CancellationToken | None = None
    ) -> list[list[float]]:
        """Return one normalized vector per text."""
        event = await self.ask({"op": "embed", "texts": list(texts), "priority": int(priority)}, token)
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
        return int((await self.ask(request)).get("bytes", 0))

    async def state_note(self, key: str) -> str:
        """Return the note that was saved with a state, empty where there is none."""
        return str((await self.ask({"op": "note", "key": key})).get("note", ""))

    async def restore_state(self, key: str) -> int:
        """Put the state whose note was looked up last into the cache; return its tokens, 0 where that fails."""
        return int((await self.ask({"op": "restore", "key": key})).get("tokens", 0))

    async def forget_state(self, key: str) -> None:
        """Remove a state from the disk."""
        await self.ask({"op": "forget", "key": key})

    async def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text."""
        event = await self.ask({"op": "tokenize", "texts": list(texts)})
        return [list(tokens) for tokens in event["tokens"]]

    async def status(self) -> Message:
        """Return how busy the engine is."""
        event = await self.ask({"op": "status"})
        return {key: value for key, value in event.items() if key not in ("id", "done")}

    async def leave(self) -> bool:
        """Ask the engine to end, for another model's sake; false when somebody else uses it or something runs."""
        # An engine that leaves as it was asked to is not lost.
        callbacks, self._on_lost = self._on_lost, []
        leaving = bool((await self.ask({"op": "leave"})).get("leaving"))
        if not leaving:
            self._on_lost = callbacks
        return leaving

    async def _send_sources(self, texts: Mapping[str, str]) -> None:
        try:
            for digest, text in texts.items():
                # One message with all of them would hold up whoever types for as long as it takes to write.
                await self.ask({"op": "sources", "texts": {digest: text}})
                self._sources[digest] = True
        except EngineError as error:
            _log.info("texts to copy from were not taken: %s", error.sentence)

    def _forget_sources(self, digests: Sequence[str]) -> None:
        """Send texts again that the engine had no more room for; those on their way are not missing yet."""
        for digest in digests:
            if self._sources.get(digest):
                del self._sources[digest]


@lru_cache(maxsize=4)
def _digests(texts: tuple[str, ...]) -> tuple[str, ...]:
    """From key to key the texts stay the same, however many they are."""
    return tuple(map(_digest, texts))


@lru_cache(maxsize=32)
def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
