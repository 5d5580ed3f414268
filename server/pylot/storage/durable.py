"""SQLite files that hold what cannot be made anew: one writing thread, durable commits, numbered migrations.

Nothing is ever thrown away here. A damaged file is set aside under another name, and a file that a newer Pylot has
written is left alone and another one used beside it; either way the user is told in one sentence.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pylot.kernel.errors import StorageError
from pylot.kernel.stories import refusal
from pylot.storage.atomic_file import PRIVATE_MODE
from pylot.storage.database import Database
from pylot.storage.lock import hold_lock

T = TypeVar("T")

_BUSY_SECONDS = 10.0
_OPEN_SECONDS = 30.0
# A full flush at every commit: what was acknowledged survives a power cut as well. What is deleted is overwritten, and
# its room can be given back piece by piece, which has to be said before there is a first table.
_PRAGMAS_OF_NEW = ("auto_vacuum = INCREMENTAL",)
_PRAGMAS = (
    "journal_mode = WAL", "synchronous = FULL", "temp_store = MEMORY", "foreign_keys = ON", "secure_delete = ON",
)  # fmt: skip
_PAGES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Opened:
    """A durable database, and what the user should know about how it was found."""

    database: DurableDatabase
    notes: tuple[str, ...] = ()


class DurableDatabase:
    """One file behind one writing thread; readers see the last committed state and never wait for a writer."""

    def __init__(self, writer: Database, reader: Database) -> None:
        self.path = writer.path
        self._writer = writer
        self._reader = reader
        self._reading = threading.Lock()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="pylot-writer", daemon=True)
        self._thread.start()
        self._closed = False

    @classmethod
    def open(cls, path: Path, migrations: Sequence[Sequence[str]]) -> Opened:
        """Open a file and bring it up to date; `migrations[n]` are the statements that make version n + 1.

        Raises StorageError when the disk does not allow that.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Two windows that start at once must not both set a damaged file aside.
            with hold_lock(path.with_name(f"{path.name}.lock"), _OPEN_SECONDS):
                return _open_locked(path, migrations)
        except (OSError, sqlite3.Error, TimeoutError) as error:
            raise StorageError(f"{path.name} cannot be opened: {refusal(error)}.", detail=str(path)) from error

    async def write(self, work: Callable[[Database], T]) -> T:
        """Run `work` in one transaction on the writing thread; once this returns, the disk has it.

        Raises:
            StorageError: the disk is full or the file damaged; nothing of `work` was kept.
        """

        def transact(database: Database) -> T:
            with database.transaction():
                return work(database)

        return await self._on_writer(transact)

    async def give_back_room(self) -> None:
        """Give what was deleted back to the disk, in pieces that other writes may come between; raises StorageError."""
        while await self._on_writer(_give_back):
            pass

    async def _on_writer(self, work: Callable[[Database], T]) -> T:
        if self._closed:
            raise StorageError(f"{self.path.name} is closed.")
        done: Future[T] = Future()

        def act() -> None:
            try:
                result = work(self._writer)
            except BaseException as error:
                done.set_exception(error)
            else:
                done.set_result(result)

        self._work.put(act)
        # A caller that is cancelled stops waiting; what it has begun to write is written whole all the same.
        return await asyncio.shield(asyncio.wrap_future(done))

    async def read(self, work: Callable[[Database], T]) -> T:
        """Run `work` on a connection that can only read, in a thread; raises StorageError for a damaged file."""

        def look() -> T:
            with self._reading:
                return work(self._reader)

        return await asyncio.to_thread(look)

    async def close(self) -> None:
        """Finish what was asked for, then close the file."""
        if not self._closed:
            self._closed = True
            self._work.put(None)
            await asyncio.to_thread(self._thread.join)
            with self._reading:
                self._reader.close()
            self._writer.close()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()


def _open_locked(path: Path, migrations: Sequence[Sequence[str]]) -> Opened:
    notes: list[str] = []
    if (found := _version(path)) is None:
        aside = _set_aside(path)
        notes.append(f"{path.name} was damaged; it was kept as {aside.name}, and a new one was begun.")
    elif found > len(migrations):
        newer, path = path, path.with_stem(f"{path.stem}-{len(migrations)}")
        notes.append(f"{newer.name} was written by a newer Pylot; it is left alone, and {path.name} is used instead.")
        if _version(path) is None:
            _set_aside(path)
    writer = _connect(path)
    try:
        _migrate(writer, migrations)
        reader = _connect(path, read_only=True)
    except BaseException:
        writer.close()
        raise
    return Opened(DurableDatabase(Database(writer, path), Database(reader, path)), tuple(notes))


def _version(path: Path) -> int | None:
    """Return the version of a file's tables, 0 where there is none yet, None for a damaged one."""
    if not path.exists():
        return 0
    try:
        with contextlib.closing(_connect(path)) as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return None
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.OperationalError:
        # The disk is full, or the file may not be read: that is no damage.
        raise
    except sqlite3.DatabaseError:
        return None


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    # The log goes first: a new file must never meet the log of the old one.
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def _connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    pragmas: Sequence[str] = ()
    if not read_only:
        # SQLite gives its log the mode of the file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_MODE))
        pragmas = _PRAGMAS if path.stat().st_size else (*_PRAGMAS_OF_NEW, *_PRAGMAS)
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_BUSY_SECONDS,
                                 isolation_level=None, check_same_thread=False)  # fmt: skip
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]]) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    for number, statements in enumerate(migrations[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _give_back(database: Database) -> bool:
    """Give some free pages back, and return whether there may be more."""
    free = database.rows("PRAGMA freelist_count")[0][0]
    if not free or not database.rows("PRAGMA auto_vacuum")[0][0]:
        # A file from before this was thought of keeps its room and fills it again.
        return False
    database.run_to_end(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    if free > _PAGES_AT_ONCE:
        return True
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    return False


def data_version(database: Database) -> int:
    """Return a number that changes whenever another connection has changed the file."""
    found = database.row("PRAGMA data_version")
    return int(found[0]) if found else 0
