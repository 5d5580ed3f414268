"""Read one streamed answer to its end: text, thoughts, and calls put together from their pieces."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import cast

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ModelAnswerError, OperationCancelledError
from pylot.models.provider import Provider
from pylot.models.structured.found_json import loads
from pylot.models.values import CallPiece, ChatMessage, CompletionParameters, Delta, ToolCall, Urgency, Usage

_MOST_CALLS = 64


@dataclass(frozen=True, slots=True)
class Said:
    """One whole answer; `is_whole` is false when it ended because of its length."""

    text: str
    reasoning: str
    calls: tuple[ToolCall, ...]
    usage: Usage

    @property
    def is_whole(self) -> bool:
        """Whether the model came to an end by itself."""
        return self.usage.finish != "length"


class CallAssembler:
    """Put calls together from their pieces, also where a server gives every call the same number."""

    def __init__(self) -> None:
        self._calls: list[tuple[int, ToolCall]] = []

    def feed(self, piece: CallPiece) -> None:
        """Take in a piece."""
        at = next((at for at in reversed(range(len(self._calls))) if self._calls[at][0] == piece.index), None)
        if at is None or _is_another(self._calls[at][1], piece):
            if len(self._calls) < _MOST_CALLS:
                self._calls.append((piece.index, ToolCall(piece.id, piece.name, piece.arguments)))
            return
        call = self._calls[at][1]
        call = ToolCall(call.id or piece.id, call.name or piece.name, call.arguments + piece.arguments)
        self._calls[at] = (piece.index, call)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The calls so far."""
        return tuple(call for _, call in self._calls)


async def gather(
    provider: Provider,
    messages: Sequence[ChatMessage],
    parameters: CompletionParameters,
    *,
    urgency: Urgency,
    token: CancellationToken | None,
    on_text: Callable[[str], None] | None = None,
) -> Said:
    """Return an answer once it has ended; `on_text` hears its text as it comes.

    Raises:
        OperationCancelledError: it was cancelled.
        ModelAnswerError: its time was over.
        PylotError: the model cannot be had.
    """
    texts: list[str] = []
    thoughts: list[str] = []
    calls = CallAssembler()
    usage = Usage("end")
    stream = cast(
        AsyncGenerator[Delta | Usage, None], provider.chat(messages, parameters, urgency=urgency, token=token)
    )
    async with contextlib.aclosing(stream) as values:
        async for value in values:
            if isinstance(value, Usage):
                usage = value
                continue
            texts.append(value.text)
            thoughts.append(value.reasoning)
            for piece in value.calls:
                calls.feed(piece)
            if on_text is not None and value.text:
                on_text(value.text)
    if usage.finish == "cancelled":
        raise OperationCancelledError("The answer is no longer wanted.")
    if usage.finish == "deadline":
        raise ModelAnswerError(f"{name_of(provider)} did not finish its answer in time.")
    return Said("".join(texts), "".join(thoughts), calls.calls, usage)


def name_of(provider: Provider) -> str:
    """Return what to call a provider's model in a sentence."""
    return provider.profile.name if provider.profile else "The model"


def add_usage(first: Usage | None, second: Usage) -> Usage:
    """Return what two requests have cost together; the end is the second's, the first token the first's."""
    if first is None:
        return second
    sums = {
        each.name: getattr(first, each.name) + getattr(second, each.name)
        for each in fields(Usage)
        if each.name.endswith(("_tokens", "_ms")) and each.name != "first_token_ms"
    }
    return replace(second, **sums, first_token_ms=first.first_token_ms)


def _is_another(call: ToolCall, piece: CallPiece) -> bool:
    if piece.id and call.id and piece.id != call.id:
        return True
    if not (piece.name and call.name):
        return False
    # Some servers repeat the name with every piece; a new call begins only behind one that is whole.
    try:
        loads(call.arguments)
    except ValueError:
        return False
    return True
