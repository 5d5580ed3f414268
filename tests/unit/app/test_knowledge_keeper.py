"""What is known around open files: index and open text, never waited for, nothing excluded (F5, L3, P4)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pylot.app.knowledge_keeper import KnowledgeKeeper
from pylot.index.schema import DATABASE_NAME, SCHEMA, SCHEMA_VERSION
from pylot.index.symbols.store import SymbolWriter
from pylot.storage.database import Database
from pylot.syntax.symbols import read_symbols

MAIN = "from tools import mend, token\nfrom keys import key\n"
INDEXED = {
    "tools.py": "def mend(path: str) -> bool: ...\ndef token(value='ghp_" + "a1B2" * 9 + "'): ...\n",
    "keys.py": "def key() -> str: ...\n",
}


def write_index(folder: Path) -> None:
    database = Database.open(folder / DATABASE_NAME, SCHEMA, SCHEMA_VERSION)
    with database.transaction():
        for number, (path, text) in enumerate(INDEXED.items(), 1):
            database.run("INSERT INTO files VALUES (?, ?, 1, 1, '', '', '', 0, '')", (number, path))
            SymbolWriter(database).replace(number, path, read_symbols(text, "python"))
    database.close()


@contextlib.asynccontextmanager
async def keeping(root: Path, index: Path, may_use: Callable[[str], bool]) -> AsyncIterator[KnowledgeKeeper]:
    keeper = KnowledgeKeeper(lambda _: index, may_use, quiet_seconds=0)
    keeper.set_roots([root])
    running = asyncio.create_task(keeper.run())
    yield keeper
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def names(keeper: KnowledgeKeeper, path: Path, text: str = MAIN) -> list[str]:
    keeper.touched(str(path), "python", text)
    await keeper.settled()
    return [definition.name for definition in keeper.knowledge(str(path)).imported]


async def test_imports_are_known_from_the_index_without_secrets_and_what_is_excluded(tmp_path: Path) -> None:
    write_index(tmp_path / "index")
    async with keeping(tmp_path, tmp_path / "index", lambda path: path != str(tmp_path / "keys.py")) as keeper:
        assert await names(keeper, tmp_path / "main.py") == ["mend"]
        assert keeper.knowledge(str(tmp_path / "main.py")).imported[0].path == str(tmp_path / "tools.py")


async def test_without_an_index_open_documents_know_each_other(tmp_path: Path) -> None:
    async with keeping(tmp_path, tmp_path / "none", lambda _: True) as keeper:
        assert await names(keeper, tmp_path / "main.py") == []
        await names(keeper, tmp_path / "tools.py", INDEXED["tools.py"])
        assert await names(keeper, tmp_path / "main.py") == ["mend"]
        keeper.closed(str(tmp_path / "tools.py"))
        assert await names(keeper, tmp_path / "main.py") == []


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
async def test_a_damaged_index_is_no_index(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / DATABASE_NAME).write_bytes(content)
    async with keeping(tmp_path, tmp_path / "index", lambda _: True) as keeper:
        assert await names(keeper, tmp_path / "main.py") == []


async def test_files_outside_of_the_workspace_are_left_alone(tmp_path: Path) -> None:
    async with keeping(tmp_path / "inside", tmp_path / "none", lambda _: True) as keeper:
        assert await names(keeper, tmp_path / "outside.py", "def f(): ...") == []
