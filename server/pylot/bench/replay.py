"""Replay traces for several contenders, who take turns at every key; while one answers, the others rest.

A slow contender may be limited to so much time; it is asked at as many keys as that allows, spread over all of them.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
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

    `n_shown` counts the answers that came before the next key, `n_wasted` the tokens of what was never shown.
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
    limits: Mapping[str, float] | None = None,
) -> None:
    """Let every contender answer every key, and add what came of it; who begins moves on with each key.

    `limits` are seconds that contenders may take in all, by name: one that has used up its share of them by a key is
    not asked there, whatever kind of key it is.
    A key of a file that an earlier trace has opened already is no longer `cold` but `reopened`.
    """
    known: set[str] = set()
    n_all = sum(min(n_keys, len(trace.keystrokes)) for trace in traces)
    n_done, spent = 0, defaultdict[str, float](float)
    limits = limits or {}
    for trace in traces:
        for index, key in enumerate(trace.keystrokes[:n_keys]):
            begin = index % len(contenders)
            for contender in [*contenders[begin:], *contenders[:begin]]:
                what = "reopened" if key.what == "cold" and key.file in known else key.what
                allowed = limits[contender.name] * n_done / n_all if contender.name in limits else math.inf
                begun, processor = time.monotonic(), processor_seconds(await contender.process_ids())
                if index == 0:
                    await contender.open(trace)
                contender.press(key)
                answer = await _ask(contender, key) if spent[contender.name] < allowed else None
                await contender.settle()
                spent[contender.name] += time.monotonic() - begun
                if answer is not None:
                    seconds = processor_seconds(await contender.process_ids()) - processor
                    records.append(Record(contender.name, trace.name, trace.kind, index, what, answer, seconds))
                progress()
            n_done += 1
        known |= set(trace.files)


async def play_at_pace(contender: Contender, trace: Trace, n_keys: int) -> PacedRecord:
    """Type a trace as fast as it was recorded, giving requests up as the contender's plugin does.

    The first key is waited for: who has only opened a file is measured elsewhere.
    """
    await contender.open(trace)
    first, *keys = trace.keystrokes[: n_keys + 1]
    contender.press(first)
    await _ask(contender, first)
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
    n_wasted = n_generated - sum(answer.generated_tokens for answer in _first_shown(shown))
    seconds = processor_seconds(processes) - spent
    return PacedRecord(contender.name, trace.name, len(keys), len(shown), n_generated, max(0, n_wasted), seconds)


def _first_shown(shown: Sequence[Answer]) -> list[Answer]:
    """Leave out what only goes on showing the rest of an earlier answer."""
    return [
        answer
        for index, answer in enumerate(shown)
        if answer.first_ms is not None or not any(each.text.endswith(answer.text) for each in shown[:index])
    ]


async def _ask(contender: Contender, key: Keystroke) -> Answer:
    try:
        return await contender.ask(key)
    except ProviderRequestError:
        # Its prompt is longer than the model takes, so there is nothing to compare here.
        return Answer(asked=False)


async def _give_up(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    tasks.clear()
