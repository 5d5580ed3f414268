"""The tables of the chunk store: their columns and indices, and what is asked of them in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from pylot.index.chunk_rows import ChunkRow, Filters, storable

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

CHUNKS = "chunks"
VECTORS = "vectors_"

_COMPRESSED = {"lance-encoding:compression": "zstd"}
_FIELDS = ("id", "path", "language", "kind", "symbol", "start_line", "end_line", "text", "words")
STORED = _FIELDS[:-1]


@cache
def chunk_schema() -> pa.Schema:
    """Return the columns of the table of chunks."""
    import pyarrow as pa

    plain = [pa.field(name, pa.string()) for name in ("id", "path", "language", "kind", "symbol")]
    lines = [pa.field(name, pa.int32()) for name in ("start_line", "end_line")]
    texts = [pa.field(name, pa.string(), metadata=_COMPRESSED) for name in ("text", "words")]
    return pa.schema([*plain, *lines, *texts])


@cache
def vector_schema(dimensions: int) -> pa.Schema:
    """Return the columns of a table of vectors."""
    import pyarrow as pa

    plain = [pa.field(name, pa.string()) for name in ("id", "path", "language", "kind")]
    return pa.schema([*plain, pa.field("vector", pa.list_(pa.float32(), dimensions))])


def vector_table_name(model_id: str) -> str:
    """Return the name of the table that holds a model's vectors."""
    return f"{VECTORS}{blake2b(model_id.encode(), digest_size=8).hexdigest()}"


def chunk_table(rows: Iterable[ChunkRow]) -> pa.Table:
    """Return chunks as they are stored."""
    import pyarrow as pa

    found = list(rows)
    columns = [[getattr(row, name) for row in found] for name in _FIELDS]
    return pa.table(dict(zip(_FIELDS, columns, strict=True)), schema=chunk_schema())


def vector_table(rows: Sequence[ChunkRow], vectors: np.ndarray) -> pa.Table:
    """Return the vectors of chunks as they are stored; `vectors` has a line for each chunk."""
    import numpy as np
    import pyarrow as pa

    dimensions = vectors.shape[1]
    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
    columns: dict[str, Any] = {
        name: [getattr(row, name) for row in rows] for name in ("id", "path", "language", "kind")
    }
    columns["vector"] = pa.FixedSizeListArray.from_arrays(flat, dimensions)
    return pa.table(columns, schema=vector_schema(dimensions))


def row_of(found: dict[str, Any]) -> ChunkRow:
    """Return a chunk that was read."""
    return ChunkRow(**{name: found[name] for name in STORED})


def condition(filters: Filters) -> str:
    """Return what a chunk has to fulfil, in SQL; an empty string where that is nothing."""
    columns = (("language", filters.languages), ("kind", filters.kinds))
    parts = [f"{name} IN ({quoted(values)})" for name, values in columns if values]
    if filters.wanted:
        parts.append(f"regexp_like(path, {_quoted_one(filters.wanted)})")
    if filters.unwanted:
        parts.append(f"NOT regexp_like(path, {_quoted_one(filters.unwanted)})")
    return " AND ".join(parts)


def quoted(values: Iterable[str]) -> str:
    """Return strings as a list of SQL literals."""
    return ", ".join(map(_quoted_one, values))


def _quoted_one(value: str) -> str:
    escaped = storable(value).replace("'", "''")
    return f"'{escaped}'"
