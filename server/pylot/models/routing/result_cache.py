"""Answers to requests that would be answered alike again (I9)."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from pylot.kernel.clock import Clock
from pylot.models.settings import ResultCacheSettings
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, Urgency, Usage

_LONGEST_ANSWER = 64 * 1024
WHOLE_ANSWERS = frozenset({"end", "stop", "length"})

Answer = tuple[tuple[Delta, ...], Usage]


_OTHERWISE_KEPT = (Urgency.COMPLETION, Urgency.SPECULATIVE)


def is_repeatable(parameters: CompletionParameters, urgency: Urgency) -> bool:
    """Tell whether a request gives the same answer again; ghost text has a better cache of its own."""
    return parameters.temperature == 0 and parameters.max_tokens > 0 and urgency not in _OTHERWISE_KEPT


class ResultCache:
    """Keep whole answers in memory, up to a number and an age.

    A key is a hash under a random key of this process, so that it tells nothing about the prompt.
    """

    def __init__(self, settings: ResultCacheSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._answers: OrderedDict[bytes, tuple[float, Answer]] = OrderedDict()

    def key(
        self, role: str, model: str, prompt: FimPrompt | Sequence[ChatMessage], parameters: CompletionParameters
    ) -> bytes:
        """Return the name of a request's answer."""
        asked = prompt if isinstance(prompt, FimPrompt) else tuple(prompt)
        exact = repr((role, model, asked, replace(parameters, deadline_ms=None)))
        return hashlib.blake2b(exact.encode("utf-8", "surrogatepass"), key=self._secret).digest()

    def get(self, key: bytes) -> Answer | None:
        """Return an answer that is young enough."""
        found = self._answers.get(key)
        if found is None:
            return None
        began, answer = found
        if self._clock.monotonic() - began > self._settings.seconds:
            del self._answers[key]
            return None
        self._answers.move_to_end(key)
        return answer

    def put(self, key: bytes, deltas: Sequence[Delta], usage: Usage) -> None:
        """Keep an answer, unless it was cut short or is very long."""
        if usage.finish not in WHOLE_ANSWERS or sum(_size(it) for it in deltas) > _LONGEST_ANSWER:
            return
        again = Usage(
            usage.finish,
            prompt_tokens=usage.prompt_tokens,
            reused_tokens=usage.prompt_tokens,
            generated_tokens=usage.generated_tokens,
            tokens_by_source=usage.tokens_by_source,
        )
        self._answers[key] = (self._clock.monotonic(), (tuple(deltas), again))
        self._answers.move_to_end(key)
        while len(self._answers) > self._settings.entries:
            self._answers.popitem(last=False)

    def clear(self) -> None:
        """Forget every answer, because the settings or the workspace have changed."""
        self._answers.clear()


def _size(delta: Delta) -> int:
    return len(delta.text) + len(delta.reasoning) + sum(len(call.arguments) for call in delta.calls)
