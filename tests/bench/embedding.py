"""How fast texts are embedded, beside llama.cpp as it runs a model of the same shape when nothing is set."""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pylot.index.embedding.boxed import BoxedEmbedder
from tests.support.editor import Home
from tests.support.random_bert import MINILM, write_random_bert
from tests.support.random_gguf import RandomModels

Figures = dict[str, float]
_N_TOKENS = 256
_N_ROUNDS = 12
_AT_ONCE = 4


def embedding(_home: Home, _models: RandomModels) -> Figures:
    """Texts of 256 tokens per second of processor time, in turns: one core's worth, whatever else the machine does."""
    from llama_cpp import Llama

    text = " ".join(f"w{number}" for number in range(_N_TOKENS - 2))
    code = "x + 1 " * _N_TOKENS
    embedder = BoxedEmbedder()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory(prefix="pylot-") as folder:
        path = str(write_random_bert(Path(folder) / "minilm.gguf", MINILM))
        as_it_comes = Llama(path, embedding=True, verbose=False)
        one_thread = Llama(path, embedding=True, n_threads=1, n_threads_batch=1, flash_attn=True, verbose=False)
    ways: dict[str, tuple[Callable[[], object], int]] = {
        "in the box": (lambda: embedder.embed([code] * _AT_ONCE, file=""), _AT_ONCE),
        "llama.cpp's defaults, f32": (lambda: as_it_comes.create_embedding([text] * _AT_ONCE), _AT_ONCE),
        "llama.cpp, f32, one thread, flash attention, text by text": (lambda: one_thread.create_embedding(text), 1),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_N_ROUNDS):
        for name, (work, n_texts) in ways.items():
            seconds[name].append(_processor_seconds(work) / n_texts)
    best = {name: 1 / min(times) for name, times in seconds.items()}
    queries = [
        1000 * _processor_seconds(lambda: embedder.embed_query("where are retries configured")) for _ in range(50)
    ]
    return {
        **{f"{name} (texts/s)": speed for name, speed in best.items()},
        "in the box / llama.cpp's defaults": best["in the box"] / best["llama.cpp's defaults, f32"],
        "a query of 6 tokens, p50 (ms)": statistics.median(queries),
        "memory of a process with the embedder in it (MiB)": memory,
    }


def _processor_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
