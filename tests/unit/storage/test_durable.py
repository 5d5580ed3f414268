"""Databases that cannot be made anew: migrations, damage, other versions, a full disk (P2, T17, T19)."""

from __future__ import annotations

import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pylot.kernel.errors import StorageError
from pylot.storage.database import Database
from pylot.storage.durable import DurableDatabase, Opened

FIRST = ("CREATE TABLE words (word TEXT PRIMARY KEY)",)
SECOND = ("ALTER TABLE words ADD COLUMN language TEXT NOT NULL DEFAULT 'en'",)


def opened(folder: Path, *migrations: tuple[str, ...]) -> Opened:
    return DurableDatabase.open(folder / "kept.db", migrations or (FIRST,))


def words(database: Database) -> list[str]:
    return [row[0] for row in database.rows("SELECT word FROM words ORDER BY word")]


def put(database: Database, *new: str) -> None:
    database.run_many("INSERT INTO words (word) VALUES (?)", [(word,) for word in new])


async def test_a_write_is_whole_and_readable_by_the_time_it_returns(tmp_path: Path) -> None:
    database = opened(tmp_path).database
    await database.write(lambda it: put(it, "one"))
    with pytest.raises(StorageError, match=r"kept\.db"):
        await database.write(lambda it: put(it, "two", "one"))

    assert await database.read(words) == ["one"]
    with pytest.raises(StorageError, match="cannot be used"):
        await database.read(lambda it: put(it, "three"))
    await database.close()
    with pytest.raises(StorageError, match="closed"):
        await database.write(lambda it: put(it, "four"))


async def test_migrations_are_done_once_and_keep_what_is_there(tmp_path: Path) -> None:
    first = opened(tmp_path).database
    await first.write(lambda it: put(it, "one"))
    await first.close()
    for _ in range(2):
        again = opened(tmp_path, FIRST, SECOND)
        assert again.notes == ()
        assert await again.database.read(lambda it: it.rows("SELECT * FROM words")) == [("one", "en")]
        await again.database.close()


async def test_half_a_migration_is_none(tmp_path: Path) -> None:
    await opened(tmp_path).database.close()
    with pytest.raises(StorageError, match="cannot be opened"):
        opened(tmp_path, FIRST, (*SECOND, "SELECT nonsense"))

    again = opened(tmp_path, FIRST, SECOND)
    assert await again.database.read(words) == []
    await again.database.close()


@pytest.mark.parametrize("damage", ["garbage", "a page"])
async def test_a_damaged_file_is_set_aside_and_said(tmp_path: Path, damage: str) -> None:
    first = opened(tmp_path).database
    await first.write(lambda it: put(it, *(f"word {number}" * 20 for number in range(400))))
    await first.close()
    path = tmp_path / "kept.db"
    whole = path.read_bytes()
    broken = b"no database" * 999 if damage == "garbage" else whole[:4096] + b"\xff" * 8192 + whole[12288:]
    path.write_bytes(broken)

    again = opened(tmp_path)

    assert again.notes == ("kept.db was damaged; it was kept as kept.db.damaged-1, and a new one was begun.",)
    assert (tmp_path / "kept.db.damaged-1").read_bytes() == broken
    assert await again.database.read(words) == []
    await again.database.close()
    assert opened(tmp_path).notes == ()


async def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    newer = opened(tmp_path, FIRST, SECOND).database
    await newer.write(lambda it: put(it, "one"))
    older = opened(tmp_path)
    await older.database.write(lambda it: put(it, "two"))

    assert older.notes == ("kept.db was written by a newer Pylot; it is left alone, and kept-1.db is used instead.",)
    assert (await newer.read(words), await older.database.read(words)) == (["one"], ["two"])
    await newer.close()
    await older.database.close()


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
async def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    database = opened(tmp_path).database
    await database.write(lambda it: put(it, "one"))

    files = [path for path in tmp_path.iterdir() if path.name.startswith("kept.db") and path.suffix != ".lock"]
    assert {path.name for path in files} == {"kept.db", "kept.db-wal", "kept.db-shm"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    await database.close()


async def test_a_full_disk_costs_one_write_and_is_survived(tmp_path: Path) -> None:
    """(T17)"""
    database = opened(tmp_path).database
    await database.write(lambda it: put(it, "one"))
    await database.write(lambda it: _limit_pages(it, extra=0))
    with pytest.raises(StorageError, match="full"):
        await database.write(lambda it: put(it, *(f"word {number}" * 50 for number in range(400))))
    assert await database.read(words) == ["one"]

    await database.write(lambda it: _limit_pages(it, extra=10_000))
    await database.write(lambda it: put(it, "two"))
    assert await database.read(words) == ["one", "two"]
    await database.close()


async def test_what_is_deleted_is_overwritten_and_its_room_given_back(tmp_path: Path) -> None:
    database = opened(tmp_path).database
    await database.write(lambda it: put(it, *(f"secret {number} " * 50 for number in range(20_000))))
    await database.write(lambda it: it.run("DELETE FROM words WHERE word LIKE 'secret%'"))
    await database.give_back_room()
    path = tmp_path / "kept.db"

    assert path.stat().st_size < 100_000
    assert b"secret" not in path.read_bytes() + path.with_name("kept.db-wal").read_bytes()
    await database.write(lambda it: put(it, "one"))
    assert await database.read(words) == ["one"]
    await database.close()


async def test_who_reads_is_not_held_up_by_who_writes(tmp_path: Path) -> None:
    database = opened(tmp_path).database
    with closing(sqlite3.connect(tmp_path / "kept.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO words (word) VALUES ('under way')")
        assert await database.read(words) == []
        other.execute("COMMIT")
    assert await database.read(words) == ["under way"]
    await database.close()


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageError, match="cannot be opened"):
        opened(tmp_path / "file")


def _limit_pages(database: Database, *, extra: int) -> None:
    pages = database.row("PRAGMA page_count")
    assert pages is not None
    database.rows(f"PRAGMA max_page_count = {pages[0] + extra}")
