"""Work that was begun ahead becomes urgent when somebody waits for it, from the token to the decode loop (issue 5)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pylot.config.shipped import shipped_folder
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import SystemClock
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.provider import Provider
from pylot.models.settings import EngineSettings, ModelsSettings
from pylot.models.values import CompletionParameters, FimPrompt, Urgency, Usage

LONG = FimPrompt("a.py", "", "def first():\n    ", "\n")
SHORT = FimPrompt("b.py", "", "def second():\n    ", "\n")


async def finish_of(
    provider: Provider, prompt: FimPrompt, n_tokens: int, urgency: Urgency, token: CancellationToken
) -> str:
    parameters = CompletionParameters(max_tokens=n_tokens, temperature=1.0, seed=3)
    values = [value async for value in provider.complete(prompt, parameters, urgency=urgency, token=token)]
    assert isinstance(values[-1], Usage)
    return values[-1].finish


async def test_whoever_hurries_comes_before_an_agent(own_home: Path) -> None:
    (own_home / "run").mkdir(mode=0o700)
    models = Models(
        ModelsSettings(),
        EngineSettings(threads=1, idle_seconds=0.1),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=own_home,
        runtime_directory=own_home / "run",
        log_directory=own_home,
        clock=SystemClock(),
        say=lambda _: None,
    )
    provider = models.provider("complete")
    long, short = CancellationToken(), CancellationToken()
    try:
        await provider.ready()
        agent = [asyncio.create_task(finish_of(provider, LONG, 3000, Urgency.AGENT, long)) for _ in range(40)]
        ahead = asyncio.create_task(finish_of(provider, SHORT, 4, Urgency.INDEX, short))
        await asyncio.sleep(0)
        short.hurry()
        finish = await asyncio.wait_for(ahead, 30)
        waiting = [task for task in agent if not task.done()]
        long.cancel("test")
        await asyncio.gather(*agent)
    finally:
        await models.close()

    assert finish in ("length", "end", "stop")
    assert len(waiting) > 30
