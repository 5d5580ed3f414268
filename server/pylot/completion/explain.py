"""What happened to the last requests, step by step: the data and the page behind `pylot.explain`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pylot.completion import reasons
from pylot.completion.values import CompletionRequest, Step
from pylot.kernel.clock import Clock

STEP_NAMES = ("gate", "lookup", "wait", "copy", "hold", "load", "plan", "generate", "postprocess", "verify", "learn")
_KEPT_TRACES = 50


@dataclass(slots=True)
class Generation:
    """What the model did: tokens, and milliseconds from the request to its first token."""

    prompt_tokens: dict[str, int] = field(default_factory=dict)
    reused_tokens: int = 0
    decoded_tokens: int = 0
    generated_tokens: int = 0
    first_token_ms: float | None = None


@dataclass(slots=True)
class RunningStep:
    """A step under way: set its outcome and details before it ends."""

    outcome: str = ""
    details: dict[str, object] = field(default_factory=dict)


class Trace:
    """Record one request's way; holds places and figures, never the user's code."""

    def __init__(self, trace_id: str, request: CompletionRequest, clock: Clock) -> None:
        self.id = trace_id
        self.steps: list[Step] = []
        self.generation = Generation()
        self.source = ""
        self.reason = ""
        self.detail = ""
        self.n_shown = 0
        self.total_ms: float | None = None
        self._clock = clock
        self._began = clock.monotonic()
        self._began_wall = clock.wall()
        self._file = request.uri.rsplit("/", 1)[-1]
        self.line = request.text.count("\n", 0, request.offset) + 1
        self._trigger = request.trigger.value
        self._version = request.version
        self._language = request.language

    @contextmanager
    def step(self, name: str) -> Iterator[RunningStep]:
        """Time one of `STEP_NAMES`; whatever ends it, it is recorded."""
        began = self._clock.monotonic()
        running = RunningStep()
        try:
            yield running
        finally:
            spent = (self._clock.monotonic() - began) * 1_000
            self.steps.append(Step(name, running.outcome, spent, running.details))

    def first_token(self) -> None:
        """Note when the first token came; later calls change nothing."""
        if self.generation.first_token_ms is None:
            self.generation.first_token_ms = self._elapsed_ms()

    def finish_shown(self, source: str, n_shown: int) -> None:
        """Close the trace of a request that was answered with suggestions."""
        self.source, self.n_shown = source, n_shown
        self.total_ms = self._elapsed_ms()

    def finish_withheld(self, reason: str, detail: str = "") -> None:
        """Close the trace of a request that was answered with nothing."""
        self.reason, self.detail = reason, detail
        self.total_ms = self._elapsed_ms()

    def to_json(self) -> dict[str, object]:
        """Return the trace as JSON values; documented in docs/protocol.md."""
        generation = self.generation
        return {
            "id": self.id,
            "time": self._began_wall,
            "file": self._file,
            "line": self.line,
            "language": self._language,
            "trigger": self._trigger,
            "version": self._version,
            "shown": self.n_shown,
            "source": self.source,
            "reason": self.reason,
            "sentence": " ".join(filter(None, (reasons.sentence(self.reason), self.detail))),
            "steps": [_step_json(step) for step in self.steps],
            "promptTokens": dict(generation.prompt_tokens),
            "reusedTokens": generation.reused_tokens,
            "decodedTokens": generation.decoded_tokens,
            "generatedTokens": generation.generated_tokens,
            "firstTokenMs": _rounded(generation.first_token_ms),
            "totalMs": _rounded(self.total_ms),
        }

    def _elapsed_ms(self) -> float:
        return (self._clock.monotonic() - self._began) * 1_000


class TraceLog:
    """Keep the last 50 traces."""

    def __init__(self, clock: Clock, limit: int = _KEPT_TRACES) -> None:
        self._clock = clock
        self._traces: deque[Trace] = deque(maxlen=limit)

    def begin(self, trace_id: str, request: CompletionRequest) -> Trace:
        """Open a trace and keep it."""
        trace = Trace(trace_id, request, self._clock)
        self._traces.append(trace)
        return trace

    def last(self, limit: int = 10) -> list[dict[str, object]]:
        """Return the last traces as JSON values, newest first."""
        return [trace.to_json() for trace in reversed(self._traces)][:limit]


def _step_json(step: Step) -> dict[str, object]:
    return {"name": step.name, "outcome": step.outcome, "ms": _rounded(step.milliseconds), **_details(step.details)}


def _details(details: Mapping[str, object]) -> dict[str, object]:
    return {"details": dict(details)} if details else {}


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 2)
