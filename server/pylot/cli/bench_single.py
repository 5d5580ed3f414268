"""Figures of one contender alone: how Pylot starts, how it grows, and how it answers while the engine is busy."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable

import psutil

from pylot.bench.bars import ACCEPTED, COLD_START, GAP_MAX, GAP_P99, WARM_START, overhead_name
from pylot.bench.contender import Answer
from pylot.bench.engine_measures import Measures
from pylot.bench.processes import peak_bytes
from pylot.bench.traces import source
from pylot.cli.bench_pylot import PylotContender
from pylot.evaluation.statistics import percentile

Make = Callable[[str], PylotContender]
_TYPED = "value = self._table[job.sequence].tokens\n"
_INDENT = "        "
_LEAVING_SECONDS = 20.0


def windows_name(n_windows: int) -> str:
    """Return what the time of an answer with so many windows is called."""
    return f"answer with {n_windows} windows open, p50, ms"


async def starts(make: Make) -> Measures:
    """Start language server and engine from nothing, twice, with the model's file in the page cache the second time."""
    found: Measures = {}
    for name in (COLD_START, WARM_START):
        contender = make("start")
        began = time.monotonic()
        await contender.start()
        try:
            opened_ms = (time.monotonic() - began) * 1_000
            text, offset = _long_text(176)
            contender.show("file:///bench/start.py", "python", text)
            answer = await contender.ask_at("file:///bench/start.py", offset)
            found[name] = opened_ms + answer.first_ms if answer.first_ms is not None else None
            engines = (await contender.process_ids())[1:]
        finally:
            await contender.close()
        await asyncio.to_thread(_wait_until_gone, list(engines))
    return found


async def growth(contender: PylotContender, sizes: tuple[int, ...], n_keys: int) -> Measures:
    """Type into files of more and more lines."""
    found: Measures = {}
    for n_lines in sizes:
        text, offset = _long_text(n_lines)
        uri = f"file:///bench/growth/{n_lines}.py"
        contender.show(uri, "python", text)
        answers = await _type(contender, uri, offset, n_keys)
        outside = [answer.outside_model_ms for answer in answers if answer.outside_model_ms is not None]
        for percent in (50, 95):
            found[overhead_name(n_lines, percent)] = percentile(outside, percent / 100)
    return found


async def windows(make: Make, counts: tuple[int, ...], n_keys: int) -> Measures:
    """Open more and more windows on one engine, and type in one after the other."""
    found: Measures = {}
    opened: list[PylotContender] = []
    text, offset = _long_text(200)
    try:
        for count in counts:
            while len(opened) < count:
                window = make("windows")
                await window.start()
                opened.append(window)
                window.show(f"file:///bench/window{len(opened)}/main.py", "python", text)
            times = []
            for number, window in enumerate(opened, 1):
                uri = f"file:///bench/window{number}/main.py"
                answers = await _type(window, uri, offset, n_keys)
                # The first key pays for the prompt.
                times += [answer.total_ms for answer in answers[1:]]
            found[windows_name(count)] = percentile(times, 0.5)
        found["memory of one more window, MB"] = peak_bytes([opened[-1].client.pid]) / 1e6
    finally:
        for window in opened:
            await window.close()
    return found


async def gaps(contender: PylotContender, n_requests: int) -> Measures:
    """Ask something small again and again while the engine reads long prompts and writes."""
    busy = asyncio.create_task(_keep_busy(contender))
    times: list[float] = []
    while not busy.done() and len(times) < n_requests:
        began = time.monotonic()
        await contender.client.command("pylot.explain", 1)
        times.append((time.monotonic() - began) * 1_000)
        await asyncio.sleep(0.005)
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    return {GAP_P99: percentile(times, 0.99), GAP_MAX: max(times, default=None)}


async def after_accepting(contender: PylotContender, n_times: int) -> Measures:
    """Take suggestions where there are some, and ask at once for the next."""
    text, offset = _long_text(200)
    uri = "file:///bench/accepting/main.py"
    contender.show(uri, "python", text)
    times = []
    for number in range(n_times):
        typed = _TYPED[number % 12]
        contender.change(uri, offset, offset, typed)
        offset += len(typed)
        answer = await contender.ask_at(uri, offset)
        if not answer.text.isascii() or not answer.text:
            continue
        await contender.settle()
        contender.change(uri, offset, offset, answer.text)
        offset += len(answer.text)
        times.append((await contender.ask_at(uri, offset)).total_ms)
    return {ACCEPTED: percentile(times, 0.5)}


async def _keep_busy(contender: PylotContender) -> None:
    """Ask in one new file after the other, each of which shares nothing with the last."""
    text, offset = _long_text(400)
    for number in itertools.count(10_000):
        first = f"# {number}\n"
        uri = f"file:///bench/gaps/{number}.py"
        contender.show(uri, "python", first + text)
        await contender.ask_at(uri, len(first) + offset)


async def _type(contender: PylotContender, uri: str, offset: int, n_keys: int) -> list[Answer]:
    answers = []
    for character in _TYPED[:n_keys]:
        contender.change(uri, offset, offset, character)
        offset += 1
        answers.append(await contender.ask_at(uri, offset))
        await contender.settle()
    return answers


def _long_text(n_lines: int) -> tuple[str, int]:
    """Return a text of so many lines, with an empty indented one in its middle, and the place at its end."""
    lines = source("generation.py").splitlines(keepends=True)
    copies = [f"# part {number}\n" + "".join(lines[1:]) for number in range(n_lines // len(lines) + 1)]
    kept = "".join(copies).splitlines(keepends=True)[:n_lines]
    before = "".join(kept[: n_lines // 2]) + _INDENT
    return before + "\n" + "".join(kept[n_lines // 2 + 1 :]), len(before)


def _wait_until_gone(process_ids: list[int]) -> None:
    for pid in process_ids:
        try:
            psutil.Process(pid).wait(_LEAVING_SECONDS)
        except psutil.Error:
            continue
