"""The symbols of the folder that a document is in, with open documents as they are, for one action at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from pylot.actions.workspace_code import ReadText
from pylot.app.index_keeper import IndexKeeper
from pylot.app.visibility import Visibility
from pylot.index.schema import DATABASE_NAME, SCHEMA_VERSION
from pylot.index.symbols.store import StoredSymbols
from pylot.index.symbols.table import SymbolTable
from pylot.kernel.errors import ActionRefusedError
from pylot.storage.database import Database
from pylot.syntax.languages import canonical_language
from pylot.syntax.symbols import read_symbols
from pylot.text.store import Snapshot

_UP_TO_DATE = frozenset({"current", "embedding"})
_NO_INDEX = "Other files may use this name, and without an index Pylot cannot find them."

Found = TypeVar("Found")
ReadFile = Callable[[Path], str | None]
"""Return the text of a file that Pylot may read, or None; called from a thread."""


class FolderView:
    """One workspace folder as one action sees it; lives in one thread. `path` is the document's own in the table."""

    def __init__(
        self, root: Path, table: SymbolTable, documents: Mapping[str, Snapshot], path: str, read_file: ReadFile
    ):
        self.root, self.table, self.documents, self.path = root, table, documents, path
        self._read_file = read_file
        for each, snapshot in documents.items():
            language = canonical_language(snapshot.language, snapshot.path)
            table.open(each, read_symbols(snapshot.content.text, language))

    @property
    def read(self) -> ReadText:
        """What returns the present text of a file of the folder."""

        def read(path: str) -> str | None:
            snapshot = self.documents.get(path)
            if snapshot is None:
                text = self._read_file(self.root / path)
                # Editors do not count a byte order mark, and what is no UTF-8 has other columns for them.
                return None if text is None or "\ufffd" in text else text.removeprefix("\ufeff")
            return snapshot.content.text if snapshot.in_sync else None

        return read


class WorkspaceSymbols:
    """Open the symbols of workspace folders for actions; `index_folder` says where the index of a folder is kept."""

    def __init__(self, visible: Visibility, indexes: IndexKeeper, index_folder: Callable[[Path], Path]) -> None:
        self._visible, self._indexes, self._index_folder = visible, indexes, index_folder

    def covers(self, path: str) -> bool:
        """Tell whether a file is in a workspace folder."""
        return bool(path) and any(Path(path).is_relative_to(folder) for folder in self._visible.roots.folders)

    async def looked_at(self, snapshot: Snapshot, look: Callable[[FolderView], Found]) -> Found:
        """Return what a function makes of the folder of a document; it runs in a thread.

        A document in no workspace folder is all that there is.

        Raises:
            ActionRefusedError: there is no index, or it is not up to date.
            StorageError: the symbols cannot be read.
        """
        if not self.covers(snapshot.path):
            return await asyncio.to_thread(lambda: look(_alone(snapshot)))
        others, gate = self._visible.others(snapshot.uri), self._visible.new_gate()
        root = await self._root(snapshot.path)
        inside = [each for each in (snapshot, *others) if each.path and Path(each.path).is_relative_to(root)]
        documents = {_relative(each.path, root): each for each in inside}
        read_file = partial(self._visible.read_file, gate=gate)

        def work() -> Found:
            database = Database.open_for_reading(self._index_folder(root) / DATABASE_NAME, SCHEMA_VERSION)
            if database is None:
                raise ActionRefusedError(_NO_INDEX)
            try:
                table = SymbolTable(StoredSymbols(database))
                return look(FolderView(root, table, documents, _relative(snapshot.path, root), read_file))
            finally:
                database.close()

        return await asyncio.to_thread(work)

    async def _root(self, path: str) -> Path:
        """Return the indexed folder that a file is in."""
        for facts in await self._indexes.status():
            if Path(path).is_relative_to(facts["root"]):
                if facts["phase"] not in _UP_TO_DATE:
                    raise ActionRefusedError(
                        "Other files may use this name, and the index of the workspace is not up to date; "
                        "try again in a moment."
                    )
                return Path(facts["root"])
        raise ActionRefusedError(_NO_INDEX)


def _alone(snapshot: Snapshot) -> FolderView:
    path = Path(snapshot.path or "untitled")
    return FolderView(path.parent, SymbolTable(None), {path.name: snapshot}, path.name, lambda _: None)


def _relative(path: str, root: Path) -> str:
    return Path(path).relative_to(root).as_posix()
