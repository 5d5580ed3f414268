"""Renaming from an editor window: in its documents, and in the files of the workspace that import a name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from pylot.actions.edits import TextEdit
from pylot.actions.rename import RenamePlan, place_to_rename, plan_rename
from pylot.actions.settings import ActionSettings
from pylot.actions.workspace_rename import ReadText, refuse_named_arguments, rename_elsewhere
from pylot.app.file_edits import FileEdits
from pylot.app.index_keeper import IndexKeeper
from pylot.app.visibility import Visibility
from pylot.index.schema import DATABASE_NAME, SCHEMA_VERSION
from pylot.index.symbols.store import StoredSymbols
from pylot.index.symbols.table import SymbolTable
from pylot.kernel.errors import ActionRefusedError
from pylot.storage.database import Database
from pylot.syntax.languages import canonical_language
from pylot.syntax.symbols import read_symbols
from pylot.text.document_text import DocumentText
from pylot.text.store import Snapshot

_UP_TO_DATE = frozenset({"current", "embedding"})

ReadFile = Callable[[Path], str | None]
"""Return the text of a file that Pylot may read, or None; called from a thread."""


class Renaming:
    """Rename in open documents; nothing is written, the editor makes the edits.

    `index_folder` says where the index of a workspace folder is kept.
    """

    def __init__(
        self,
        visible: Visibility,
        indexes: IndexKeeper,
        index_folder: Callable[[Path], Path],
        settings: Callable[[], ActionSettings],
    ) -> None:
        self._visible = visible
        self._settings = settings
        self._indexes = indexes
        self._index_folder = index_folder

    async def place(self, uri: str, offset: int) -> tuple[int, int]:
        """Return where the name at a place of an open document begins and ends.

        Raises:
            ActionRefusedError: it cannot be renamed.
        """
        snapshot = self._visible.document(uri)
        language = canonical_language(snapshot.language, snapshot.path)
        return await asyncio.to_thread(place_to_rename, snapshot.content.text, language, offset)

    async def rename(self, uri: str, offset: int, new_name: str) -> list[FileEdits]:
        """Return what has to change in a document and elsewhere.

        Raises:
            ActionRefusedError: it cannot be done for certain.
            StorageError: the symbols of the workspace cannot be read.
        """
        snapshot, gate = self._visible.document(uri), self._visible.new_gate()
        others, folders = self._visible.others(uri), self._visible.roots.folders
        language = canonical_language(snapshot.language, snapshot.path)
        text, settings = snapshot.content.text, self._settings()
        plan = await asyncio.to_thread(plan_rename, text, language, offset, new_name, settings)
        changed = [FileEdits(snapshot.uri, snapshot.content, plan.edits, snapshot)] if plan.edits else []
        is_shared = plan.other_files or plan.calls_elsewhere
        if is_shared and any(Path(snapshot.path).is_relative_to(folder) for folder in folders):
            root = await self._root(snapshot.path)
            read_file = partial(self._visible.read_file, gate=gate)
            work = _Elsewhere(root, self._index_folder(root), snapshot, others, read_file)
            changed += await asyncio.to_thread(work.rename, plan, new_name)
        return changed

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
        raise ActionRefusedError("Other files may use this name, and without an index Pylot cannot find them.")


class _Elsewhere:
    """One rename in the other files of a folder; lives in one thread."""

    def __init__(
        self, root: Path, index: Path, snapshot: Snapshot, others: Sequence[Snapshot], read_file: ReadFile
    ) -> None:
        self._root, self._index, self._snapshot, self._read_file = root, index, snapshot, read_file
        inside = [each for each in (snapshot, *others) if each.path and Path(each.path).is_relative_to(root)]
        self._open: Mapping[str, Snapshot] = {self._relative(each.path): each for each in inside}

    def rename(self, plan: RenamePlan, new_name: str) -> list[FileEdits]:
        database = Database.open_for_reading(self._index / DATABASE_NAME, SCHEMA_VERSION)
        if database is None:
            raise ActionRefusedError("Other files may use this name, and without an index Pylot cannot find them.")
        try:
            return self._with(SymbolTable(StoredSymbols(database)), plan, new_name)
        finally:
            database.close()

    def _with(self, table: SymbolTable, plan: RenamePlan, new_name: str) -> list[FileEdits]:
        for path, snapshot in self._open.items():
            language = canonical_language(snapshot.language, snapshot.path)
            table.open(path, read_symbols(snapshot.content.text, language))
        own, read = self._relative(self._snapshot.path), self._reader()
        if plan.calls_elsewhere:
            refuse_named_arguments(table, read, own, plan.calls_elsewhere)
        if not plan.other_files:
            return []
        changed = rename_elsewhere(table, read, own, plan.other_files, new_name)
        return [self._edits(path, file.text, file.edits) for path, file in sorted(changed.items())]

    def _edits(self, path: str, text: str, edits: tuple[TextEdit, ...]) -> FileEdits:
        snapshot = self._open.get(path)
        if snapshot is not None:
            return FileEdits(snapshot.uri, snapshot.content, edits, snapshot)
        return FileEdits((self._root / path).as_uri(), DocumentText(text), edits)

    def _reader(self) -> ReadText:
        def read(path: str) -> str | None:
            snapshot = self._open.get(path)
            if snapshot is None:
                text = self._read_file(self._root / path)
                # Editors do not count a byte order mark, and what is no UTF-8 has other columns for them.
                return None if text is None or "\ufffd" in text else text.removeprefix("\ufeff")
            return snapshot.content.text if snapshot.in_sync else None

        return read

    def _relative(self, path: str) -> str:
        return Path(path).relative_to(self._root).as_posix()
