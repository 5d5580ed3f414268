"""The chunks of one workspace in LanceDB: lexical search over their words, nearest vectors of each model.

The store is disposable. Damage sets it aside, and a new `identity` tells that everything has to be written again.
One process opens it; its threads write in turns, and searches wait for no write.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pylot.index.chunk_folder import ChunkFolder
from pylot.index.chunk_rows import ANYTHING, ChunkRow, Filters, Scored, is_whole
from pylot.index.lance import lancedb, loaded_lancedb
from pylot.index.lance_tables import (
    CHUNKS,
    STORED,
    VECTORS,
    chunk_schema,
    chunk_table,
    condition,
    quoted,
    row_of,
    vector_schema,
    vector_table,
    vector_table_name,
)  # fmt: skip
from pylot.index.lance_upkeep import has_vector_index, make_lexical_indices, make_vector_indices, tend
from pylot.kernel.errors import StorageError

if TYPE_CHECKING:
    import numpy as np

log = logging.getLogger(__name__)
T = TypeVar("T")

_MOST_MENDINGS = 3
# The library's own bounds are gigabytes; the indices of 100,000 chunks take some 60 MB.
_INDEX_CACHE_BYTES, _METADATA_CACHE_BYTES = 256 << 20, 64 << 20
# Of 100,000 vectors 93 of the nearest 100 are found so, and 99.5 of the nearest ten in a hundred.
_PROBES = 40
_REFINED = 4
_NOT_DAMAGE = ("no space left", "permission denied", "read-only file system", "too many open files", "quota")


class ChunkStore:
    """A `SearchStore` in a folder of its own; every method may raise StorageError."""

    def __init__(self, folder: ChunkFolder) -> None:
        self._folder = folder
        self._tables: dict[str, Any] = {}
        self._indexed: frozenset[str] = frozenset()
        self._connection: Any = None
        self._writing = threading.RLock()
        self._readers = _Readers()
        self._mendings = 0
        self._identity = ""

    @classmethod
    def open(cls, path: Path) -> ChunkStore | None:
        """Open the store in a folder, making it where there is none; None where LanceDB is not installed.

        A store that cannot be opened is set aside. Raises StorageError when the disk does not allow writing.
        """
        if lancedb() is None:
            return None
        store = cls(ChunkFolder(path))
        store._open()
        return store

    @property
    def identity(self) -> str:
        """What names this content; a new, empty store has a new one."""
        return self._identity

    def replace(self, files: Mapping[str, Sequence[ChunkRow]]) -> None:
        """Store these chunks instead of what there was of each path, all of them or none.

        Vectors of these paths are forgotten. A hundred files at once take a tenth of the time of one by one.
        """
        rows = {row.id: row for found in files.values() for row in found}
        if files:
            self._write(lambda: self._replace(f"path IN ({quoted(files)})", list(rows.values())))

    def remove(self, paths: Iterable[str]) -> None:
        """Forget the chunks and vectors of these paths."""
        if wanted := quoted(paths):
            self._write(lambda: [table.delete(f"path IN ({wanted})") for table in list(self._tables.values())])

    def set_vectors(self, model_id: str, rows: Sequence[ChunkRow], vectors: np.ndarray) -> None:
        """Store a model's vectors of chunks: one line of `vectors` for each, of length one."""
        if rows:
            self._write(lambda: self._set_vectors(vector_table_name(model_id), rows, vectors))

    def keep_only_vectors_of(self, model_id: str) -> None:
        """Forget the vectors of every other model."""
        self._write(lambda: self._keep_only(vector_table_name(model_id)))

    def lexical(self, words: Sequence[str], limit: int, filters: Filters = ANYTHING) -> list[Scored]:
        """Return the chunks that fit any of the words best (BM25)."""
        return self._read(lambda: self._lexical(" ".join(words), limit, condition(filters))) if words else []

    def nearest(self, model_id: str, vector: np.ndarray, limit: int, filters: Filters = ANYTHING) -> list[Scored]:
        """Return the chunks whose vectors have the largest dot product; none where there are no vectors."""
        name = vector_table_name(model_id)
        return self._read(lambda: self._nearest(name, vector, limit, condition(filters)))

    def rows(self, ids: Sequence[str]) -> dict[str, ChunkRow]:
        """Return the stored chunks of these ids, without their words."""
        return self._read(lambda: self._rows(f"id IN ({quoted(ids)})", len(ids))) if ids else {}

    def count(self) -> int:
        """Return how many chunks there are."""
        return self._read(lambda: int(self._tables[CHUNKS].count_rows()))

    def count_vectors(self, model_id: str) -> int:
        """Return how many chunks have a vector of a model."""
        table = self._tables.get(vector_table_name(model_id))
        return self._read(lambda: int(table.count_rows())) if table is not None else 0

    def maintain(self, *, idle: bool = False) -> None:
        """Bring the indices up to date and clean old versions, where enough has been written since the last time.

        To be called after each batch of writes, and with `idle` when nothing more is to be written for now.
        """
        self._write(lambda: self._maintain(idle))

    def close(self) -> None:
        """Let go of the files."""
        with self._writing:
            self._tables.clear()
            self._connection = None

    def _maintain(self, idle: bool) -> None:
        for table in list(self._tables.values()):
            tend(table, idle, self._readers.none_at_work)
        self._note_indices()

    def _replace(self, place: str, rows: Sequence[ChunkRow]) -> None:
        # One commit: a process that is killed leaves the old chunks of a file or the new ones, never a part.
        merge = self._tables[CHUNKS].merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
        merge.when_not_matched_by_source_delete(place).execute(chunk_table(rows))
        for name, table in list(self._tables.items()):
            if name != CHUNKS and table.count_rows(place):
                table.delete(place)

    def _set_vectors(self, name: str, rows: Sequence[ChunkRow], vectors: np.ndarray) -> None:
        schema = vector_schema(int(vectors.shape[1]))
        table = self._tables.get(name)
        if table is None or not table.schema.equals(schema):
            table = self._connection.create_table(name, schema=schema, mode="overwrite")
            make_vector_indices(table)
            self._tables[name] = table
        merge = table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
        merge.execute(vector_table(rows, vectors))

    def _keep_only(self, kept: str) -> None:
        for name in [name for name in self._tables if name not in (CHUNKS, kept)]:
            del self._tables[name]
            self._connection.drop_table(name)

    def _lexical(self, words: str, limit: int, where: str) -> list[Scored]:
        query = loaded_lancedb().query.MatchQuery(words, "words")
        search = self._tables[CHUNKS].search(query, query_type="fts")
        if where:
            search = search.where(where, prefilter=True)
        found = search.select(["id", "path", "_score", "symbol"]).limit(limit).to_arrow().to_pydict()
        return list(map(Scored, found["id"], found["path"], found["_score"], found["symbol"]))

    def _nearest(self, name: str, vector: np.ndarray, limit: int, where: str) -> list[Scored]:
        table = self._tables.get(name)
        if table is None or table.schema.field("vector").type.list_size != len(vector):
            return []
        search = table.search(vector, vector_column_name="vector").distance_type("dot")
        if where:
            search = search.where(where, prefilter=True)
        if name in self._indexed:
            search = search.nprobes(_PROBES).refine_factor(_REFINED)
        found = search.select(["id", "path", "_distance"]).limit(limit).to_arrow().to_pydict()
        return [
            Scored(one, path, 1 - distance)
            for one, path, distance in zip(found["id"], found["path"], found["_distance"], strict=True)
        ]

    def _rows(self, where: str, limit: int) -> dict[str, ChunkRow]:
        found = self._tables[CHUNKS].search().where(where).select(list(STORED)).limit(limit).to_list()
        rows = [row_of(one) for one in found]
        if not all(map(is_whole, rows)):
            raise ValueError("a row is not what was written")
        return {row.id: row for row in rows}

    def _read(self, work: Callable[[], T]) -> T:
        with self._guarded(), self._readers.reading():
            return work()

    def _write(self, work: Callable[[], object]) -> None:
        with self._writing, self._guarded():
            work()
            self._folder.keep_versions({name: int(table.version) for name, table in self._tables.items()})

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        identity = self._identity
        if self._connection is None:
            raise StorageError("The search index is closed.")
        try:
            yield
        except (StorageError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # a panic of the library is no Exception
            self._mend(error, identity)

    def _mend(self, error: BaseException, identity: str) -> None:
        """Make the store usable again, and say that what was asked for could not be done."""
        story = f"{type(error).__name__}: {error}"
        if any(words in story.lower() for words in _NOT_DAMAGE):
            raise StorageError("The search index cannot be written or read now.", detail=story[:500]) from error
        with self._writing:
            if identity == self._identity and self._mendings < _MOST_MENDINGS:
                self._mendings += 1
                log.warning("the search index failed", extra={"detail": story[:500]})
                self._open(is_suspect=True)
        raise StorageError("The search index was damaged and is made anew.", detail=story[:500]) from error

    def _open(self, *, is_suspect: bool = False) -> None:
        with self._writing:
            for is_last in (False, True):
                self._folder.begin_opening()
                try:
                    self._open_tables()
                    if is_suspect:
                        self._check()
                    break
                except (MemoryError, KeyboardInterrupt, SystemExit):
                    raise
                except BaseException as error:
                    if is_last:
                        raise StorageError("The search index cannot be made.", detail=str(error)[:500]) from error
                    self._folder.set_aside()
            self._identity = self._folder.identity
            self._folder.end_opening()

    def _open_tables(self) -> None:
        library = loaded_lancedb()
        session = library.Session(_INDEX_CACHE_BYTES, _METADATA_CACHE_BYTES)
        self._connection = library.connect(str(self._folder.path), session=session)
        names = list(self._connection.list_tables().tables)
        if CHUNKS not in names:
            make_lexical_indices(self._connection.create_table(CHUNKS, schema=chunk_schema()))
        self._tables = {
            name: self._connection.open_table(name)
            for name in (CHUNKS, *names)
            if name == CHUNKS or name.startswith(VECTORS)
        }
        if not self._tables[CHUNKS].schema.equals(chunk_schema()):
            raise ValueError("the store has the columns of another version")
        expected = self._folder.versions
        for name, table in self._tables.items():
            # Without its newest version a table quietly is what it was before.
            if table.version < expected.get(name, 0):
                raise ValueError("what was written last is gone")
            table.count_rows()
            table.search().limit(1).to_list()
        self._note_indices()

    def _note_indices(self) -> None:
        """Remember which vectors have an index: to ask takes a millisecond of each search."""
        self._indexed = frozenset(name for name, table in self._tables.items() if has_vector_index(table))

    def _check(self) -> None:
        """Read everything, and make the indices anew, which cost less than to find out whether they are whole."""
        for name, table in self._tables.items():
            columns = list(STORED) if name == CHUNKS else table.schema.names
            for batch in table.search().select(columns).to_batches(1024):
                if name == CHUNKS and not all(is_whole(row_of(one)) for one in batch.to_pylist()):
                    raise ValueError("a row is not what was written")
            make_lexical_indices(table) if name == CHUNKS else make_vector_indices(table)
        self._note_indices()


class _Readers:
    """Count the searches under way, so that a version of the data goes away between them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._is_closed = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Count one search; wait while old versions go away."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_closed)
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    @contextmanager
    def none_at_work(self) -> Iterator[None]:
        """Wait for the searches under way, and let no other begin."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: self._count == 0)
        try:
            yield
        finally:
            with self._changed:
                self._is_closed = False
                self._changed.notify_all()
