"""What of its documents and files a window may use: every question to the one gate, and every text that passed it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from pylot.app.notebooks import Notebooks
from pylot.completion.values import CompletionRequest
from pylot.kernel.clock import Clock
from pylot.kernel.errors import ActionRefusedError
from pylot.text.store import DocumentStore, Snapshot
from pylot.workspace.exclusion import Exclusion, ExclusionGate, Purpose
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings
from pylot.workspace.walk import read_allowed


class Visibility:
    """Ask the gate for one window; belongs to the event loop, but for `new_gate`, `read_file` and what they return."""

    def __init__(self, documents: DocumentStore, notebooks: Notebooks, clock: Clock) -> None:
        self._documents, self._notebooks, self._clock = documents, notebooks, clock
        self.configure(Roots(), WorkspaceSettings())

    def configure(self, roots: Roots, settings: WorkspaceSettings) -> None:
        """Take new roots and settings; what was decided before counts no more."""
        self.roots, self._settings = roots, settings
        self._gate = self.new_gate()

    def new_gate(self) -> ExclusionGate:
        """Return a gate of one's own, which another thread may ask."""
        return ExclusionGate(self.roots, self._settings, self._clock)

    def exclusion(self, path: str, text: str) -> Exclusion | None:
        """Return why the document that the user types in is left alone, or None."""
        return self._gate.decide(path or None, text, version=_content_key(text))

    def masked(self, request: CompletionRequest) -> CompletionRequest:
        """Hide what looks like a secret from every prompt; places stay the same."""
        return replace(request, text=self._gate.masked(request.text))

    def masked_text(self, text: str) -> str:
        """Return a text whose secrets are hidden, letter for letter."""
        return self._gate.masked(text)

    def may_keep(self, path: str) -> bool:
        """Whether something of a file may be kept on disk."""
        return self._gate.decide(path, None) is None

    def may_read(self, path: str) -> bool:
        """Whether a file that was read a while ago may still be used; its text was judged when it was read."""
        return self._gate.decide(path, None, purpose=Purpose.CONTEXT) is None

    def may_be_context(self, snapshot: Snapshot) -> bool:
        """Whether an open document may be context for another."""
        text = snapshot.content.text
        path = self._notebooks.path(snapshot) or None
        return self._gate.decide(path, text, purpose=Purpose.CONTEXT, version=_content_key(text)) is None

    def may_show(self, path: str) -> bool:
        """Whether what happened in a document or a file, by its path or URI, may be context."""
        snapshot = next((each for each in self._documents.all() if (each.path or each.uri) == path), None)
        return self.may_read(path) if snapshot is None else self.may_be_context(snapshot)

    def document(self, uri: str) -> Snapshot:
        """Return an open document that code can be changed in.

        Raises:
            ActionRefusedError: its text is not known, or it is the cell of a notebook.
        """
        snapshot = self._documents.get(uri)
        if snapshot is None or not snapshot.in_sync:
            raise ActionRefusedError("Pylot does not know the present text of this document.")
        if self._notebooks.share(uri, uri):
            raise ActionRefusedError("Pylot changes no code in notebooks, whose cells share their names.")
        return snapshot

    def others(self, uri: str) -> list[Snapshot]:
        """Return the other open documents."""
        return [each for each in self._documents.all() if each.uri != uri]

    def read_file(self, path: Path, gate: ExclusionGate) -> str | None:
        """Return the text of a file on disk that a gate lets through, or None."""
        return read_allowed(path, gate, self._settings.max_file_bytes)

    async def text_now(self, path: str) -> str | None:
        """Return the text of an open document or a file of the workspace that may be context."""
        for snapshot in self._documents.all():
            if snapshot.path == path:
                return snapshot.content.text if snapshot.in_sync and self.may_be_context(snapshot) else None
        # The gate of the window may not be asked from a thread.
        return await asyncio.to_thread(self.read_file, Path(path), self.new_gate())


def _content_key(text: str) -> tuple[int, int]:
    """Name a content for the gate's memory; a URI and a version may come again with another text."""
    return hash(text), len(text)
