"""What models were asked, by whom, and what it cost: figures, never content (H11, H12, I18, P4)."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field

_MOST_CALLS = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One try at one deployment; `outcome` is how the answer ended, or the kind of error."""

    agent: str
    role: str
    model: str
    provider: str
    began: float
    outcome: str
    latency_ms: float
    first_token_ms: float | None = None
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    decode_ms: float = 0.0

    @property
    def tokens_per_second(self) -> float | None:
        """How fast tokens came after the first, or None when there were too few to tell."""
        return (self.generated_tokens - 1) / self.decode_ms * 1000 if self._is_timed else None

    @property
    def _is_timed(self) -> bool:
        return self.generated_tokens > 1 and self.decode_ms > 0


@dataclass(slots=True)
class Totals:
    """The sums of all calls of one agent in one role at one deployment."""

    calls: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    latency_ms: float = 0.0
    slowest: float | None = None
    fastest: float | None = None
    decoded: int = 0
    decode_ms: float = 0.0

    def add(self, call: Call) -> None:
        """Take in one call."""
        self.calls += 1
        self.outcomes[call.outcome] += 1
        self.prompt_tokens += call.prompt_tokens
        self.cached_tokens += call.cached_tokens
        self.generated_tokens += call.generated_tokens
        self.latency_ms += call.latency_ms
        if (speed := call.tokens_per_second) is not None:
            self.slowest = min(speed, self.slowest or speed)
            self.fastest = max(speed, self.fastest or speed)
            self.decoded += call.generated_tokens - 1
            self.decode_ms += call.decode_ms

    def to_dict(self) -> dict[str, object]:
        """Return the sums as JSON values, speeds in tokens per second."""
        speed = None
        if self.slowest is not None and self.fastest is not None:
            mean = self.decoded / self.decode_ms * 1000
            speed = {"min": round(self.slowest, 1), "mean": round(mean, 1), "max": round(self.fastest, 1)}
        return {
            "calls": self.calls,
            "outcomes": dict(self.outcomes),
            "promptTokens": self.prompt_tokens,
            "cachedTokens": self.cached_tokens,
            "generatedTokens": self.generated_tokens,
            "meanLatencyMs": round(self.latency_ms / self.calls, 1),
            "tokensPerSecond": speed,
        }


class CallLog:
    """Remember the last calls, and the sums of all."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_MOST_CALLS)
        self._totals: dict[tuple[str, str, str, str], Totals] = {}

    def add(self, call: Call) -> None:
        """Take in one call."""
        self._calls.append(call)
        self._totals.setdefault((call.agent, call.role, call.provider, call.model), Totals()).add(call)

    def to_dict(self, n_last: int = 10) -> dict[str, object]:
        """Return the sums and the last calls as JSON values."""
        totals = [
            {"agent": agent, "role": role, "provider": provider, "model": model, **sums.to_dict()}
            for (agent, role, provider, model), sums in self._totals.items()
        ]
        return {"totals": totals, "last": [asdict(call) for call in list(self._calls)[-n_last:]]}
