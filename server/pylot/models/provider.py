"""The protocol that every way to a model fulfils."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from pylot.kernel.cancellation import CancellationToken
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage


class Provider(Protocol):
    """One model behind one way to run it (H7).

    Streams yield `Delta`s and end with exactly one `Usage`; cancelling the token ends them with finish `cancelled`.
    All methods raise `PylotError` with one sentence for the user when the model cannot be had.
    """

    @property
    def profile(self) -> ModelProfile | None:
        """The model's profile, or None while it is not loaded."""
        ...

    async def ready(self) -> ModelProfile:
        """Load the model where that is needed, and return its profile."""
        ...

    def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the text between prefix and suffix; `max_tokens` 0 only prepares the model for it."""
        ...

    def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the answer to a conversation."""
        ...

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        """Return one normalized vector per text."""
        ...

    async def status(self) -> Mapping[str, object]:
        """Return the provider's health as JSON values; never raises."""
        ...

    async def close(self) -> None:
        """Let go of the model."""
        ...
