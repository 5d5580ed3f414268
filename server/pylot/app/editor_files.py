"""The editor's side of an agent's files: open documents, and changes that undo knows (C1, C2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pylot.app.agent_client import AgentClient, DocumentEdit
from pylot.text.store import DocumentStore, Snapshot


class EditorFiles:
    """Implement `execution.files.Editor` for one window."""

    def __init__(self, documents: DocumentStore, client: AgentClient) -> None:
        self._documents = documents
        self._client = client

    def text(self, path: Path) -> str | None:
        """Return the text of an open document, or None."""
        snapshot = self._open(path)
        return snapshot.content.text if snapshot is not None else None

    async def replace(self, path: Path, before: str | None, after: str | None, label: str) -> bool:
        """Let the editor change an open document; a file that is not open is left to the disk."""
        snapshot = self._open(path)
        if snapshot is None or after is None or snapshot.content.text != before:
            return False
        edit = DocumentEdit(snapshot.uri, snapshot.version, snapshot.content, after)
        return await self._client.apply_edit(label, edit)

    def open_paths(self) -> Sequence[Path]:
        """Return the files that are open and whose text is known for certain."""
        return [Path(it.path).resolve() for it in self._documents.all() if it.path and it.in_sync]

    async def save(self, paths: Sequence[Path]) -> None:
        """Let the editor save documents in just the versions that they have now."""
        found = [snapshot for path in paths if (snapshot := self._open(path)) is not None]
        await self._client.save([(snapshot.uri, snapshot.version) for snapshot in found])

    def _open(self, path: Path) -> Snapshot | None:
        for snapshot in self._documents.all():
            if snapshot.path and snapshot.in_sync and Path(snapshot.path).resolve() == path:
                return snapshot
        return None
