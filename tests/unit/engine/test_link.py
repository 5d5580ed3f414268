"""One engine kept within reach: who waits for it hears one sentence, whatever goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from pylot.engine.client import EngineClient
from pylot.engine.link import EngineLink
from pylot.ipc import link as link_module
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import EngineCrashedError, EngineUnavailableError, PylotError


class Engine:
    """Stand in for a client whose engine a test can let crash."""

    def __init__(self) -> None:
        self.is_lost = False
        self._callbacks: list[Callable[[], None]] = []

    def on_lost(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def crash(self) -> None:
        self.is_lost = True
        for callback in self._callbacks:
            callback()


class Bench:
    """A link, and how often it started what."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.said: list[str] = []
        self.n_starts = 0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.link = EngineLink(self.connect, clock=self.clock, say=self.said.append)

    async def connect(self) -> EngineClient:
        self.n_starts += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return cast("EngineClient", Engine())

    async def crash(self) -> None:
        cast("Engine", await self.link.get()).crash()


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(link_module, "_BACKOFF_SECONDS", (0.0,))
    return Bench()


async def test_every_waiter_gets_a_sentence(bench: Bench) -> None:
    bench.error = OSError("raw")
    found = await asyncio.gather(*(bench.link.get() for _ in range(3)), return_exceptions=True)

    assert [type(error) for error in found] == [EngineUnavailableError] * 3
    assert (bench.n_starts, len(bench.said)) == (1, 1)


async def test_closing_while_it_starts_tells_those_who_wait(bench: Bench) -> None:
    bench.gate.clear()
    waiting = asyncio.gather(bench.link.get(), bench.link.get(), return_exceptions=True)
    while not bench.n_starts:
        await asyncio.sleep(0)
    await bench.link.close()

    assert [type(error) for error in await waiting] == [EngineUnavailableError] * 2


async def test_a_waiter_who_gives_up_does_not_end_the_start(bench: Bench) -> None:
    bench.gate.clear()
    gave_up = asyncio.create_task(bench.link.get())
    while not bench.n_starts:
        await asyncio.sleep(0)
    gave_up.cancel()
    waiting = asyncio.create_task(bench.link.get())
    bench.gate.set()

    assert await waiting is bench.link.client
    assert bench.n_starts == 1


async def test_crashes_while_loading_count_and_it_is_tried_again_after_three_minutes(bench: Bench) -> None:
    bench.error = EngineCrashedError("The engine stopped while it was starting.")
    for _ in range(10):
        with pytest.raises(PylotError):
            await bench.link.get()
        bench.clock.advance(40)
    n_starts = bench.n_starts
    bench.error = None
    bench.clock.advance(180)
    await bench.link.get()

    # In 400 seconds four starts, a rest until the first is three minutes old, and so on.
    assert n_starts < 10
    assert len(bench.said) == 2


async def test_a_spell_of_trouble_is_said_once_and_the_next_one_again(bench: Bench) -> None:
    for _ in range(2):
        await bench.crash()
    said_in_the_first = len(bench.said)
    await bench.link.get()
    bench.clock.advance(200)
    await bench.crash()

    assert (said_in_the_first, len(bench.said)) == (1, 2)
