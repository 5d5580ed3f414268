"""The provider for llama.cpp's own server: raw completion with our own prompt, chat, and embeddings (H8, H16)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence

from pylot.engine.jobs import TextPiece
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.errors import (
    ModelAbilityError,
    ProviderAuthError,
    ProviderError,
    ProviderUnavailableError,
    PylotError,
)
from pylot.models.cards import CardBox
from pylot.models.fim import SourcedPiece, render_fim, tokens_by_source
from pylot.models.http.client import HttpClient
from pylot.models.http.embeddings import embed_on_llama_server
from pylot.models.http.generation import Chunk, Counts, Generation
from pylot.models.http.llama_facts import LlamaFacts, read_facts, read_identity
from pylot.models.http.llama_requests import chat_body, completion_body, infill_body, read_completion_event
from pylot.models.http.openai_events import read_chunks
from pylot.models.settings import ProviderSettings
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage

_STATUS_SECONDS = 1.0


class _OtherModelError(Exception):
    """The server has got another model since its facts were read."""


class LlamaServerProvider:
    """One model behind a llama-server, asked for ghost text in a way that its KV cache survives typing.

    Completions keep to one slot, so that chats do not push them out of the cache.
    """

    def __init__(
        self,
        name: str,
        settings: ProviderSettings,
        model: str,
        *,
        cards: CardBox,
        clock: Clock,
        say: Callable[[str], None],
    ) -> None:
        """Check the settings; the server is asked at the first use.

        Raises:
            ConfigError: the address cannot or may not be used.
        """
        self.name = name
        # `/v1` belongs to the other protocol's addresses, but is easily written here too.
        settings = settings.model_copy(update={"base_url": settings.base_url.rstrip("/").removesuffix("/v1")})
        self._client = HttpClient(name, settings)
        self._settings = settings
        self._model = model
        self._named = {"model": model} if model else {}
        self._cards = cards
        self._clock = clock
        self._say = say
        self._has_said_no_fim = False
        self._facts: LlamaFacts | None = None
        self._n_connections = 0
        self._asking = asyncio.Lock()
        self._failure: ProviderError | None = None
        self._speculative: set[CancellationToken] = set()

    @property
    def profile(self) -> ModelProfile | None:
        """The model's profile, or None while the server has not told of it."""
        return self._facts.profile if self._facts else None

    async def ready(self) -> ModelProfile:
        """Ask the server for its model and return the profile."""
        with self._remembering_failure():
            return (await self._known()).profile

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the text between prefix and suffix; what somebody waits for ends what was only speculative."""
        own = CancellationToken()
        unlink = token.on_cancel(own.cancel) if token else lambda: None
        if urgency is Urgency.COMPLETION:
            for other in list(self._speculative):
                other.cancel("more urgent")
        elif urgency is Urgency.SPECULATIVE:
            self._speculative.add(own)
        try:
            async with self._run(self._completion_chunks(prompt, parameters), parameters, own) as values:
                async for value in values:
                    yield value
        finally:
            unlink()
            self._speculative.discard(own)

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the answer to a conversation, rendered by the server with the model's own template."""
        async with self._run(self._chat_chunks(messages, parameters), parameters, token) as values:
            async for value in values:
                yield value

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        """Return one normalized vector per text."""
        with self._remembering_failure():
            return await embed_on_llama_server(self._client, texts, self._named)

    async def status(self) -> Mapping[str, object]:
        """Return whether the server answers, and with what."""
        facts: dict[str, object] = {"model": self._model, "server": self._client.address.origin}
        if self._facts is None and self._failure is None:
            return {**facts, "state": "not started"}
        try:
            await self._client.get("/health", seconds=_STATUS_SECONDS)
        except PylotError as error:
            return {**facts, "state": "problem", "problem": error.sentence}
        if self._failure is not None:
            return {**facts, "state": "problem", "problem": self._failure.sentence}
        return {**facts, "state": "ready", "description": self._facts.alias if self._facts else ""}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    @contextlib.asynccontextmanager
    async def _run(
        self, chunks: AsyncGenerator[Chunk], parameters: CompletionParameters, token: CancellationToken | None
    ) -> AsyncIterator[AsyncGenerator[Delta | Usage]]:
        seconds = self._settings.total_seconds
        generation = Generation(self._client.who, parameters, token=token, total_seconds=seconds, clock=self._clock)
        with self._remembering_failure():
            async with contextlib.aclosing(generation.run(chunks)) as values:
                yield values

    async def _completion_chunks(self, prompt: FimPrompt, parameters: CompletionParameters) -> AsyncGenerator[Chunk]:
        # A model that was swapped meanwhile is asked anew; a second swap at once is nobody's daily life.
        for is_last_try in (False, True):
            try:
                async with contextlib.aclosing(self._attempt(prompt, parameters)) as chunks:
                    async for chunk in chunks:
                        yield chunk
                return
            except _OtherModelError as error:
                if is_last_try:
                    raise ProviderUnavailableError(f"{self._client.who} keeps changing its model.") from error

    async def _attempt(self, prompt: FimPrompt, parameters: CompletionParameters) -> AsyncGenerator[Chunk]:
        facts = await self._known()
        if not facts.has_fim and not self._has_said_no_fim:
            self._has_said_no_fim = True
            self._say(
                f"{self.name} has no fill-in-the-middle tokens: it completes from the text before the cursor only."
            )
        # /infill puts the beginning of the text in by itself.
        pieces = render_fim(prompt, facts.form, facts.ids, None if facts.uses_infill else facts.bos)
        if facts.uses_infill:
            pieces.append(SourcedPiece(TextPiece(prompt.suffix, prompt.max_suffix_tokens, "head"), "suffix"))
        tokens, sizes = await facts.tokenizer.pieces(pieces)
        by_source = tokens_by_source(pieces, sizes)
        yield Chunk(is_token=False, counts=Counts(len(tokens), tokens_by_source=by_source))
        path, body = "/completion", completion_body(parameters, tokens, facts.card.stops)
        if facts.uses_infill:
            n_prefix = len(tokens) - sizes[-1]
            path, body = "/infill", infill_body(body, tokens[:n_prefix], tokens[n_prefix:])
        is_checked = False
        async with contextlib.aclosing(self._client.events(path, {**body, **self._named})) as events:
            async for data in events:
                if not is_checked:
                    await self._check_model(facts)
                    is_checked = True
                yield read_completion_event(self._client.who, data, by_source)

    async def _chat_chunks(
        self, messages: Sequence[ChatMessage], parameters: CompletionParameters
    ) -> AsyncGenerator[Chunk]:
        if not (await self._known()).can_chat:
            raise ModelAbilityError(
                f"{self.name} has no chat template, so it cannot chat; choose another model for chat."
            )
        body = chat_body(parameters, messages, self._settings.chat_template_kwargs)
        events = self._client.events("/v1/chat/completions", {**body, **self._named})
        async with contextlib.aclosing(read_chunks(self._client.who, events)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _known(self) -> LlamaFacts:
        """Return the model's facts, asked for when they are not known."""
        async with self._asking:
            if self._facts is not None:
                return self._facts
            facts = await read_facts(self._client, self._model, self._cards, self._settings.card)
            self._facts, self._n_connections = facts, self._client.n_connections
        return facts

    async def _check_model(self, facts: LlamaFacts) -> None:
        """Make sure that a server which had to be connected to anew still has the model that the prompt is for."""
        if self._client.n_connections == self._n_connections:
            return
        identity = await read_identity(self._client, self._model)
        self._n_connections = self._client.n_connections
        if identity != facts.identity:
            self._facts = None
            raise _OtherModelError

    @contextlib.contextmanager
    def _remembering_failure(self) -> Iterator[None]:
        try:
            yield
        except (ProviderUnavailableError, ProviderAuthError) as error:
            self._failure = error
            # Whatever answers next time may be another server.
            self._facts = None
            raise
        self._failure = None
