"""An engine that runs out of memory costs one answer and some context, not the model (I12)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from pylot.config.shipped import shipped_folder
from pylot.ipc import link
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import PylotError
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.settings import CatalogueEntry, EngineSettings, ModelsSettings, RoleSettings
from pylot.models.values import CompletionParameters, FimPrompt, Usage
from tests.support.random_gguf import RandomModels, Shape

# Wide enough for its cache to be most of what it takes.
SHAPE = Shape(context=65536, n_layers=8, embedding=256, heads=2, kv_heads=2, feed_forward=256)
PROMPT = FimPrompt(path="a.py", head="", tail="def main():", suffix="")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def models(
    own_home: Path, random_model: RandomModels, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Models]:
    monkeypatch.setattr(link, "_BACKOFF_SECONDS", (0.0,))
    (own_home / "run").mkdir(mode=0o700)
    window = Models(
        ModelsSettings(
            roles=RoleSettings(complete="wide", embed="wide"),
            catalogue={"wide": CatalogueEntry(file=str(random_model(SHAPE)))},
        ),
        EngineSettings(context=32768, threads=1, idle_seconds=0.1),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=own_home,
        runtime_directory=own_home / "run",
        log_directory=own_home,
        clock=SystemClock(),
        say=said.append,
    )
    yield window
    await window.close()


async def complete(models: Models) -> str:
    events = [it async for it in models.provider("complete").complete(PROMPT, CompletionParameters(max_tokens=4))]
    assert isinstance(events[-1], Usage)
    return events[-1].finish


async def engine_of(models: Models) -> tuple[int, int]:
    """Return the engine's process and how many tokens of context it has."""
    providers = (await models.status())["providers"]
    assert isinstance(providers, dict)
    return int(providers["wide"]["pid"]), int(providers["wide"]["engine"]["cells"])


async def test_an_engine_that_is_ended_again_starts_with_less(models: Models, said: list[str]) -> None:
    contexts = []
    for _ in range(4):
        assert await complete(models) in ("length", "end", "stop")
        pid, n_ctx = await engine_of(models)
        contexts.append(n_ctx)
        os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
        while models.provider("complete").profile is not None:
            await asyncio.sleep(0)

    assert contexts == [32768, 32768, 32768, 16384]
    [sentence] = [sentence for sentence in said if "starts with less memory" in sentence]
    assert sentence.endswith(": its context is cut from 32768 to 16384 tokens.")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of another process can be set on Linux alone")
async def test_no_memory_at_run_time_costs_one_answer(models: Models) -> None:
    assert await complete(models) in ("length", "end", "stop")
    pid, _ = await engine_of(models)
    engine = psutil.Process(pid)
    engine.rlimit(psutil.RLIMIT_AS, (engine.memory_info().vms + (8 << 20), psutil.RLIM_INFINITY))
    # Embedding takes a second context, for which there is no memory now.
    with pytest.raises(PylotError) as caught:
        await models.provider("embed").embed(["some text"])

    assert caught.value.sentence.endswith(".")
    assert await complete(models) in ("length", "end", "stop")
