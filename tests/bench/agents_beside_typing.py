"""What ten tasks of agents at once cost somebody who types, on the same model of the same engine (issue 9)."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from pylot.agent.blueprints import Blueprint, RunLimits
from pylot.config.shipped import shipped_folder
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import SystemClock
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.settings import CatalogueEntry, EngineSettings, ModelsSettings, ResultCacheSettings, RoleSettings
from pylot.models.values import CompletionParameters, FimPrompt
from tests.support.agent_world import World
from tests.support.editor import Home
from tests.support.random_gguf import PLAIN_TEMPLATE, RandomModels, Shape
from tests.support.real_text import real_text

# Large enough that a token takes milliseconds, and a senseless agent keeps it busy.
_MODEL = Shape(
    n_layers=8, embedding=512, feed_forward=1536, heads=8, kv_heads=2, context=32_768, chat_template=PLAIN_TEMPLATE
)
_N_TASKS = 10
_N_ROUNDS = 4
_N_KEYS = 30
_SECONDS_BETWEEN_KEYS = 0.15
_BLUEPRINT = Blueprint(limits=RunLimits(iterations=1000, actions=10_000), step_tokens=256, answer_tokens=256)


def agents_beside_typing(home: Home, models: RandomModels) -> dict[str, float]:
    """Milliseconds from a request to its twelve tokens, in turns with nothing else going on and with ten tasks."""
    return asyncio.run(_measure(home, models))


async def _measure(home: Home, models: RandomModels) -> dict[str, float]:
    folder = home.folder.parent
    (folder / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    entry = CatalogueEntry(file=str(models(_MODEL)))
    door = Models(
        ModelsSettings(
            roles=RoleSettings(complete="random"),
            catalogue={"random": entry},
            result_cache=ResultCacheSettings(entries=0),
        ),
        EngineSettings(context=32_768, idle_seconds=0.2),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=folder,
        runtime_directory=folder / "run",
        log_directory=folder,
        clock=SystemClock(),
        say=print,
    )
    quiet: list[float] = []
    busy: list[float] = []
    try:
        await _type(door, _N_KEYS)
        for _ in range(_N_ROUNDS):
            quiet += await _type(door, _N_KEYS)
            token = CancellationToken()
            tasks = [asyncio.ensure_future(_work(door, token)) for _ in range(_N_TASKS)]
            await asyncio.sleep(2)
            busy += await _type(door, _N_KEYS)
            assert not any(task.done() for task in tasks), "the tasks ended too early"
            token.cancel("measured")
            await asyncio.gather(*tasks)
    finally:
        await door.close()
    return {
        "quiet, median (ms)": statistics.median(quiet),
        "quiet, 95th percentile (ms)": statistics.quantiles(quiet, n=20)[-1],
        "beside ten tasks, median (ms)": statistics.median(busy),
        "beside ten tasks, 95th percentile (ms)": statistics.quantiles(busy, n=20)[-1],
        "ratio of the medians": statistics.median(busy) / statistics.median(quiet),
    }


async def _type(door: Models, n_keys: int) -> list[float]:
    """Return how long each completion took while a line is typed into a file."""
    provider = door.provider("complete")
    text = real_text(200)
    parameters = CompletionParameters(max_tokens=12, seed=1)
    taken = []
    for number in range(n_keys):
        head, tail = text[:3_000], text[3_000 : 3_000 + number]
        prompt = FimPrompt("a.py", head, tail, text[3_400:3_800])
        began = time.monotonic()
        async for _ in provider.complete(prompt, parameters):
            pass
        taken.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(_SECONDS_BETWEEN_KEYS)
    return taken


async def _work(door: Models, token: CancellationToken) -> None:
    """Let an agent work until it is told to stop; what it says makes no sense, and whatever it asks is denied."""
    while not token.cancelled:
        with tempfile.TemporaryDirectory() as folder:
            around = World(Path(folder), answers=[None] * 1000)
            await around.run(door.provider("action"), blueprint=_BLUEPRINT, token=token)
