"""Two llama-servers of different speeds behind one logical model, one of them killed at work (H14, H15, S7)."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ProviderError
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.settings import EngineSettings, ModelsSettings
from pylot.models.values import CompletionParameters, Delta
from tests.support.backend_nemesis import PROMPT
from tests.support.model_servers import ModelServers, Served
from tests.support.random_gguf import RandomModels, Shape

# The slow one computes hundreds of times as much for a token.
SHAPES = {"fast": Shape(), "slow": Shape(n_layers=8, embedding=768, feed_forward=2048, heads=12, kv_heads=4)}
N_WORKERS = 6
N_REQUESTS = 60
N_BEFORE_THE_KILL = 30
# Longer than the test takes, so that only the clock that is put forward ends a rest.
REST_SECONDS = 3600.0
PARAMETERS = CompletionParameters(max_tokens=16)


class ForwardClock(SystemClock):
    """The system's clock, which a test can put forward."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


@dataclass
class Load:
    """Ask with several workers at a time; no prompt comes twice."""

    models: Models
    outcomes: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def run(self, n_requests: int, after: Callable[[int], None] = lambda _: None) -> None:
        """Send requests; `after` is told how many have been answered."""
        self.outcomes.clear()
        left = iter(range(n_requests))

        async def work() -> None:
            for _ in left:
                self.outcomes[await self._ask()] += 1
                after(self.outcomes.total())

        await asyncio.gather(*(work() for _ in range(N_WORKERS)))

    async def _ask(self) -> str:
        text = ""
        prompt = replace(PROMPT, head=f"# {next(self.numbers)}\n")
        try:
            async for value in self.models.provider("complete").complete(prompt, PARAMETERS):
                if not isinstance(value, Delta):
                    return "answered" if value.finish in ("length", "end") else value.finish
                text += value.text
        except ProviderError as error:
            return "broke off" if error.begun and text else "lost"
        return "lost"

    async def calls(self) -> Counter[str]:
        """Return how many tries each server has had so far."""
        log: Any = (await self.models.status())["calls"]
        sums: Counter[str] = Counter()
        for each in log["totals"]:
            sums[each["provider"]] += each["calls"]
        return sums


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[ModelServers]:
    servers = ModelServers(tmp_path)
    yield servers
    servers.stop_all()


@pytest.fixture
def served(random_model: RandomModels) -> dict[str, Served]:
    return {name: Served("llama-server", random_model(shape), n_slots=4) for name, shape in SHAPES.items()}


@pytest.fixture
def clock() -> ForwardClock:
    return ForwardClock()


@pytest.fixture
async def load(
    tmp_path: Path, servers: ModelServers, served: dict[str, Served], clock: ForwardClock
) -> AsyncIterator[Load]:
    settings = ModelsSettings.model_validate(
        {
            "roles": {"complete": "mine"},
            "providers": {
                name: {"kind": "llama-server", "base_url": servers.url(each), "card": "qwen-coder"}
                for name, each in served.items()
            },
            "logical": {"mine": {"groups": [[{"provider": name} for name in served]]}},
            "health": {"rest_seconds": REST_SECONDS},
        }
    )
    models = Models(
        settings,
        EngineSettings(),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=tmp_path,
        runtime_directory=tmp_path,
        log_directory=tmp_path,
        clock=clock,
        say=lambda sentence: None,
    )
    yield Load(models)
    await models.close()


@pytest.mark.parametrize("victim", list(SHAPES))
async def test_no_request_is_lost_that_had_not_begun(
    load: Load, servers: ModelServers, served: dict[str, Served], clock: ForwardClock, victim: str
) -> None:
    """Shared by speed, one killed, left alone but for one trial per rest, and at work again after it is back."""
    (other,) = SHAPES.keys() - {victim}
    in_flight = 0

    def kill(n_answered: int) -> None:
        nonlocal in_flight
        if n_answered == N_BEFORE_THE_KILL:
            in_flight = in_flight_of(load.models, victim)
            servers.stop(served[victim])

    await load.run(N_REQUESTS)
    together, shares = dict(load.outcomes), await load.calls()

    await load.run(N_REQUESTS, kill)
    at_the_kill, after_the_kill = dict(load.outcomes), await load.calls()

    await load.run(N_REQUESTS)
    alone, while_dead = dict(load.outcomes), await load.calls() - after_the_kill
    clock.ahead += REST_SECONDS
    await load.run(N_REQUESTS)
    alone_again, trials = dict(load.outcomes), await load.calls() - after_the_kill - while_dead

    await asyncio.to_thread(servers.url, served[victim])
    clock.ahead += REST_SECONDS
    before = await load.calls()
    await load.run(N_REQUESTS)
    back, shares_again = dict(load.outcomes), await load.calls() - before
    print(  # noqa: T201 - who served what is for people to read
        f"\n{victim} killed with {in_flight} in flight",
        f"  both:          {dict(shares)} {together}",
        f"  killed:        {dict(after_the_kill - shares)} {at_the_kill}",
        f"  dead:          {dict(while_dead)} {alone}",
        f"  after a rest:  {dict(trials)} {alone_again}",
        f"  back:          {dict(shares_again)} {back}",
        sep="\n",
    )

    whole = {"answered": N_REQUESTS}
    assert together == alone == alone_again == back == whole
    assert shares["fast"] > shares["slow"] > 0
    assert at_the_kill.keys() <= {"answered", "broke off"}
    assert at_the_kill.get("broke off", 0) <= in_flight
    assert dict(while_dead) == {other: N_REQUESTS}
    assert dict(trials) == {other: N_REQUESTS, victim: 1}
    assert shares_again["fast"] > shares_again["slow"] > 0


def in_flight_of(models: Models, provider: str) -> int:
    """Return how many tries are under way at a server."""
    return next(it.in_flight for it in models._deployments.values() if it.place.provider == provider)
