"""What the local predictor costs: on a workspace of 20,000 files, while somebody types."""

from __future__ import annotations

import random
import statistics
import sysconfig
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import psutil

from pylot.completion.copier import predict
from pylot.completion.copy_index import CopyIndex
from pylot.completion.line_index import LineIndex
from pylot.completion.values import CompletionRequest, OpenFile
from tests.support.editor import Home
from tests.support.random_gguf import RandomModels

_MIB = 1 << 20
_N_FILES = 20_000
_N_PLACES = 150
_N_KEYS = 6
_N_OPEN = 5


def local_predictor(_home: Home, _models: RandomModels) -> dict[str, float]:
    """The installed Python's own files again and again, each copy with a line of its own, within the bound."""
    texts = _library()
    process = psutil.Process()
    before, begun = process.memory_info().rss, time.process_time()
    index = LineIndex()
    n_read = 0
    for number, text in enumerate(islice(cycle(texts), _N_FILES)):
        n_read += 1
        if not index.put(f"/workspace/{number}.py", f"# file {number}\n{text}"):
            break
    built = time.process_time() - begun
    memory = process.memory_info().rss - before
    first, later = _answers(texts, index)
    return {
        "files of the workspace": _N_FILES,
        "files held, nearest first": index.n_files,
        "processor time per file (ms)": built / n_read * 1_000,
        "memory that the index counts (MiB)": index.n_bytes / _MIB,
        "memory that the process grew by (MiB)": memory / _MIB,
        **_spread("answer at a new place", first),
        **_spread("answer at the next key", later),
    }


def _answers(texts: Sequence[str], index: LineIndex) -> tuple[list[float], list[float]]:
    """Return how long answers took, in milliseconds, where typing begins and at the keys after that."""
    generator = random.Random(4)
    copies = CopyIndex()
    large = [text for text in texts if 20_000 < len(text) < 150_000]
    copies.refresh([OpenFile(f"/open/{number}.py", "python", text) for number, text in enumerate(large[:_N_OPEN])])
    first, later = list[float](), list[float]()
    for request_keys in _places(large[_N_OPEN : _N_OPEN + 10], generator):
        for number, request in enumerate(request_keys):
            begun = time.thread_time()
            predict(request, copies, multiline=True, workspace=lambda it: index.files_like(it, lambda _path: True))
            (later if number else first).append((time.thread_time() - begun) * 1_000)
    return first[10:], later


def _places(texts: Sequence[str], generator: random.Random) -> Iterator[list[CompletionRequest]]:
    for number in range(_N_PLACES):
        text = texts[number // (_N_PLACES // len(texts))]
        offset = generator.randrange(1_000, len(text) - _N_KEYS)
        yield [CompletionRequest("u", "/workspace/now.py", "python", 1, text, offset + key) for key in range(_N_KEYS)]


def _library() -> list[str]:
    folders = [Path(sysconfig.get_paths()[name]) for name in ("stdlib", "purelib")]
    paths = sorted({path for folder in folders for path in folder.rglob("*.py")})
    generator = random.Random(1)
    chosen = generator.sample(paths, min(len(paths), 4_000))
    return [text for path in chosen if len(text := path.read_text("utf-8", "replace")) < 200_000]


def _spread(name: str, values: Sequence[float]) -> dict[str, float]:
    percentiles = statistics.quantiles(values, n=20)
    return {
        f"{name}, p50 (ms)": percentiles[9],
        f"{name}, p95 (ms)": percentiles[18],
        f"{name}, most (ms)": max(values),
    }
