"""Renaming from an editor window: in its documents, and in the files of the workspace that import a name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pylot.actions.edits import TextEdit
from pylot.actions.member_rename import rename_member
from pylot.actions.rename import RenamePlan, member_to_rename, place_to_rename, plan_rename
from pylot.actions.settings import ActionSettings
from pylot.actions.workspace_code import WorkspaceCode
from pylot.actions.workspace_rename import changes_elsewhere
from pylot.app.file_edits import FileEdits
from pylot.app.visibility import Visibility
from pylot.app.workspace_symbols import FolderView, WorkspaceSymbols
from pylot.syntax.code_nodes import CodeNode
from pylot.syntax.languages import canonical_language
from pylot.text.document_text import DocumentText


class Renaming:
    """Rename in open documents; nothing is written, the editor makes the edits."""

    def __init__(self, visible: Visibility, symbols: WorkspaceSymbols, settings: Callable[[], ActionSettings]) -> None:
        self._visible, self._symbols, self._settings = visible, symbols, settings

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
        snapshot = self._visible.document(uri)
        language = canonical_language(snapshot.language, snapshot.path)
        text, settings = snapshot.content.text, self._settings()
        name = await asyncio.to_thread(member_to_rename, text, language, offset)
        if name is not None:
            return await self._symbols.looked_at(snapshot, lambda view: _of_member(view, language, name, new_name))
        plan = await asyncio.to_thread(plan_rename, text, language, offset, new_name, settings)
        changed = [FileEdits(snapshot.uri, snapshot.content, plan.edits, snapshot)] if plan.edits else []
        if plan.concerns_others:
            changed += await self._symbols.looked_at(snapshot, lambda view: _elsewhere(view, language, plan, new_name))
        return changed


def _of_member(view: FolderView, language: str, name: CodeNode, new_name: str) -> list[FileEdits]:
    if name.text == new_name:
        return []
    workspace = WorkspaceCode(view.table, view.read, view.path, language)
    changed = rename_member(workspace, workspace.code(view.path).smallest(name.start, name.end), new_name)
    return [_file_edits(view, path, workspace.code(path).text, edits) for path, edits in sorted(changed.items())]


def _elsewhere(view: FolderView, language: str, plan: RenamePlan, new_name: str) -> list[FileEdits]:
    changed = changes_elsewhere(view.table, view.read, view.path, language, plan, new_name)
    return [_file_edits(view, path, file.text, file.edits) for path, file in sorted(changed.items())]


def _file_edits(view: FolderView, path: str, text: str, edits: tuple[TextEdit, ...]) -> FileEdits:
    snapshot = view.documents.get(path)
    if snapshot is not None:
        return FileEdits(snapshot.uri, snapshot.content, edits, snapshot)
    return FileEdits((view.root / path).as_uri(), DocumentText(text), edits)
