"""The files of a workspace as the index knows them: the truth that symbols, chunks and vectors are checked against.

A file's row is written in one transaction with its symbols, after its chunks, so it never promises what is not there:
whatever is cut off before is done again by the next pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pylot.storage.database import Database

TABLES = (
    """CREATE TABLE files (
        id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        sha256 TEXT NOT NULL, reason TEXT NOT NULL, version TEXT NOT NULL,
        n_chunks INTEGER NOT NULL, embedded_by TEXT NOT NULL
    )""",
    "CREATE INDEX files_to_embed ON files (embedded_by) WHERE n_chunks > 0",
    # What was being read when the process ended, and how often that has happened.
    "CREATE TABLE attempts (path TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
SYMBOLS_ONLY = frozenset({"generated"})
"""Reasons of files whose symbols are indexed all the same."""


class Known(NamedTuple):
    """What a pass compares a file with; a `reason` says why it is not indexed, or only its symbols are."""

    id: int
    size: int
    mtime_ns: int
    sha256: str
    reason: str
    version: str


class Entry(NamedTuple):
    """One row; `path` is relative to the workspace, with slashes."""

    path: str
    size: int
    mtime_ns: int
    sha256: str = ""
    reason: str = ""
    version: str = ""
    n_chunks: int = 0
    embedded_by: str = ""


class Counts(NamedTuple):
    """How many files are in the index, how many of them have text to search, and how many of those have vectors."""

    indexed: int
    searchable: int
    embedded: int
    chunks: int
    skipped: dict[str, int]


class Catalogue:
    """Read and write the catalogue; writing belongs into a transaction of the caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Known]:
        """Return every file by its path."""
        rows = self._database.rows("SELECT path, id, size, mtime_ns, sha256, reason, version FROM files")
        return {path: Known(*rest) for path, *rest in rows}

    def below(self, path: str) -> list[str]:
        """Return the paths of a file, or of everything in a folder."""
        rows = self._database.rows(
            "SELECT path FROM files WHERE path = ? OR (path >= ? AND path < ?)", (path, f"{path}/", f"{path}0")
        )
        return [found for (found,) in rows]

    def get(self, path: str) -> Known | None:
        """Return one file."""
        row = self._database.row(
            "SELECT id, size, mtime_ns, sha256, reason, version FROM files WHERE path = ?", (path,)
        )
        return Known(*row) if row else None

    def put(self, entry: Entry) -> int:
        """Write a file's row, and return its id, which stays the same as long as the file is known."""
        row = self._database.row(
            "INSERT INTO files (path, size, mtime_ns, sha256, reason, version, n_chunks, embedded_by)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET size = excluded.size,"
            " mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256,"
            " reason = excluded.reason, version = excluded.version, n_chunks = excluded.n_chunks,"
            " embedded_by = excluded.embedded_by RETURNING id",
            entry,
        )
        assert row is not None
        return int(row[0])

    def touch(self, path: str, size: int, mtime_ns: int) -> None:
        """Take in that a file was written again with the same content."""
        self._database.run("UPDATE files SET size = ?, mtime_ns = ? WHERE path = ?", (size, mtime_ns, path))

    def remove(self, path: str) -> None:
        """Forget a file."""
        self._database.run("DELETE FROM files WHERE path = ?", (path,))

    def forget_texts(self) -> None:
        """Let every file be read again, because its chunks are lost."""
        self._database.run("UPDATE files SET version = '', sha256 = '', embedded_by = ''")

    def to_embed(self, model_id: str, limit: int) -> list[str]:
        """Return files whose chunks have no vectors of this model yet: those first that were written last.

        A time of 0 is that of a file that was being written when it was read.
        """
        rows = self._database.rows(
            "SELECT path FROM files WHERE n_chunks > 0 AND embedded_by <> ?"
            " ORDER BY mtime_ns <> 0, mtime_ns DESC, id LIMIT ?",
            (model_id, limit),
        )
        return [path for (path,) in rows]

    def embedded(self, path: str, sha256: str, model_id: str) -> None:
        """Take in that the chunks of this content have their vectors."""
        self._database.run("UPDATE files SET embedded_by = ? WHERE path = ? AND sha256 = ?", (model_id, path, sha256))

    def counts(self, model_id: str) -> Counts:
        """Return how far the index has come; `model_id` is the model whose vectors count."""
        kinds = ", ".join(f"'{reason}'" for reason in sorted(SYMBOLS_ONLY))
        row = self._database.row(
            f"SELECT count(*), coalesce(sum(n_chunks > 0), 0), coalesce(sum(n_chunks > 0 AND embedded_by = ?), 0),"
            f" coalesce(sum(n_chunks), 0) FROM files WHERE version <> '' AND (reason = '' OR reason IN ({kinds}))",
            (model_id,),
        )
        assert row is not None
        skipped = self._database.rows("SELECT reason, count(*) FROM files WHERE reason <> '' GROUP BY reason")
        files, searchable, embedded, chunks = row
        return Counts(files, searchable, embedded, chunks, dict(skipped))

    def skipped(self, limit: int) -> list[tuple[str, str]]:
        """Return paths that are not indexed, or only in part, with their reasons, in order."""
        return self._database.rows(
            "SELECT path, reason FROM files WHERE reason <> '' ORDER BY reason, path LIMIT ?", (limit,)
        )

    def attempts(self) -> dict[str, int]:
        """Return what was being read when a process ended, and how often."""
        return dict(self._database.rows("SELECT path, number FROM attempts"))

    def begin_attempts(self, numbers: Iterable[tuple[str, int]]) -> None:
        """Note down what is going to be read, and the how many-th time, so that what ends the process is found out."""
        self._database.run_many("INSERT OR REPLACE INTO attempts VALUES (?, ?)", numbers)

    def end_attempts(self, paths: Iterable[str]) -> None:
        """Note down that these were read without harm."""
        self._database.run_many("DELETE FROM attempts WHERE path = ?", [(path,) for path in paths])

    def fact(self, name: str) -> str:
        """Return a fact about the whole index, or an empty string."""
        row = self._database.row("SELECT value FROM facts WHERE name = ?", (name,))
        return str(row[0]) if row else ""

    def state(self, name: str, value: str) -> None:
        """Write a fact about the whole index."""
        self._database.run("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
