"""A real engine within real limits: reduced in steps, refused before memory is touched, measured at its end."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pylot.engine.client import EngineClient
from pylot.engine.jobs import GenerateParameters, Priority, TextPiece
from pylot.engine.launcher import connect_or_start
from pylot.engine.measured_peaks import MeasuredPeaks
from pylot.engine.process import EngineOptions
from pylot.engine.resources import LoadOptions
from pylot.kernel.errors import ModelTooLargeError
from pylot.models.door import SHIPPED_MODELS
from pylot.storage.directories import find_directories
from tests.support.limited_engine import start_within
from tests.support.random_gguf import RandomModels, Shape
from tests.support.synthetic_gguf import Tensor, write_synthetic_gguf

OPTIONS = EngineOptions(model=SHIPPED_MODELS["pylot-tiny"], n_threads=1, idle_seconds=0.1)
PROMPT = GenerateParameters(prompt=[TextPiece("def main():\n    ")], max_tokens=4)

Start = Callable[[EngineOptions], Awaitable[EngineClient]]


@pytest.fixture
def run(own_home: Path) -> Path:
    (own_home / "run").mkdir(mode=0o700)
    return own_home / "run"


@pytest.fixture
async def start(run: Path) -> AsyncIterator[Start]:
    opened: list[EngineClient] = []

    async def new(options: EngineOptions) -> EngineClient:
        opened.append(await connect_or_start(options, run, run))
        return opened[-1]

    yield new
    for client in opened:
        await client.close()


async def generate(client: EngineClient) -> str:
    return str([event async for event in client.generate(PROMPT, Priority.COMPLETION)][-1]["done"])


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is not kept elsewhere")
def test_a_context_that_does_not_fit_is_cut(run: Path, random_model: RandomModels) -> None:
    options = replace(OPTIONS, model=random_model(Shape(context=1 << 20)), n_ctx=1 << 22)
    answer = start_within(1 << 30, options, run)

    assert answer["done"] == "length"
    assert 2048 < answer["n_ctx"] < 1 << 22
    assert [f"cut from {1 << 22} to {answer['n_ctx']} tokens" in note for note in answer["notes"]] == [True]


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is not kept elsewhere")
def test_a_model_that_never_fits_is_refused(run: Path) -> None:
    answer = start_within(430 << 20, replace(OPTIONS, n_ctx=2048), run)

    assert answer["kind"] == "ModelTooLargeError"
    assert "close something, or choose a smaller model." in answer["sentence"]


async def test_refused_before_memory_is_touched(run: Path, tmp_path: Path) -> None:
    layers = {"block_count": 1_000_000, "embedding_length": 8192, "attention.head_count": 64}
    huge = write_synthetic_gguf(tmp_path / "huge.gguf", [Tensor("token_embd.weight", (8192, 32000))], layers)

    with pytest.raises(ModelTooLargeError, match=r"^synthetic needs about \d+"):
        await connect_or_start(replace(OPTIONS, model=huge), run, run)


async def test_a_cache_in_8_bits_works_and_takes_less(start: Start, random_model: RandomModels) -> None:
    shape = Shape(context=32768, n_layers=8, embedding=256, heads=2, kv_heads=2, feed_forward=256)
    options = replace(OPTIONS, model=random_model(shape), n_ctx=32768)
    peaks = []
    for kv_type in ("f16", "q8_0"):
        client = await start(replace(options, kv_type=kv_type))
        assert await generate(client) in ("length", "end")
        peaks.append((await client.status())["peak_bytes"])

    # 8 layers with 2 x 256 numbers for each of 32768 tokens: 268 MB, or a little more than half of it.
    assert 100e6 < peaks[0] - peaks[1] < 140e6


async def test_the_peak_is_kept_when_the_engine_leaves(start: Start) -> None:
    client = await start(OPTIONS)
    await generate(client)
    peak, engine = (await client.status())["peak_bytes"], psutil.Process(client.pid)
    await client.close()
    psutil.wait_procs([engine], timeout=10)
    kept = MeasuredPeaks(find_directories().data).for_model(OPTIONS.model)(LoadOptions(OPTIONS.n_ctx))

    assert kept is not None
    assert kept >= peak
