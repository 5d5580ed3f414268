"""The chunks of one workspace in SQLite, for where LanceDB is not installed: the same words, no vectors.

SQLite's FTS5 ranks by BM25 (https://sqlite.org/fts5.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pylot.index.chunk_rows import ANYTHING, ChunkRow, Filters, Scored, storable
from pylot.storage.database import Database

if TYPE_CHECKING:
    import numpy as np

_VERSION = 1
_MOST_VALUES = 500
_COLUMNS = "id, path, language, kind, symbol, start_line, end_line, text"
_SCHEMA = (
    "CREATE TABLE identity AS SELECT lower(hex(randomblob(16))) AS name",
    """
    CREATE TABLE chunks (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, language TEXT NOT NULL,
        kind TEXT NOT NULL, symbol TEXT NOT NULL, start_line INTEGER NOT NULL, end_line INTEGER NOT NULL,
        text TEXT NOT NULL
    )
    """,
    "CREATE INDEX chunks_by_path ON chunks (path)",
    "CREATE VIRTUAL TABLE lexicon USING fts5 (words, detail = column, tokenize = 'unicode61 remove_diacritics 0')",
)


class WordStore:
    """A `SearchStore` in one SQLite file; every method may raise StorageError. For one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path) -> WordStore:
        """Open for reading and writing; a damaged file is replaced by an empty one."""
        return cls(Database.open(path, _SCHEMA, _VERSION))

    @classmethod
    def open_for_reading(cls, path: Path) -> WordStore | None:
        """Open what another process writes; None while there is none."""
        database = Database.open_for_reading(path, _VERSION)
        return cls(database) if database else None

    @property
    def identity(self) -> str:
        """What names this content; a new, empty store has a new one."""
        row = self._database.row("SELECT name FROM identity")
        return str(row[0]) if row else ""

    def replace(self, files: Mapping[str, Sequence[ChunkRow]]) -> None:
        """Store these chunks instead of what there was of each path, all of them or none."""
        with self._database.transaction():
            self._forget(files)
            for row in {row.id: row for rows in files.values() for row in rows}.values():
                values = (row.id, row.path, row.language, row.kind, row.symbol, row.start_line, row.end_line, row.text)
                marks = ", ".join("?" * len(values))
                number = self._database.run(f"INSERT INTO chunks ({_COLUMNS}) VALUES ({marks})", values)
                self._database.run("INSERT INTO lexicon (rowid, words) VALUES (?, ?)", (number, row.words))

    def remove(self, paths: Iterable[str]) -> None:
        """Forget the chunks of these paths."""
        with self._database.transaction():
            self._forget(paths)

    def set_vectors(self, model_id: str, rows: Sequence[ChunkRow], vectors: np.ndarray) -> None:
        """Do nothing: vectors need LanceDB."""

    def keep_only_vectors_of(self, model_id: str) -> None:
        """Do nothing: there are no vectors."""

    def lexical(self, words: Sequence[str], limit: int, filters: Filters = ANYTHING) -> list[Scored]:
        """Return the chunks that fit any of the words best (BM25)."""
        if not words:
            return []
        wanted = " OR ".join(f'"{word}"' for word in words)
        places, values = _condition(filters)
        found = self._database.rows(
            f"SELECT id, path, -bm25(lexicon), symbol FROM lexicon JOIN chunks ON number = lexicon.rowid "
            f"WHERE lexicon MATCH ? {places} ORDER BY bm25(lexicon) LIMIT ?",
            # SQLite knows no globs of paths, so all that fit otherwise are compared here.
            (wanted, *values, -1 if filters.paths else limit),
        )
        return [Scored(*one) for one in found if not filters.paths or filters.admits(one[1])][:limit]

    def nearest(self, model_id: str, vector: np.ndarray, limit: int, filters: Filters = ANYTHING) -> list[Scored]:
        """Return nothing: there are no vectors."""
        return []

    def rows(self, ids: Sequence[str]) -> dict[str, ChunkRow]:
        """Return the stored chunks of these ids, without their words."""
        found = [
            ChunkRow(*one)
            for part in _parts(ids)
            for one in self._database.rows(f"SELECT {_COLUMNS} FROM chunks WHERE id IN ({_marks(part)})", part)
        ]
        return {row.id: row for row in found}

    def count(self) -> int:
        """Return how many chunks there are."""
        row = self._database.row("SELECT count(*) FROM chunks")
        return int(row[0]) if row else 0

    def count_vectors(self, model_id: str) -> int:
        """Return 0: there are no vectors."""
        return 0

    def maintain(self, *, idle: bool = False) -> None:
        """Merge what has been written into the index, where nothing else is to be done."""
        if idle:
            self._database.run("INSERT INTO lexicon (lexicon) VALUES ('optimize')")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _forget(self, paths: Iterable[str]) -> None:
        for part in _parts(list(map(storable, paths))):
            place = f"path IN ({_marks(part)})"
            self._database.run(f"DELETE FROM lexicon WHERE rowid IN (SELECT number FROM chunks WHERE {place})", part)
            self._database.run(f"DELETE FROM chunks WHERE {place}", part)


def _condition(filters: Filters) -> tuple[str, list[str]]:
    parts, values = "", list[str]()
    for column, wanted in (("language", filters.languages), ("kind", filters.kinds)):
        if wanted:
            parts += f" AND {column} IN ({_marks(wanted)})"
            values += wanted
    return parts, values


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield so many values at a time as one statement may have."""
    for start in range(0, len(values), _MOST_VALUES):
        yield values[start : start + _MOST_VALUES]


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
