"""Figures of Pylot alone: how it starts, how it grows, and how it answers while the engine is busy."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from typing import Protocol

import psutil

from pylot.bench.bars import (
    ACCEPTED,
    ENGINE_COLD,
    ENGINE_WARM,
    GAP_MAX,
    GAP_P99,
    KEPT,
    START,
    overhead_name,
    windows_name,
)
from pylot.bench.contender import Answer
from pylot.bench.engine_measures import Measures
from pylot.bench.processes import peak_bytes
from pylot.bench.traces import source
from pylot.cli.bench_pylot import PylotContender
from pylot.evaluation.statistics import percentile
from pylot.kernel.errors import PylotError

_TYPED = "value = self._table[job.sequence].tokens\n"
_INDENT = "        "
_LEAVING_SECONDS = 20.0
_NEVER_MS = 60_000
_KEPT_MB = 1_024
_MOST_TRIES = 50
_KEY_SECONDS = 0.05
_PROBE_SECONDS = 0.005


class Make(Protocol):
    """Make a window that shares its engine with those of the same name."""

    def __call__(self, name: str, deadline_ms: int = 0, saved_state_mb: int = 0) -> PylotContender:
        """Return a window that has not been started, with the usual deadline where none is given."""


async def starts(make: Make) -> Measures:
    """Start language server and engine from nothing, and again where what the model had read was kept.

    In between, what an engine takes that has a prompt to read whole; the model's file is in the page cache each time.
    """
    found: Measures = {}
    began = time.monotonic()
    async with _ending(make("kept", saved_state_mb=_KEPT_MB)) as contender:
        found[START] = await _first_token_ms(contender, began)
        await contender.settle()
    async with _ending(make("whole prompt", deadline_ms=_NEVER_MS)) as contender:
        found[ENGINE_COLD] = await _first_token_ms(contender)
    async with _ending(make("kept", saved_state_mb=_KEPT_MB)) as contender:
        found[ENGINE_WARM] = await _first_token_ms(contender)
    async with _ending(make("kept", saved_state_mb=_KEPT_MB)) as contender:
        # The engine is there already, but has not seen the file.
        await _first_token_ms(contender, file="other.py")
        await contender.settle()
        found[KEPT] = await _first_token_ms(contender)
    return found


async def growth(make: Make, sizes: tuple[int, ...], n_keys: int) -> Measures:
    """Type into files of more and more lines, and tell what of an answer's time is not the model's."""
    found: Measures = {}
    async with _ending(make("growth")) as contender:
        for n_lines in sizes:
            text, offset = _long_text(n_lines)
            uri = f"file:///bench/growth/{n_lines}.py"
            contender.show(uri, "python", text)
            # The first key pays for what is done once per file.
            answers = (await _type(contender, uri, offset, n_keys + 1))[1:]
            outside = [answer.outside_model_ms for answer in answers if answer.outside_model_ms is not None]
            for percent in (50, 95):
                found[overhead_name(n_lines, percent)] = percentile(outside, percent / 100)
    return found


async def windows(make: Make, counts: tuple[int, ...], n_keys: int) -> Measures:
    """Open more and more windows on one engine, and type in one after the other."""
    found: Measures = {}
    text, offset = _long_text(200)
    async with contextlib.AsyncExitStack() as stack:
        opened: list[PylotContender] = []
        for count in counts:
            while len(opened) < count:
                window = await stack.enter_async_context(_ending(make("windows"), leaves=False))
                opened.append(window)
                window.show(_window_uri(len(opened)), "python", text)
            times = []
            for number, window in enumerate(opened, 1):
                answers = await _type(window, _window_uri(number), offset, n_keys)
                # The first key pays for the prompt.
                times += [answer.first_ms for answer in answers[1:] if answer.first_ms is not None]
            found[windows_name(count)] = percentile(times, 0.5)
        found["memory of one more window, MB"] = peak_bytes([opened[-1].client.pid]) / 1e6
    return found


async def gaps(make: Make, n_requests: int) -> Measures:
    """Ask something small again and again where somebody types, while another window keeps the engine busy."""
    times: list[float] = []
    async with _ending(make("gaps")) as busy, _ending(make("gaps"), leaves=False) as typing:
        work = [asyncio.create_task(_keep_busy(busy)), asyncio.create_task(_keep_typing(typing))]
        try:
            while len(times) < n_requests and not any(each.done() for each in work):
                began = time.monotonic()
                await typing.client.command("pylot.explain", 1)
                times.append((time.monotonic() - began) * 1_000)
                await asyncio.sleep(_PROBE_SECONDS)
        finally:
            for each in work:
                each.cancel()
            await asyncio.gather(*work, return_exceptions=True)
    return {GAP_P99: percentile(times, 0.99), GAP_MAX: max(times, default=None)}


async def after_accepting(make: Make, n_times: int) -> Measures:
    """Take suggestions where there are some, and ask at once for the next, as long as there is one."""
    text, offset = _long_text(200)
    uri = "file:///bench/accepting/main.py"
    times = []
    async with _ending(make("accepting")) as contender:
        contender.show(uri, "python", text)
        for number in range(n_times):
            typed = "\n" + _INDENT + _TYPED[number % 12]
            contender.change(uri, offset, offset, typed)
            offset += len(typed)
            answer = await contender.ask_at(uri, offset)
            await contender.settle()
            if not answer.text or not answer.text.isascii():
                continue
            contender.change(uri, offset, offset, answer.text)
            offset += len(answer.text)
            after = await contender.ask_at(uri, offset)
            await contender.settle()
            times += [after.total_ms] if after.text else []
    return {ACCEPTED: percentile(times, 0.5), f"{ACCEPTED}, of how many": len(times)}


@contextlib.asynccontextmanager
async def _ending(contender: PylotContender, *, leaves: bool = True) -> AsyncIterator[PylotContender]:
    """Start a window and close it; where its engine `leaves` with it, wait until that is gone."""
    await contender.start()
    try:
        yield contender
    finally:
        engines = (await contender.process_ids())[1:] if leaves else []
        await contender.close()
        await asyncio.to_thread(_wait_until_gone, list(engines))


async def _first_token_ms(contender: PylotContender, began: float | None = None, file: str = "start.py") -> float:
    """Open a file and ask until a model answers; return the milliseconds since then, or since `began`."""
    began = began or time.monotonic()
    text, offset = _long_text(176)
    first, uri = f"# {file}\n", f"{contender.folder}/{file}"
    contender.show(uri, "python", first + text)
    answer = await _answer(contender, uri, len(first) + offset)
    return (time.monotonic() - began) * 1_000 - answer.total_ms + (answer.first_ms or 0.0)


async def _answer(contender: PylotContender, uri: str, offset: int) -> Answer:
    """Ask until a model answers.

    Raises:
        PylotError: none does.
    """
    for _ in range(_MOST_TRIES):
        answer = await contender.ask_at(uri, offset)
        if answer.first_ms is not None:
            return answer
        await asyncio.sleep(_PROBE_SECONDS)
    raise PylotError("The model did not answer in time, however often it was asked.")


async def _keep_busy(contender: PylotContender) -> None:
    """Ask in one new file after the other, each of which shares nothing with the last."""
    text, offset = _long_text(400)
    for number in itertools.count(10_000):
        first = f"# {number}\n"
        uri = f"file:///bench/busy/{number}.py"
        contender.show(uri, "python", first + text)
        await contender.ask_at(uri, len(first) + offset)


async def _keep_typing(contender: PylotContender) -> None:
    """Type twenty keys a second, and ask after each for as long as there is no other."""
    text, offset = _long_text(400)
    uri = "file:///bench/typing.py"
    contender.show(uri, "python", text)
    for character in itertools.cycle(_TYPED):
        contender.change(uri, offset, offset, character)
        offset += 1
        asking = asyncio.wait_for(contender.ask_at(uri, offset), _KEY_SECONDS)
        await asyncio.gather(asking, asyncio.sleep(_KEY_SECONDS), return_exceptions=True)


async def _type(contender: PylotContender, uri: str, offset: int, n_keys: int) -> list[Answer]:
    answers = []
    for character in itertools.islice(itertools.cycle(_TYPED), n_keys):
        contender.change(uri, offset, offset, character)
        offset += 1
        answers.append(await contender.ask_at(uri, offset))
        await contender.settle()
    return answers


def _window_uri(number: int) -> str:
    return f"file:///bench/window{number}/main.py"


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
