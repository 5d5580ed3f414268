"""What search costs in a large workspace: `python -m tests.bench.run --only "Search at scale"`, or by this file.

The chunks are those of the Python code that is installed here, as often as needed; their vectors lie around real ones
of the embedder in the box, because a hundred thousand real ones take most of an hour.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np
import psutil

from pylot.index.chunk_rows import ChunkRow, Filters, rows_of
from pylot.index.chunk_store import ChunkStore
from pylot.index.embedding.boxed import BoxedEmbedder
from pylot.index.question import Question
from pylot.index.search import Search
from pylot.syntax.chunks import chunks_of
from pylot.syntax.symbols import read_symbols
from tests.bench.search_cases import first_functions
from tests.support.editor import Home
from tests.support.random_gguf import RandomModels

N_CHUNKS = 100_000
_N_CENTRES, _NOISE = 300, 0.6
_N_QUESTIONS, _N_SAVES = 200, 30
_BATCH = 4000
_SAMPLE_SECONDS = 0.2

Figures = dict[str, float]


def files(limit: int) -> Iterator[list[ChunkRow]]:
    """Yield the chunks of file after file, `limit` chunks in all; each round over the files has other paths."""
    folders = [Path(sysconfig.get_paths()[name]) for name in ("stdlib", "purelib")]
    paths = sorted({path for folder in folders for path in folder.rglob("*.py") if path.stat().st_size < 1 << 19})
    count = 0
    for number, path in ((number, path) for number in itertools.count() for path in paths):
        text = path.read_text(encoding="utf-8", errors="replace")
        name = f"round{number}{path.as_posix()}"
        rows = rows_of(name, "python", chunks_of(text, read_symbols(text, "python").definitions))
        count += len(rows)
        yield rows
        if count >= limit:
            return


def search_at_scale(_home: Home, _models: RandomModels, *, limit: int = N_CHUNKS) -> Figures:
    """The same, as one of the measures of `tests.bench.run`."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(limit, Path(folder))


def measure(limit: int, folder: Path) -> Figures:
    """Return milliseconds, seconds and megabytes, by what they measure."""
    store, embedder = ChunkStore.open(folder / "chunks"), BoxedEmbedder()
    if store is None:
        raise SystemExit("LanceDB is not installed.")
    figures: Figures = {}
    found = first_functions(_N_CENTRES + _N_QUESTIONS)
    if store.count() == 0:
        centres = embedder.embed([function.text for function in found[:_N_CENTRES]], file="")
        with _Largest(folder) as largest:
            figures["build, without parsing or embedding, s"] = _build(store, embedder.model_id, centres, limit)
        figures["largest size on the way, MB"] = largest.size
    figures["chunks"], figures["size, MB"] = store.count(), _size(folder)
    search = Search(store, embedder)
    asked = [function.sentence for function in found[_N_CENTRES:][:_N_QUESTIONS]]
    vectors = [embedder.embed_query(text) for text in asked]
    some = Filters(paths=("**/asyncio/**", "**/*json*"), languages=("python",))
    saved = [rows for rows in itertools.islice(files(limit), _N_SAVES) if rows]

    def nearest(vector: np.ndarray) -> object:
        return store.nearest(embedder.model_id, vector, 100)

    _time(figures, "embedding of a question", embedder.embed_query, asked)
    _time(figures, "search in prose, embedding included", lambda text: search.find(Question(text)), asked)
    _time(figures, "search in prose in some paths", lambda text: search.find(Question(text, filters=some)), asked)
    names = [f"{function.name}()" for function in found[:_N_QUESTIONS]]
    _time(figures, "search for a name", lambda text: search.find(Question(text)), names)
    _time(figures, "nearest vectors alone", nearest, vectors)
    _time(figures, "save of a file", lambda rows: store.replace({rows[0].path: rows[1:]}), saved)
    began = time.perf_counter()
    store.maintain(idle=True)
    figures["cleaning after the saves, s"] = time.perf_counter() - began
    figures["memory of the process, MB"] = psutil.Process().memory_info().rss / 1e6
    return figures


def _build(store: ChunkStore, model: str, centres: np.ndarray, limit: int) -> float:
    """Fill the store in batches, as the indexer does, and return the seconds that the store took."""
    luck, took = np.random.default_rng(5), 0.0
    for rows in _batches(files(limit)):
        spread = centres[luck.integers(0, len(centres), len(rows))]
        vectors = spread + luck.standard_normal(spread.shape, dtype=np.float32) * (_NOISE / spread.shape[1] ** 0.5)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        began = time.perf_counter()
        store.replace({path: list(group) for path, group in itertools.groupby(rows, key=lambda row: row.path)})
        store.set_vectors(model, rows, vectors)
        store.maintain()
        took += time.perf_counter() - began
    began = time.perf_counter()
    store.maintain(idle=True)
    return took + time.perf_counter() - began


def _batches(found: Iterable[list[ChunkRow]]) -> Iterator[list[ChunkRow]]:
    batch: list[ChunkRow] = []
    for rows in found:
        batch += rows
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _time(figures: Figures, name: str, work: Callable[[Any], object], arguments: Sequence[Any]) -> None:
    """Add the 50th and 95th percentile of wall time, and the mean of processor time, in milliseconds."""
    times, began = [], time.process_time()
    for argument in arguments:
        start = time.perf_counter()
        work(argument)
        times.append((time.perf_counter() - start) * 1000)
    figures[f"{name}, p50 ms"], figures[f"{name}, p95 ms"] = quantiles(times, n=20)[9], quantiles(times, n=20)[18]
    figures[f"{name}, processor ms"] = (time.process_time() - began) * 1000 / len(arguments)


def _size(folder: Path) -> float:
    """Return the megabytes of all files; one that goes away meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.lstat().st_size
    return total / 1e6


class _Largest:
    """Look at the size of a folder again and again, in a thread, and keep the largest."""

    def __init__(self, folder: Path) -> None:
        self.size = 0.0
        self._folder = folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> _Largest:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self.size = max(self.size, _size(self._folder))


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what search costs in a large workspace.")
    parser.add_argument("--chunks", type=int, default=N_CHUNKS)
    parser.add_argument("--folder", type=Path, help="keep the store here, and measure the one that is here already")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(arguments.chunks, arguments.folder or Path(folder))
    print(json.dumps({name: round(value, 1) for name, value in figures.items()}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
