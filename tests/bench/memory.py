"""What engines really take, beside what was expected of them before they were loaded (I4, I11)."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from pylot.engine.free_memory import free_memory
from pylot.engine.gguf_header import read_header
from pylot.engine.jobs import GenerateParameters, Priority, TextPiece
from pylot.engine.launcher import connect_or_start
from pylot.engine.process import EngineOptions
from pylot.engine.resources import KvType, estimate
from pylot.storage.directories import find_directories, make_private_folder
from tests.support.editor import Home
from tests.support.full_size_gguf import SIZES, Quantization, write_full_size_gguf
from tests.support.random_gguf import RandomModels
from tests.support.real_text import real_text

Figures = dict[str, float]
_QUANTIZATIONS: dict[str, tuple[Quantization, ...]] = {
    "0.5B": ("Q4_0", "Q8_0", "F16"),
    "1.5B": ("Q4_K_M", "Q8_0", "F16"),
    "7B": ("Q4_0", "Q4_K_M", "Q8_0"),
}
_BYTES: dict[Quantization, float] = {"Q4_0": 0.58, "Q4_K_M": 0.63, "Q8_0": 1.07, "F16": 2.0}
_CONTEXTS: tuple[tuple[int, KvType], ...] = ((4096, "f16"), (16384, "f16"), (16384, "q8_0"))
# More than one micro-batch, so that everything that computing needs has been used.
_PROMPT = GenerateParameters(prompt=[TextPiece(real_text(60), max_tokens=200)], max_tokens=8)


def memory_estimate(_home: Home, _models: RandomModels) -> Figures:
    """Estimated and measured peaks in MB; a file larger than half of the free memory or disk is left out."""
    figures: Figures = {}
    for size, quantizations in _QUANTIZATIONS.items():
        for quantization in quantizations:
            with tempfile.TemporaryDirectory(prefix="pylot-") as folder:
                n_bytes = SIZES[size].n_parameters * _BYTES[quantization]
                if n_bytes > min(free_memory(), shutil.disk_usage(folder).free) / 2:
                    continue
                path = write_full_size_gguf(Path(folder) / f"{size}-{quantization}.gguf", SIZES[size], quantization)
                for n_ctx, kv_type in _CONTEXTS:
                    options = EngineOptions(path, n_ctx=n_ctx, kv_type=kv_type, idle_seconds=1.0)
                    figures |= _compare(f"{size} {quantization}, {n_ctx} tokens in {kv_type}", options)
    return figures


def _compare(name: str, options: EngineOptions) -> Figures:
    expected = estimate(read_header(options.model), options.load).total
    measured = asyncio.run(_peak(options))
    return {
        f"{name}: estimated (MB)": expected / 1e6,
        f"{name}: measured (MB)": measured / 1e6,
        f"{name}: off by (%)": 100 * (expected / measured - 1),
    }


async def _peak(options: EngineOptions) -> int:
    directories = find_directories()
    client = await connect_or_start(options, make_private_folder(directories.runtime), directories.log)
    try:
        async for _ in client.generate(_PROMPT, Priority.COMPLETION):
            pass
        return int((await client.status())["peak_bytes"])
    finally:
        await client.close()
