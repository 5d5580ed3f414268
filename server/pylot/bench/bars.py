"""The bars that Pylot sets itself, and whether a run clears them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pylot.bench.engine_measures import CANCEL, PER_TOKEN
from pylot.bench.figures import (
    COLD,
    TYPING,
    Figures,
    Pick,
    first_ms,
    paired_ratio,
    percentile_ratio,
    request_ms,
    token_ms,
    total_ms,
)
from pylot.bench.replay import Record
from pylot.evaluation.statistics import percentile

EMBEDDED = "pylot"
OVER_SERVER = "pylot-over-server"
PLUGIN = "llama.vscode"
TUNED = "tuned-infill"
LIBRARY = "llama-cpp-python"

ACCEPTED = "next suggestion after an accepted one, p50, ms"
START = "window and engine, from nothing to the first token, ms"
ENGINE_COLD = "engine, from nothing to the first token of a prompt read whole, ms"
ENGINE_WARM = "engine, second start to the first token, ms"
KEPT = "file that was read before the engine's last start, to the first token, ms"
GAP_P99 = "answer to a request while the engine computes, p99, ms"
GAP_MAX = "the same, longest, ms"
# From this size on, models are held to the bars of a 1.5B one.
_LARGE_BYTES = 700 << 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure and its limit; `value` is None where the run did not measure it.

    In a `ratio` one part of it may be far smaller than the other, a `share` is of a whole.
    """

    label: str
    value: float | None
    limit: float
    at_least: bool = False
    unit: Literal["ratio", "share", "ms"] = "ratio"

    @property
    def is_cleared(self) -> bool | None:
        """Whether the figure is good enough; None where there is none."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def overhead_name(n_lines: int, percent: int) -> str:
    """Return what the overhead of a file of so many lines is called."""
    return f"all but the model, {n_lines:,} lines, p{percent}, ms"


def windows_name(n_windows: int) -> str:
    """Return what the time of a first token with so many windows is called."""
    return f"first token while typing, {n_windows} windows open, p50, ms"


def bars(
    model_bytes: int, records: Sequence[Record], figures: Sequence[Figures], single: Mapping[str, float | None]
) -> list[Bar]:
    """Return every bar with the figure of a run; ratios are Pylot's own engine divided by the other contender."""
    first_limit, whole_limit = (1 / 80, 1 / 7) if model_bytes >= _LARGE_BYTES else (1 / 50, 1 / 3)
    own = next((each for each in figures if each.name == EMBEDDED), None)
    tuned = next((each for each in figures if each.name == TUNED), None)
    speed = paired_ratio(records, TUNED, EMBEDDED, token_ms)

    def ratio(other: str, pick: Pick, keys: Sequence[str] = ()) -> float | None:
        return paired_ratio(records, EMBEDDED, other, pick, keys)

    to_plugin, to_tuned = "of llama.vscode's", "of the tuned server's"
    first_p95 = percentile_ratio(records, EMBEDDED, PLUGIN, first_ms, 0.95)
    wasted = _quotient(own.wasted, tuned.wasted) if own and tuned else None
    growth = _quotient(single.get(overhead_name(20_000, 50)), single.get(overhead_name(200, 50)))
    restart = _quotient(single.get(ENGINE_WARM), single.get(ENGINE_COLD))
    tuned_cold = [record.answer.first_ms for record in records if (record.contender, record.what) == (TUNED, "cold")]
    kept = _quotient(single.get(KEPT), percentile([each for each in tuned_cold if each is not None], 0.5))
    alone = ((ACCEPTED, 20.0), (PER_TOKEN, 0.3), (overhead_name(2_000, 95), 5.0), (CANCEL, 20.0), (GAP_P99, 5.0))
    return [
        Bar(f"first token while typing, p50, {to_plugin}", ratio(PLUGIN, first_ms, TYPING), first_limit),
        Bar(f"first token, p95, all keys, {to_plugin}", first_p95, 1 / 10),
        Bar(
            f"32 tokens while typing, p50, {to_plugin}",
            ratio(PLUGIN, request_ms, TYPING),
            whole_limit,
        ),
        Bar(f"until the suggestion, p50, all keys, {to_plugin}", ratio(PLUGIN, total_ms), 1 / 6),
        Bar(f"cold file to the suggestion, {to_tuned}", ratio(TUNED, total_ms, COLD), 1 / 3),
        Bar(f"cold file whose state was kept to the first token, {to_tuned}", kept, 1 / 8),
        Bar(f"first token while typing, p50, {to_tuned}", ratio(TUNED, first_ms, TYPING), 1.0),
        Bar(f"speed of generation, {to_tuned}", speed, 0.98, at_least=True),
        Bar("prompt tokens reused, linear typing", own.reused_typing if own else None, 0.95, True, "share"),
        Bar("prompt tokens reused, all keys but a file's first", own.reused if own else None, 0.85, True, "share"),
        Bar(f"tokens never shown, at pace, {to_tuned}", wasted, 0.5),
        *(Bar(name, single.get(name), limit, unit="ms") for name, limit in (*alone, (GAP_MAX, 30.0))),
        Bar("engine's second start to the first token, of the first", restart, 1 / 8),
        Bar("all but the model, 20,000 lines, of 200 lines, p50", growth, 2.0),
    ]


def _quotient(value: float | None, other: float | None) -> float | None:
    return value / other if value is not None and other else None
