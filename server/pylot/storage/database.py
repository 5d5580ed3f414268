"""SQLite files: one writer, readers that never wait for it, and a damaged file set aside instead of an error.

Write-ahead logging lets readers see the last committed state while a writer is at work
(https://sqlite.org/wal.html). What is kept here can be made anew from its source, so a commit is not flushed
to the disk: a power cut may lose the last transactions, and never half of one.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pylot.kernel.errors import StorageError
from pylot.kernel.stories import refusal

_BUSY_SECONDS = 2.0
_PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "temp_store = MEMORY", "foreign_keys = ON")


class Database:
    """One connection, for one thread at a time.

    `schema` are statements that make the tables of `version`; a file of another version is made anew.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, schema: Sequence[str], version: int) -> Database:
        """Open for reading and writing; a damaged file, or one of another version, is replaced by an empty one.

        Raises StorageError when the disk does not allow that.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(sqlite3.DatabaseError):
                if (database := cls._opened(path, schema, version)) is not None:
                    return database
            remove_database(path)
            database = cls._opened(path, schema, version)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"{path.name} cannot be written: {refusal(error)}.", detail=str(path)) from error
        if database is None:
            raise StorageError(f"{path.name} cannot be written.", detail=str(path))
        return database

    @classmethod
    def open_for_reading(cls, path: Path, version: int) -> Database | None:
        """Open a file that another process writes; None while there is none of this version that can be read."""
        connection = None
        try:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS,
                                         isolation_level=None, check_same_thread=False)  # fmt: skip
            if connection.execute("PRAGMA user_version").fetchone()[0] == version:
                return cls(connection, path)
        except sqlite3.Error:
            pass
        if connection is not None:
            connection.close()
        return None

    @classmethod
    def _opened(cls, path: Path, schema: Sequence[str], version: int) -> Database | None:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            is_new = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if (found != version and not is_new) or connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                connection.close()
                return None
            database = cls(connection, path)
            if is_new:
                with database.transaction():
                    for statement in schema:
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {version}")
        except BaseException:
            connection.close()
            raise
        return database

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside, or nothing of it; raises StorageError for a full disk or a damaged file."""
        with self._failures():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Execute one statement; return the id of the row that it inserted last."""
        with self._failures():
            return self._connection.execute(statement, values).lastrowid or 0

    def run_to_end(self, statement: str) -> None:
        """Execute one statement that goes on for as long as it is asked to, outside of a transaction."""
        with self._failures():
            self._connection.executescript(statement)

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute one statement for every row."""
        with self._failures():
            self._connection.executemany(statement, rows)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._failures():
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None."""
        with self._failures():
            found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
            return found

    def close(self) -> None:
        """Close the connection; the last one folds the write-ahead log into the file."""
        self._connection.close()

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageError(f"{self.path.name} cannot be used: {error}.", detail=str(self.path)) from error


def remove_database(path: Path) -> None:
    """Remove a database with its write-ahead log; nothing happens where there is none."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
