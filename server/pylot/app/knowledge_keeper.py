"""What the index knows around the open files, worked out beside the typing and never waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pylot.completion.knowledge import knowledge_of
from pylot.completion.known_symbols import NOTHING_KNOWN, FileKnowledge, KnownDefinition
from pylot.index.schema import DATABASE_NAME, SCHEMA_VERSION
from pylot.index.symbols.store import StoredSymbols
from pylot.index.symbols.table import SymbolTable
from pylot.kernel.errors import StorageError
from pylot.kernel.stories import story
from pylot.storage.database import Database
from pylot.syntax.symbols import read_symbols
from pylot.workspace.secret_content import secret_spans

_log = logging.getLogger(__name__)
_QUIET_SECONDS = 0.4
# A longer text is known as it was saved: reading its symbols would hold up the event loop's thread for too long.
_LARGEST_READ = 150_000

IndexFolderOf = Callable[[Path], Path]
"""Return the folder that holds the index of a workspace folder."""


class KnowledgeKeeper:
    """Keep the `FileKnowledge` of open files; owned by one event loop, works in one thread of its own.

    `may_use` is the exclusion gate for an absolute path.
    """

    def __init__(
        self, index_folder: IndexFolderOf, may_use: Callable[[str], bool], *, quiet_seconds: float = _QUIET_SECONDS
    ) -> None:
        self._index_folder, self._may_use, self._quiet_seconds = index_folder, may_use, quiet_seconds
        self._roots: tuple[Path, ...] = ()
        self._tables: dict[Path, SymbolTable] = {}
        self._databases: dict[Path, Database] = {}
        self._known: dict[str, FileKnowledge] = {}
        self._wanted: dict[str, tuple[str, str]] = {}
        self._wake, self._settled = asyncio.Event(), asyncio.Event()
        self._settled.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="knowledge")

    def set_roots(self, roots: Iterable[Path]) -> None:
        """Name the workspace folders."""
        self._roots = tuple(sorted(roots, key=lambda root: -len(root.parts)))

    def knowledge(self, path: str) -> FileKnowledge:
        """Return what was known of a file a moment ago; nothing before its first pause."""
        return self._known.get(path, NOTHING_KNOWN)

    def touched(self, path: str, language: str, text: str) -> None:
        """Take in that a document was opened or changed."""
        if self._root_of(path) is not None:
            self._wanted[path] = (language, text)
            self._settled.clear()
            self._wake.set()

    def forget(self) -> None:
        """Drop everything that is known: what may be shown has changed."""
        self._known.clear()

    def closed(self, path: str) -> None:
        """Take in that a document was closed: what is on disk counts again."""
        self._known.pop(path, None)
        self._wanted.pop(path, None)
        root = self._root_of(path)
        if root in self._tables:
            self._tables[root].close(_relative(path, root))

    async def settled(self) -> None:
        """Return once everything that is wanted has been worked out."""
        await self._settled.wait()

    async def run(self) -> None:
        """Work out what is wanted whenever nobody has typed for a moment, until cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while await self._is_typing():
                    pass
                while self._wanted:
                    path, (language, text) = self._wanted.popitem()
                    work = asyncio.get_running_loop().run_in_executor(
                        self._thread, self._work_out, path, language, text
                    )
                    self._known[path] = await work
                self._settled.set()
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)
            for database in self._databases.values():
                database.close()

    async def _is_typing(self) -> bool:
        await asyncio.sleep(self._quiet_seconds)
        typed = self._wake.is_set()
        self._wake.clear()
        return typed

    def _work_out(self, path: str, language: str, text: str) -> FileKnowledge:
        root = self._root_of(path)
        if root is None:
            return NOTHING_KNOWN
        try:
            return self._from_table(root, path, language, text)
        except StorageError as error:
            _log.warning("the symbols of the workspace cannot be read: %s", story(error))
            self._forget(root)
            return NOTHING_KNOWN

    def _from_table(self, root: Path, path: str, language: str, text: str) -> FileKnowledge:
        table = self._table(root)
        relative = _relative(path, root)
        if len(text) <= _LARGEST_READ:
            table.open(relative, read_symbols(text, language))
        known = knowledge_of(table, relative, lambda other: self._may_use(str(root / other)))
        inherited = {name: _shown(bases, root) for name, bases in known.inherited.items()}
        own = tuple(each for each in known.own if not secret_spans(each.signature))
        return FileKnowledge(_shown(known.imported, root), inherited, own, known.names)

    def _table(self, root: Path) -> SymbolTable:
        """Return the table of a folder, on its index as soon as there is one."""
        if root not in self._databases:
            database = Database.open_for_reading(self._index_folder(root) / DATABASE_NAME, SCHEMA_VERSION)
            if database is not None:
                self._databases[root] = database
                self._tables[root] = SymbolTable(StoredSymbols(database))
        return self._tables.setdefault(root, SymbolTable(None))

    def _forget(self, root: Path) -> None:
        self._tables.pop(root, None)
        if (database := self._databases.pop(root, None)) is not None:
            database.close()

    def _root_of(self, path: str) -> Path | None:
        return next((root for root in self._roots if Path(path).is_relative_to(root)), None)


def _relative(path: str, root: Path) -> str:
    return Path(path).relative_to(root).as_posix()


def _shown(definitions: Iterable[KnownDefinition], root: Path) -> tuple[KnownDefinition, ...]:
    """Return definitions with absolute paths, without those that hold what looks like a secret."""
    return tuple(
        replace(each, path=str(root / each.path), members=tuple(one for one in each.members if not secret_spans(one)))
        for each in definitions
        if not secret_spans(f"{each.signature}\n{each.doc}")
    )
