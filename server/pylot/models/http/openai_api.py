"""The provider for every API that speaks OpenAI's protocol: vLLM, Ollama, hosted ones (H8)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.errors import (
    ConfigError,
    ProviderAuthError,
    ProviderError,
    ProviderModelMissingError,
    ProviderRequestError,
    ProviderUnavailableError,
    PylotError,
)
from pylot.models.cards import CardBox, ModelCard
from pylot.models.http.client import HttpClient
from pylot.models.http.embeddings import embed
from pylot.models.http.failures import FieldsRefusedError
from pylot.models.http.generation import Chunk, Counts, Generation
from pylot.models.http.openai_events import count, read_chunks
from pylot.models.http.openai_requests import Dialect, chat_body, completion_body
from pylot.models.http.text_prompt import TextPrompt, spelled_form, with_suffix, with_tokens
from pylot.models.settings import ProviderSettings
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage

_STATUS_SECONDS = 1.0
# Most servers do not tell; what they take by default is more.
_CONTEXT_TOKENS = 4096
_CONTEXT_FIELDS = ("max_model_len", "context_length", "context_window", "n_ctx")


class OpenAiProvider:
    """One model behind an API: completion with prompt and suffix, or with a card's tokens spelled out; chat; vectors.

    The API counts no tokens before it answers, so budgets and sources are estimates here.
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
            ConfigError: the address cannot or may not be used, or there is no such card.
        """
        self.name = name
        self._client = HttpClient(name, settings)
        self._root = "" if self._client.address.path else "/v1"
        self._settings = settings
        self._model = model
        self._cards = cards
        named = cards.match_names([model])
        self._card = _card(settings, model, cards)
        self._has_own_card = bool(settings.card) or named is not None
        self._clock = clock
        self._say = say
        self._dialect = Dialect()
        self._context_tokens: int | None = None
        self._has_said_no_fim = False
        self._asking = asyncio.Lock()
        self._failure: ProviderError | None = None

    @property
    def profile(self) -> ModelProfile | None:
        """The model's profile, or None while the server has not been asked."""
        return self._profile_of(self._context_tokens) if self._context_tokens is not None else None

    async def ready(self) -> ModelProfile:
        """Ask the server for its models and return the profile."""
        with self._remembering_failure():
            return await self._known()

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the text between prefix and suffix; only a server on this machine is warmed up."""
        chunks = self._completion_chunks(prompt, parameters)
        async with self._run(chunks, parameters, token, self._card.stops) as values:
            async for value in values:
                yield value

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the answer to a conversation."""
        async with self._run(self._chat_chunks(messages, parameters), parameters, token, ()) as values:
            async for value in values:
                yield value

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        """Return one normalized vector per text."""
        with self._remembering_failure():
            await self._known()
            return await embed(self._client, f"{self._root}/embeddings", texts, {"model": self._model})

    async def status(self) -> Mapping[str, object]:
        """Return whether the server answers; another machine's is not asked for the sake of a status."""
        facts: dict[str, object] = {"model": self._model, "server": self._client.address.origin}
        if self._context_tokens is None and self._failure is None:
            return {**facts, "state": "not started"}
        problem = self._failure.sentence if self._failure else ""
        if not problem and self._client.address.is_loopback:
            try:
                await self._client.get(f"{self._root}/models", seconds=_STATUS_SECONDS)
            except (ProviderModelMissingError, ProviderRequestError):
                pass
            except PylotError as error:
                problem = error.sentence
        return {**facts, "state": "problem", "problem": problem} if problem else {**facts, "state": "ready"}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    @contextlib.asynccontextmanager
    async def _run(
        self,
        chunks: AsyncGenerator[Chunk],
        parameters: CompletionParameters,
        token: CancellationToken | None,
        stops: Sequence[str],
    ) -> AsyncIterator[AsyncGenerator[Delta | Usage]]:
        seconds = self._settings.total_seconds
        generation = Generation(
            self._client.who, parameters, token=token, total_seconds=seconds, clock=self._clock, stops=stops
        )
        with self._remembering_failure():
            async with contextlib.aclosing(generation.run(chunks)) as values:
                yield values

    async def _completion_chunks(self, prompt: FimPrompt, parameters: CompletionParameters) -> AsyncGenerator[Chunk]:
        await self._known()
        if parameters.max_tokens == 0 and not self._client.address.is_loopback:
            yield Chunk(is_token=False, finish="warm", is_last=True)
            return

        def body() -> tuple[TextPrompt, dict[str, Any]]:
            text = self._text_prompt(prompt)
            return text, completion_body(self._model, text.prompt, text.suffix, parameters, self._card.stops)

        async with contextlib.aclosing(self._asked(f"{self._root}/completions", body)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _chat_chunks(
        self, messages: Sequence[ChatMessage], parameters: CompletionParameters
    ) -> AsyncGenerator[Chunk]:
        await self._known()
        whole = chat_body(self._model, messages, parameters, self._settings.chat_template_kwargs)
        async with contextlib.aclosing(self._asked(f"{self._root}/chat/completions", lambda: (None, whole))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _asked(
        self, path: str, body: Callable[[], tuple[TextPrompt | None, dict[str, Any]]]
    ) -> AsyncGenerator[Chunk]:
        """Yield what the server answers, leaving out what it does not understand until it does."""
        has_begun = False
        while True:
            text, whole = body()
            sent = self._dialect.spell(whole)
            try:
                async with contextlib.aclosing(
                    read_chunks(self._client.who, self._client.events(path, sent))
                ) as chunks:
                    if text is not None:
                        yield Chunk(is_token=False, counts=_counts(Counts(), text))
                    async for chunk in chunks:
                        if not has_begun:
                            has_begun = True
                            self._dialect.settle(worked=True)
                        yield replace(chunk, counts=_counts(chunk.counts, text)) if chunk.counts else chunk
                return
            except FieldsRefusedError as error:
                if has_begun or not self._dialect.learn(error, sent):
                    self._dialect.settle(worked=False)
                    raise

    def _text_prompt(self, prompt: FimPrompt) -> TextPrompt:
        if self._uses_card:
            return with_tokens(prompt, self._card)
        sends_suffix = self._dialect.understands("suffix")
        if not sends_suffix and not self._has_said_no_fim:
            self._has_said_no_fim = True
            self._say(
                f"{self.name} takes no text behind the cursor: it completes from the text before the cursor only. "
                "If its model was made for more, name its card in the provider's settings."
            )
        return with_suffix(prompt, sends_suffix=sends_suffix)

    @property
    def _uses_card(self) -> bool:
        """Whether special tokens are spelled out: on demand, or where a server cannot do better with a known model."""
        return bool(self._settings.card) or (self._has_own_card and not self._dialect.understands("suffix"))

    async def _known(self) -> ModelProfile:
        """Return the profile, asked for when it is not known."""
        async with self._asking:
            if self._context_tokens is None:
                entry = await self._model_entry()
                told = (count(entry.get(name)) for name in _CONTEXT_FIELDS)
                self._context_tokens = self._settings.context or next((n for n in told if n), _CONTEXT_TOKENS)
            return self._profile_of(self._context_tokens)

    async def _model_entry(self) -> Mapping[str, Any]:
        """Return what the server tells of the model; without a name in the configuration its first one is meant."""
        try:
            answer = await self._client.get(f"{self._root}/models")
        except (ProviderModelMissingError, ProviderRequestError):
            # Not every API has a list.
            return {}
        entries = answer.get("data") if isinstance(answer, Mapping) else None
        entries = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
        if not self._model and entries:
            self._model = str(entries[0].get("id") or "")
        own = next((entry for entry in entries if entry.get("id") == self._model), None) or {}
        meta = own.get("meta")
        return {**meta, **own} if isinstance(meta, Mapping) else own

    def _profile_of(self, context_tokens: int) -> ModelProfile:
        card = self._card
        embedder = self._cards.match_embedder([self._model])
        form = spelled_form(card)[0] if self._uses_card else None
        return ModelProfile(
            name=self._model or self.name,
            context_tokens=context_tokens,
            has_fim=form.order != "plain" if form else self._dialect.understands("suffix"),
            # Without a card, nobody knows into which order the server puts prompt and suffix.
            prefix_first=form is not None and form.order in ("psm", "plain"),
            can_chat=True,
            confidence=card.confidence,
            leaks=card.leaks,
            stops=card.stops,
            copy_first_confidence=card.copy_first_confidence,
            max_prompt_tokens=card.max_prompt_tokens,
            identity=f"server {self._client.address.url} {self._model}",
            native_tools=True,
            text_prefix=embedder.text,
            query_prefix=embedder.query,
        )

    @contextlib.contextmanager
    def _remembering_failure(self) -> Iterator[None]:
        try:
            yield
        except (ProviderUnavailableError, ProviderAuthError) as error:
            self._failure = error
            # Whatever answers next time may be another server.
            self._context_tokens = None
            raise
        self._failure = None


def _card(settings: ProviderSettings, model: str, cards: CardBox) -> ModelCard:
    card = cards.get(settings.card) if settings.card else cards.match_facts([model], frozenset())
    if card is None:
        raise ConfigError(f"There is no model card {settings.card!r}; there are {', '.join(cards.names)}.")
    return card


def _counts(told: Counts, text: TextPrompt | None) -> Counts:
    return replace(told, tokens_by_source=text.tokens_by_source(told.prompt_tokens)) if text else told
