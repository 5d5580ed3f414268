"""A chunk store in memory, which a test may let fail or lose everything."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pylot.index.chunk_rows import ChunkRow

if TYPE_CHECKING:
    import numpy as np


class MemoryStore:
    """What the indexer and the filler of vectors write; `n_writes` counts their commits."""

    _numbers = itertools.count(1)

    def __init__(self) -> None:
        self.identity = f"memory {next(self._numbers)}"
        self.files: dict[str, list[ChunkRow]] = {}
        self.vectors: dict[str, set[str]] = {}
        self.n_writes = 0
        self.failure: Exception | None = None

    def replace(self, files: Mapping[str, Sequence[ChunkRow]]) -> None:
        self._write(files)
        self.files |= {path: list(rows) for path, rows in files.items()}

    def remove(self, paths: Iterable[str]) -> None:
        wanted = list(paths)
        self._write(wanted)
        for path in wanted:
            self.files.pop(path, None)

    def set_vectors(self, model_id: str, rows: Sequence[ChunkRow], vectors: np.ndarray) -> None:
        self._write(rows)
        assert len(rows) == len(vectors)
        self.vectors.setdefault(model_id, set()).update(row.id for row in rows)

    def keep_only_vectors_of(self, model_id: str) -> None:
        self.vectors = {model_id: self.vectors.get(model_id, set())}

    def lose_everything(self) -> None:
        self.__init__()  # type: ignore[misc]

    def _write(self, what: Iterable[object]) -> None:
        if self.failure is not None:
            raise self.failure
        self.n_writes += bool(list(what))
