"""A model that answers conversations from a list, in whatever form it is asked, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pylot.kernel.cancellation import CancellationToken
from pylot.models.values import (
    CallPiece,
    ChatMessage,
    CompletionParameters,
    Delta,
    FimPrompt,
    ModelProfile,
    Urgency,
    Usage,
)
from tests.support.scripted_provider import PROFILE

Answer = str | CallPiece | Exception | tuple[str, str]


@dataclass
class ScriptedChat:
    """Give one answer per conversation: a text, a text with how it finishes, a call, or an error.

    `answers` may be a function of the parameters, for a model that can do one thing and not another.
    """

    answers: list[Answer] | Callable[[CompletionParameters], Answer]
    native_tools: bool = False
    identity: str = "scripted 1"
    asked: list[tuple[list[ChatMessage], CompletionParameters]] = field(default_factory=list)

    @property
    def profile(self) -> ModelProfile:
        return replace(PROFILE, can_chat=True, identity=self.identity, native_tools=self.native_tools)

    async def ready(self) -> ModelProfile:
        return self.profile

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        self.asked.append((list(messages), parameters))
        answer = self.answers(parameters) if callable(self.answers) else self.answers.pop(0)
        if token is not None and token.cancelled:
            yield Usage("cancelled")
            return
        match answer:
            case Exception():
                raise answer
            case CallPiece():
                yield Delta("", calls=(answer,))
                yield Usage("end", prompt_tokens=10, generated_tokens=5)
            case (text, finish):
                yield Delta(text)
                yield Usage(finish)
            case text:
                for character in str(text):
                    yield Delta(character)
                yield Usage("end", prompt_tokens=10, generated_tokens=5)

    def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        raise NotImplementedError

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        raise NotImplementedError

    async def status(self) -> Mapping[str, object]:
        return {}

    async def close(self) -> None:
        pass
