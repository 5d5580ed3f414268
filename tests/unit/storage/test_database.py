"""SQLite files: whole transactions, readers beside a writer, damage (A7, P4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.kernel.errors import StorageError
from pylot.storage.database import Database

SCHEMA = ("CREATE TABLE words (word TEXT PRIMARY KEY)",)


def opened(folder: Path, version: int = 1) -> Database:
    return Database.open(folder / "words.db", SCHEMA, version)


def words(database: Database) -> list[str]:
    return [word for (word,) in database.rows("SELECT word FROM words ORDER BY word")]


def test_a_transaction_is_whole_or_not_there(tmp_path: Path) -> None:
    database = opened(tmp_path)
    with pytest.raises(StorageError, match=r"words\.db"), database.transaction():
        database.run_many("INSERT INTO words VALUES (?)", [("one",), ("one",)])
    with database.transaction():
        database.run("INSERT INTO words VALUES (?)", ["two"])

    assert words(database) == ["two"]
    database.close()


def test_a_reader_sees_the_last_whole_state_while_a_writer_is_at_work(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    reader = Database.open_for_reading(tmp_path / "words.db", 1)
    assert reader is not None
    with writer.transaction():
        writer.run("INSERT INTO words VALUES ('one')")
        seen_meanwhile = words(reader)

    assert (seen_meanwhile, words(reader)) == ([], ["one"])
    reader.close()
    writer.close()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 400, None], ids=["empty", "garbage", "damaged page"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes | None) -> None:
    database = opened(tmp_path)
    with database.transaction():
        database.run_many("INSERT INTO words VALUES (?)", [(f"word {number}" * 20,) for number in range(400)])
    database.close()
    path = tmp_path / "words.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * 8192 + whole[12288:] if content is None else content)

    again = opened(tmp_path)

    assert words(again) == []
    again.close()


def test_another_version_is_made_anew_and_not_read(tmp_path: Path) -> None:
    opened(tmp_path).close()

    assert Database.open_for_reading(tmp_path / "words.db", 2) is None
    assert Database.open_for_reading(tmp_path / "none.db", 1) is None
    again = opened(tmp_path, version=2)
    assert words(again) == []
    again.close()


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageError, match="cannot be written"):
        Database.open(tmp_path / "file" / "words.db", SCHEMA, 1)
