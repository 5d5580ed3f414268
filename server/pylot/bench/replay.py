"""Replay traces for several contenders, who take turns at every key; while one answers, the others rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pylot.bench.contender import Answer, Contender
from pylot.bench.processes import processor_seconds
from pylot.bench.traces import Keystroke, Trace
from pylot.kernel.errors import ProviderRequestError


@dataclass(frozen=True, slots=True)
class Record:
    """One contender's answer to one key."""

    contender: str
    trace: str
    kind: str
    index: int
    what: str
    answer: Answer
    processor_seconds: float


@dataclass(frozen=True, slots=True)
class PacedRecord:
    """What one contender did while a whole trace was typed at the pace of its recording.

    `n_shown` counts the answers that came before the next key, `n_wasted` the tokens of all others.
    """

    contender: str
    trace: str
    n_keys: int
    n_shown: int
    n_generated: int
    n_wasted: int
    processor_seconds: float


async def take_turns(
    contenders: Sequence[Contender],
    traces: Sequence[Trace],
    n_keys: int,
    progress: Callable[[], None],
    records: list[Record],
) -> None:
    """Let every contender answer every key, and add what came of it; who begins moves on with each key.

    A key of a file that an earlier trace has opened already is no longer `cold` but `reopened`.
    """
    known: set[str] = set()
    for trace in traces:
        for index, key in enumerate(trace.keystrokes[:n_keys]):
            begin = index % len(contenders)
            for contender in [*contenders[begin:], *contenders[:begin]]:
                what = "reopened" if key.what == "cold" and key.file in known else key.what
                answer, seconds = await _turn(contender, trace if index == 0 else None, key)
                records.append(Record(contender.name, trace.name, trace.kind, index, what, answer, seconds))
                progress()
        known |= set(trace.files)


async def play_at_pace(contender: Contender, trace: Trace, n_keys: int) -> PacedRecord:
    """Type a trace as fast as it was recorded, giving requests up as the contender's plugin does."""
    await contender.open(trace)
    await contender.settle()
    processes = await contender.process_ids()
    spent, generated = processor_seconds(processes), contender.n_generated
    shown: list[Answer] = []
    tasks: set[asyncio.Task[None]] = set()
    newest = -1

    async def ask(index: int, key: Keystroke) -> None:
        answer = await contender.ask(key)
        if index == newest and answer.text:
            shown.append(answer)

    keys = trace.keystrokes[:n_keys]
    for index, key in enumerate(keys):
        await asyncio.sleep(key.pause_ms / 1_000)
        if contender.interrupts:
            await _give_up(tasks)
        newest = index
        contender.press(key)
        tasks.add(asyncio.create_task(ask(index, key)))
    await asyncio.gather(*tasks, return_exceptions=True)
    await contender.settle()
    n_generated = contender.n_generated - generated
    n_wasted = n_generated - sum(answer.generated_tokens for answer in shown)
    seconds = processor_seconds(processes) - spent
    return PacedRecord(contender.name, trace.name, len(keys), len(shown), n_generated, max(0, n_wasted), seconds)


async def _turn(contender: Contender, opening: Trace | None, key: Keystroke) -> tuple[Answer, float]:
    spent = processor_seconds(await contender.process_ids())
    if opening is not None:
        await contender.open(opening)
    contender.press(key)
    try:
        answer = await contender.ask(key)
    except ProviderRequestError:
        # Its prompt is longer than the model takes, so there is nothing to compare here.
        answer = Answer(asked=False)
    await contender.settle()
    return answer, processor_seconds(await contender.process_ids()) - spent


async def _give_up(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    tasks.clear()
