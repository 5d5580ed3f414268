"""A model whose every answer is an event of the task that it is asked for, and counts against its limits (B5, A7)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import cast

from pylot.journal.events import ModelCallFinished, ModelCallStarted, StatusChanged
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.errors import PylotError
from pylot.models.provider import Provider
from pylot.models.settings import Role
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage
from pylot.tools.ports import Record


class CountedModel:
    """Implement `models.provider.Provider`: write each conversation down, and let completions go first, always."""

    def __init__(self, provider: Provider, role: Role, purpose: str, record: Record, clock: Clock) -> None:
        self._provider = provider
        self._role: Role = role
        self._purpose = purpose
        self._record = record
        self._clock = clock

    @property
    def profile(self) -> ModelProfile | None:
        """The model's profile, or None while it is not loaded."""
        return self._provider.profile

    async def ready(self) -> ModelProfile:
        """Load the model where that is needed, and return its profile."""
        return await self._provider.ready()

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.AGENT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the answer to a conversation, at the priority of agents whatever is asked for."""
        name = self.profile.name if self.profile else ""
        started = ModelCallStarted(role=self._role, model=name, purpose=self._purpose)
        await self._record(StatusChanged(status=self._purpose), started)
        began = self._clock.monotonic()
        stream = self._provider.chat(messages, parameters, urgency=Urgency.AGENT, token=token)
        try:
            async with aclosing(cast(AsyncGenerator[Delta | Usage, None], stream)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        await self._finished(piece, began)
                    yield piece
        except PylotError as error:
            await self._finished(Usage("error"), began, error.sentence)
            raise

    def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.AGENT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the text between prefix and suffix; it is no part of any task."""
        return self._provider.complete(prompt, parameters, urgency=Urgency.AGENT, token=token)

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        """Return one normalized vector per text."""
        return await self._provider.embed(texts, urgency=urgency)

    async def status(self) -> Mapping[str, object]:
        """Return the provider's health as JSON values."""
        return await self._provider.status()

    async def close(self) -> None:
        """Do nothing: the model belongs to others."""

    async def _finished(self, usage: Usage, began: float, error: str = "") -> None:
        seconds = self._clock.monotonic() - began
        name = self.profile.name if self.profile else ""
        await self._record(finished_call(self._role, name, usage, seconds * 1000, error))


def finished_call(role: Role, model: str, usage: Usage, latency_ms: float, error: str) -> ModelCallFinished:
    """Return what is written down of an answer; `error` is the sentence of why there is none."""
    speed = usage.generated_tokens / (usage.decode_ms / 1000) if usage.decode_ms and usage.generated_tokens else None
    return ModelCallFinished(
        role=role,
        model=model,
        finish=usage.finish,
        latency_ms=latency_ms,
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.reused_tokens,
        completion_tokens=usage.generated_tokens,
        total_tokens=usage.prompt_tokens + usage.generated_tokens,
        tokens_per_second=speed,
        error=error,
    )
