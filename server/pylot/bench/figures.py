"""What the records of a replay amount to: figures per contender, and ratios paired key by key."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from pylot.bench.contender import Answer
from pylot.bench.replay import PacedRecord, Record
from pylot.evaluation.statistics import percentile

Pick = Callable[[Answer], float | None]
_REQUEST_TOKENS = 32
TYPING = ("typed", "erased")
COLD = ("cold",)


def first_ms(answer: Answer) -> float | None:
    """The time to the first token, where a model answered."""
    return answer.first_ms


def total_ms(answer: Answer) -> float | None:
    """The time to the suggestion, where one was shown."""
    return answer.total_ms if answer.text else None


def request_ms(answer: Answer) -> float | None:
    """The time that 32 tokens take, where a model answered: to the first, and 31 times as long as to each later one.

    Who ends a line early and who writes on can be compared by it.
    """
    step_ms = token_ms(answer)
    return answer.first_ms + (_REQUEST_TOKENS - 1) * step_ms if answer.first_ms is not None and step_ms else None


def token_ms(answer: Answer) -> float | None:
    """The time per generated token after the first."""
    if answer.first_ms is None or answer.generated_tokens < 4:
        return None
    return (answer.total_ms - answer.first_ms) / (answer.generated_tokens - 1)


@dataclass(frozen=True, slots=True)
class Figures:
    """One contender's figures over all keys of a run; times in milliseconds, memory in bytes.

    `prompt` and `decoded` are tokens of a request at the median.
    `reused_typing` looks at keys that type on, `reused` at all of them; `shown` counts answers that had text.
    """

    name: str
    keys: int
    shown: int
    first: tuple[float | None, float | None]
    total: tuple[float | None, float | None]
    prompt: float | None
    decoded: float | None
    reused_typing: float | None
    reused: float | None
    generated: int
    wasted: int | None
    processor_per_answer: float | None
    processor_per_shown: float | None
    peak_bytes: int


def figures_of(name: str, records: Sequence[Record], paced: Sequence[PacedRecord], peak_bytes: int) -> Figures:
    """Sum up one contender."""
    own = [record for record in records if record.contender == name]
    typed = [record for record in paced if record.contender == name]
    answers = [record.answer for record in own if record.answer.asked]
    from_model = [answer for answer in answers if answer.first_ms is not None]
    n_shown = sum(record.n_shown for record in typed)
    return Figures(
        name=name,
        keys=len(own),
        shown=sum(bool(answer.text) for answer in answers),
        first=_both(answers, first_ms),
        total=_both(answers, total_ms),
        prompt=percentile([answer.prompt_tokens for answer in from_model], 0.5),
        decoded=percentile([answer.decoded_tokens for answer in from_model], 0.5),
        reused_typing=_reused([record.answer for record in own if record.what in TYPING and record.kind == "linear"]),
        reused=_reused([record.answer for record in own if record.what not in ("cold", "reopened")]),
        generated=sum(answer.generated_tokens for answer in from_model),
        wasted=sum(record.n_wasted for record in typed) if typed else None,
        processor_per_answer=_mean([record.processor_seconds for record in own if record.answer.asked]),
        processor_per_shown=sum(record.processor_seconds for record in typed) / n_shown if n_shown else None,
        peak_bytes=peak_bytes,
    )


def paired_ratio(
    records: Sequence[Record], one: str, other: str, pick: Pick, keys: Collection[str] = ()
) -> float | None:
    """Return the median of one contender's figure divided by the other's at the same key; None where there is none.

    `keys` are the kinds of keys to look at, all by default.
    """
    ratios = [left / right for left, right in _pairs(records, one, other, pick, keys) if right]
    return statistics.median(ratios) if ratios else None


def percentile_ratio(records: Sequence[Record], one: str, other: str, pick: Pick, share: float) -> float | None:
    """Return a percentile of one contender's figure divided by the other's, over the keys that both have it for."""
    pairs = list(_pairs(records, one, other, pick, ()))
    left, right = (percentile([pair[side] for pair in pairs], share) for side in (0, 1))
    return left / right if left is not None and right else None


def _pairs(
    records: Sequence[Record], one: str, other: str, pick: Pick, keys: Collection[str]
) -> list[tuple[float, float]]:
    values: dict[tuple[str, int], dict[str, float]] = {}
    for record in records:
        value = pick(record.answer)
        if value is not None and (not keys or record.what in keys):
            values.setdefault((record.trace, record.index), {})[record.contender] = value
    return [(both[one], both[other]) for both in values.values() if one in both and other in both]


def _both(answers: Sequence[Answer], pick: Pick) -> tuple[float | None, float | None]:
    values = [value for answer in answers if (value := pick(answer)) is not None]
    return percentile(values, 0.5), percentile(values, 0.95)


def _reused(answers: Sequence[Answer]) -> float | None:
    n_prompt = sum(answer.prompt_tokens for answer in answers)
    return sum(answer.reused_tokens for answer in answers) / n_prompt if n_prompt else None


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
