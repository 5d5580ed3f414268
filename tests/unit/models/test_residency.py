"""Models that do not fit beside each other take turns per queue, and every request ends (I7, T14)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import OperationCancelledError
from pylot.models import residency as residency_module
from pylot.models.residency import PATIENCE_SECONDS, QUIET_SECONDS, STAY_SECONDS, Residency
from pylot.models.values import Urgency

SIZE = 10


class Model:
    """A model whose loading and leaving take no time, and which may refuse to leave."""

    def __init__(self, name: str, bench: Bench) -> None:
        self.name = name
        self.loaded_bytes = 0
        self.stays = False
        self._bench = bench
        self._starting: asyncio.Task[None] | None = None

    async def bring(self) -> str:
        while not self.loaded_bytes:
            if self._starting is None or self._starting.done():
                self._starting = asyncio.create_task(self._start())
            await asyncio.wait([self._starting])
            if self._starting.exception():
                raise OperationCancelledError("given up")
        return self.name

    async def unload(self) -> bool:
        if not self.stays:
            self.loaded_bytes = 0
        return not self.stays

    async def _start(self) -> None:
        async with self._bench.residency.room_for(self.name, self._rank):
            reduced = await self._rank(0)
            self._bench.loads.append(self.name + "-" * reduced)
            self.loaded_bytes = SIZE

    async def _rank(self, more: int) -> int:
        return int(self._bench.taken + SIZE > self._bench.capacity + more)


@dataclass
class Leftover:
    label: str
    n_bytes: int = SIZE
    gone: bool = False

    async def dismiss(self) -> bool:
        self.gone = True
        return True


class Bench:
    """Room for so many models, in which some names are used; `loads` lists them in order, reduced ones with `-`."""

    def __init__(self, names: str = "ab", *, room: int = 1, last: str = "", pinned: str = "") -> None:
        self.capacity = room * SIZE
        self.clock = ManualClock()
        self.said: list[str] = []
        self.loads: list[str] = []
        self.leftovers: list[Leftover] = []
        self.residency = Residency(
            self.clock, self.said.append, strangers=self._strangers, last=tuple(last), pinned=tuple(pinned)
        )
        self.models = {name: Model(name, self) for name in names}
        for model in self.models.values():
            self.residency.join(model)

    @property
    def taken(self) -> int:
        left = sum(it.n_bytes for it in self.leftovers if not it.gone)
        return left + sum(model.loaded_bytes for model in self.models.values())

    @contextlib.asynccontextmanager
    async def using(
        self,
        name: str,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
        deadline_ms: float | None = None,
    ) -> AsyncIterator[str]:
        async with self.residency.use(name, self.models[name].bring, urgency, token, deadline_ms) as got:
            yield got

    async def ask(self, name: str, *more: Urgency | CancellationToken | float) -> str:
        async with self.using(name, *more) as got:  # type: ignore[arg-type]
            return got

    def asking(self, name: str, urgency: Urgency = Urgency.CHAT) -> asyncio.Task[str]:
        return asyncio.create_task(self.ask(name, urgency))

    async def pass_time(self, seconds: float) -> None:
        """Let everything happen that can, then move the clock, then let everything happen again."""
        for step in (seconds, 0.0):
            for _ in range(60):
                await asyncio.sleep(0)
            self.clock.advance(step)

    async def _strangers(self) -> Sequence[Leftover]:
        return [it for it in self.leftovers if not it.gone]


@pytest.fixture(autouse=True)
def look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residency_module, "_LOOK_SECONDS", 0.0)


async def test_models_that_fit_are_loaded_beside_each_other() -> None:
    bench = Bench(room=2)
    async with bench.using("a"):
        await bench.ask("b")

    assert (bench.loads, bench.said) == (["a", "b"], [])


async def test_an_unused_model_makes_room_and_that_is_said_once() -> None:
    bench = Bench()
    for name in "abab":
        asked = bench.asking(name)
        await bench.pass_time(QUIET_SECONDS)
        assert await asked == name
        bench.clock.advance(QUIET_SECONDS)

    assert bench.loads == ["a", "b", "a", "b"]
    assert [sentence.split(",")[0] for sentence in bench.said] == [
        "There is no room for b beside a",
        "There is no room for a beside b",
    ]


async def test_requests_that_alternate_do_not_make_the_models_alternate() -> None:
    """llama-swap#612: what one asks in turns of both for 40 s costs a few loads, and every request is served."""
    bench = Bench()
    tasks, first_eight_seconds = [], []
    for number in range(80):
        tasks += [bench.asking("a"), bench.asking("b")]
        await bench.pass_time(0.5)
        if number < 2 * STAY_SECONDS - 2:
            first_eight_seconds.append(tasks[-2].done())
    await bench.pass_time(STAY_SECONDS)
    await bench.pass_time(STAY_SECONDS)

    assert await asyncio.gather(*tasks) == ["a", "b"] * 80
    assert all(first_eight_seconds)
    assert 2 <= len(bench.loads) <= 2 + 40 / STAY_SECONDS


