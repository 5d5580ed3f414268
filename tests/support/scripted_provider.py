"""A model that answers from a script and remembers every prompt it saw."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import pytest

from pylot.kernel.cancellation import CancellationToken
from pylot.models.door import Models
from pylot.models.provider import Provider
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage

PROFILE = ModelProfile(
    name="scripted",
    context_tokens=4096,
    has_fim=True,
    prefix_first=True,
    can_chat=False,
    confidence=(),
    leaks=(),
    stops=(),
    copy_first_confidence=1.1,
    max_prompt_tokens=2048,
)


class ScriptedProvider:
    """Answer with a text, or with what a function makes of the prompt.

    `gate` holds every answer back until it is set.
    """

    def __init__(self, answer: str | Callable[[FimPrompt], str] = "", *, logprob: float = -0.01) -> None:
        self.answer = answer
        self.logprob = logprob
        self.prompts: list[FimPrompt] = []
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def profile(self) -> ModelProfile | None:
        return PROFILE

    async def ready(self) -> ModelProfile:
        return PROFILE

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        self.prompts.append(prompt)
        text = self.answer(prompt) if callable(self.answer) else self.answer
        await self.gate.wait()
        finish = "end"
        for piece in re.findall(r"\s*\S+|\s+\Z", text)[: parameters.max_tokens]:
            if token is not None and token.cancelled:
                finish = "cancelled"
                break
            stop = next((each for each in parameters.stops if each in piece), "")
            if stop:
                finish = "stop"
                break
            yield Delta(piece, self.logprob)
        yield Usage(finish)

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        yield Usage("end")

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        return [[1.0] for _ in texts]

    async def status(self) -> Mapping[str, object]:
        return {"state": "ready"}

    async def close(self) -> None:
        pass

    @property
    def seen(self) -> str:
        """All text that reached the model."""
        parts = [
            (
                prompt.path,
                prompt.head,
                prompt.tail,
                prompt.suffix,
                *(chunk.path + chunk.text for chunk in prompt.context),
            )
            for prompt in self.prompts
        ]
        return "\n".join(text for each in parts for text in each)


def put_in(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> None:
    """Let every session made from now on find this provider behind each role."""
    monkeypatch.setattr(Models, "_make", lambda self, target: provider)
