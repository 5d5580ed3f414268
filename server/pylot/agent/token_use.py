"""What a task has asked of its models, and how fast they were (B5, I18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pylot.journal.events import ModelCallFinished


@dataclass(frozen=True, slots=True)
class TokenUse:
    """Tokens by what they were used for; speeds are in tokens per second, None where no model told its time."""

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    slowest: float | None = None
    average: float | None = None
    fastest: float | None = None

    def to_json(self) -> dict[str, int | float]:
        """Return what is known as JSON values, speeds to a tenth."""
        values: dict[str, int | float] = {
            "calls": self.calls,
            "promptTokens": self.prompt_tokens,
            "cachedTokens": self.cached_tokens,
            "completionTokens": self.completion_tokens,
        }
        speeds = (("slowest", self.slowest), ("average", self.average), ("fastest", self.fastest))
        return values | {name: round(speed, 1) for name, speed in speeds if speed is not None}


def token_use(calls: Sequence[ModelCallFinished]) -> TokenUse:
    """Return what calls of models have cost together, with their speeds (I18)."""
    speeds = [call.tokens_per_second for call in calls if call.tokens_per_second]
    timed = [call for call in calls if call.tokens_per_second]
    seconds = sum(call.completion_tokens / call.tokens_per_second for call in timed if call.tokens_per_second)
    return TokenUse(
        calls=len(calls),
        prompt_tokens=sum(call.prompt_tokens for call in calls),
        cached_tokens=sum(call.cached_tokens for call in calls),
        completion_tokens=sum(call.completion_tokens for call in calls),
        slowest=min(speeds, default=None),
        average=sum(call.completion_tokens for call in timed) / seconds if seconds else None,
        fastest=max(speeds, default=None),
    )