@pytest.mark.parametrize("urgency", [Urgency.COMPLETION, Urgency.CHAT, Urgency.AGENT, Urgency.INDEX])
async def test_a_model_in_steady_use_gives_way_after_the_others_patience(urgency: Urgency) -> None:
    bench = Bench()
    async with bench.using("a"):
        bench.clock.advance(STAY_SECONDS)
        waiting = bench.asking("b", urgency)
        await bench.pass_time(PATIENCE_SECONDS[urgency] - 0.1)
        before = await bench.ask("a")
        await bench.pass_time(0.2)
        later = bench.asking("a")
        await bench.pass_time(0.0)
        drained_first = not later.done() and not waiting.done()
    await bench.pass_time(0.0)

    assert (before, drained_first, await waiting) == ("a", True, "b")
    await bench.pass_time(QUIET_SECONDS)
    assert await later == "a"
    assert bench.loads == ["a", "b", "a"]


async def test_what_nobody_asked_for_takes_nobodys_place() -> None:
    bench = Bench()
    async with bench.using("a"):
        waiting = bench.asking("b", Urgency.SPECULATIVE)
        await bench.pass_time(1000.0)
        assert not waiting.done()
    await bench.pass_time(QUIET_SECONDS)

    assert await waiting == "b"


async def test_a_cancelled_and_an_expired_request_leave_the_queue_and_nothing_is_switched() -> None:
    bench = Bench()
    token = CancellationToken()
    async with bench.using("a"):
        cancelled = asyncio.create_task(bench.ask("b", Urgency.CHAT, token))
        expired = asyncio.create_task(bench.ask("b", Urgency.CHAT, CancellationToken(), 1.0))
        await bench.pass_time(0.0)
        token.cancel("superseded")
        ended = await asyncio.gather(cancelled, expired, return_exceptions=True)
        await bench.pass_time(QUIET_SECONDS + 0.1)
        await bench.pass_time(STAY_SECONDS)
        still = await bench.ask("a")

    assert [type(error) for error in ended] == [OperationCancelledError, TimeoutError]
    assert (still, bench.loads) == ("a", ["a"])


async def test_requests_that_replace_each_other_wait_together() -> None:
    """Each key typed cancels a request and sends the next: the model's turn comes all the same."""
    bench = Bench()
    await bench.ask("a")
    bench.clock.advance(STAY_SECONDS)
    async with bench.using("a"):
        for _ in range(4):
            token = CancellationToken()
            asked = asyncio.create_task(bench.ask("b", Urgency.COMPLETION, token))
            await bench.pass_time(0.4)
            token.cancel("superseded")
            with pytest.raises(OperationCancelledError):
                await asked
        waiting = bench.asking("b", Urgency.COMPLETION)
        await bench.pass_time(0.0)
    await bench.pass_time(0.0)

    assert await waiting == "b"


@pytest.mark.parametrize(
    ("more", "loads"),
    [
        ({}, ["a", "b", "c"]),
        ({"last": "a"}, ["a", "b", "c"]),
        ({"pinned": "a"}, ["a", "b", "c"]),
        ({"pinned": "ab"}, ["a", "b", "c-"]),
    ],
)
async def test_the_least_recently_used_goes_first_ghost_text_last_and_pinned_models_never(
    more: dict[str, str], loads: list[str]
) -> None:
    bench = Bench("abc", room=2, **more)
    await bench.ask("a")
    bench.clock.advance(1.0)
    await bench.ask("b")
    bench.clock.advance(QUIET_SECONDS)
    await bench.ask("c")
    left = {name for name, model in bench.models.items() if model.loaded_bytes}

    assert bench.loads == loads
    assert left == ({"b", "c"} if not more else {"a", "c"} if "b" not in more.get("pinned", "") else {"a", "b", "c"})


async def test_a_model_that_others_use_stays_and_the_new_one_takes_smaller_steps() -> None:
    bench = Bench()
    await bench.ask("a")
    bench.models["a"].stays = True
    bench.clock.advance(QUIET_SECONDS)
    await bench.ask("b")

    assert (bench.loads, bench.said) == (["a", "b-"], [])


async def test_what_others_left_behind_goes_before_anything_in_use() -> None:
    bench = Bench(room=2)
    bench.leftovers = [Leftover("old")]
    await bench.ask("a")
    await bench.ask("b")

    assert bench.leftovers[0].gone
    assert (bench.loads, len(bench.said)) == (["a", "b"], 1)


async def test_nobody_is_unloaded_for_a_model_that_would_not_fit_alone() -> None:
    bench = Bench()
    await bench.ask("a")
    bench.capacity = 5
    bench.clock.advance(QUIET_SECONDS)
    await bench.ask("b")

    assert bench.models["a"].loaded_bytes
