"""What Pylot's own engine costs around llama.cpp: per token, per cancel."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from typing import Any

from pylot.bench.traces import source
from pylot.engine.client import EngineClient
from pylot.engine.jobs import GenerateParameters, Priority, TextPiece
from pylot.engine.launcher import connect_or_start
from pylot.engine.process import EngineOptions
from pylot.evaluation.statistics import percentile
from pylot.kernel.cancellation import CancellationToken
from pylot.storage.directories import make_private_folder

Measures = dict[str, float | None]
PER_TOKEN = "per token outside llama_decode, ms"
CANCEL = "cancel until decoding stopped, p95, ms"
_WARM_TOKENS = 8


async def engine_measures(model: Path, threads: int, folder: Path, *, n_tokens: int, n_cancels: int) -> Measures:
    """Start an engine of their own and measure it."""
    options = EngineOptions(model, n_threads=threads, idle_seconds=0.5)
    client = await connect_or_start(options, make_private_folder(folder / "run"), folder)
    try:
        await _generate(client, "", _WARM_TOKENS)
        return {
            PER_TOKEN: await _outside_decode(client, n_tokens),
            CANCEL: percentile(await _cancels(client, n_cancels), 0.95),
        }
    finally:
        await client.close()


async def _outside_decode(client: EngineClient, n_tokens: int) -> float | None:
    """Return the processor time that a token costs the decoding thread outside llama.cpp."""
    last = await _generate(client, "", n_tokens)
    n_steps = int(last["generated_tokens"])
    return float(last["outside_decode_ms"]) / n_steps if n_steps else None


async def _cancels(client: EngineClient, n_cancels: int) -> list[float]:
    """Cancel at random moments of a prompt that is new and of what follows it."""
    choose = random.Random(1)
    found = []
    for number in range(n_cancels):
        token = CancellationToken()
        running = asyncio.create_task(_generate(client, f"# {number}\n", 256, token))
        await asyncio.sleep(choose.uniform(0.01, 0.4))
        began = time.monotonic()
        token.cancel("bench")
        last = await running
        if last["done"] == "cancelled":
            found.append((time.monotonic() - began) * 1_000)
    return found


async def _generate(
    client: EngineClient, before: str, n_tokens: int, token: CancellationToken | None = None
) -> dict[str, Any]:
    prompt = [TextPiece(before + source("generation.py")[:3000])]
    last: dict[str, Any] = {}
    async for event in client.generate(GenerateParameters(prompt, max_tokens=n_tokens), Priority.COMPLETION, token):
        last = dict(event)
    return last
