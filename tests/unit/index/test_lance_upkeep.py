"""Vectors get an index when there are many, a new one when there are twice as many (L3)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pylot.index import lance_upkeep
from pylot.index.chunk_rows import ChunkRow, rows_of
from pylot.index.chunk_store import ChunkStore
from pylot.syntax.chunks import Chunk

MODEL = "a model"
FEW = 300
# One bit is kept per dimension: with few of them a vector is not always among the nearest to itself.
DIMENSIONS = 384


def rows(path: str, count: int) -> list[ChunkRow]:
    return rows_of(path, "python", [Chunk(at, at, f"f{at}", "function", f"word{at}") for at in range(count)])


def test_the_index_of_vectors_grows_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lance_upkeep, "FEWEST_VECTORS_OF_INDEX", FEW)
    store = ChunkStore.open(tmp_path / "chunks")
    if store is None:
        pytest.skip("LanceDB is not installed")
    luck = np.random.default_rng(2)
    indices = []
    for path, count in (("a.py", FEW - 1), ("b.py", 1), ("c.py", FEW)):
        some = rows(path, count)
        vectors = luck.standard_normal((count, DIMENSIONS), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        store.replace({path: some})
        store.set_vectors(MODEL, some, vectors)
        store.maintain()
        (folder,) = (tmp_path / "chunks").glob("vectors_*.lance")
        table = store._tables[folder.stem]
        indices.append([index.name for index in table.list_indices() if index.columns == ["vector"]])

        nearest = store.nearest(MODEL, vectors[-1], 5)

        assert (nearest[0].id, round(nearest[0].score, 2)) == (some[-1].id, 1.0)

    assert indices == [[], ["vector_idx_1"], ["vector_idx_2"]]
