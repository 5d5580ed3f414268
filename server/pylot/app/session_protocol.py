"""The face of a session that transports see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pylot.app.agents import Agents
from pylot.app.code_actions import CodeActions
from pylot.app.file_edits import FileEdits
from pylot.app.notebooks import Notebooks
from pylot.completion.values import CompletionAnswer, CompletionRequest
from pylot.text.store import DocumentStore

if TYPE_CHECKING:
    from pylot.app.commit_message import ProposedMessage


class SessionProtocol(Protocol):
    """Everything that an editor can ask of Pylot, in plain values."""

    documents: DocumentStore
    notebooks: Notebooks
    agents: Agents
    actions: CodeActions

    @property
    def popup_budget(self) -> float:
        """How long a completion list may wait for Pylot, in seconds."""
        ...

    async def start(self) -> None:
        """Begin background work (configuration watch, engine warm-up); returns at once."""
        ...

    async def close(self) -> None:
        """Stop background work and let go of the engine; returns within a second."""
        ...

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Name the workspace roots."""
        ...

    def set_editor_settings(self, settings: Mapping[str, object]) -> None:
        """Take the editor's settings layer; bad values are reported through the client, the last good kept."""
        ...

    def document_opened(self, uri: str) -> None:
        """Tell that a document was opened or brought to the front (warm-up)."""
        ...

    def document_changed(self, uri: str) -> None:
        """Tell that a document has a new version; returns within a millisecond."""
        ...

    def document_closed(self, uri: str) -> None:
        """Tell that a document was closed."""
        ...

    def file_changed(self, path: str) -> None:
        """Tell that a file on disk was written, made or deleted; returns at once."""
        ...

    def expect_file_events(self) -> None:
        """Tell that the editor reports every file that is made, changed or deleted."""
        ...

    async def complete(self, request: CompletionRequest) -> CompletionAnswer:
        """Answer with ghost text; never raises; a newer request for the same document supersedes this one at once.

        Cancelling the awaiting task cancels the work down to the decode loop.
        """
        ...

    def shown(self, suggestion_id: str) -> None:
        """Tell that a suggestion was shown."""
        ...

    def accepted(self, suggestion_id: str) -> None:
        """Tell that a suggestion was accepted whole."""
        ...

    def partly_accepted(self, suggestion_id: str, n_characters: int) -> None:
        """Tell how many code points of a suggestion have been accepted so far."""
        ...

    def dismissed(self, suggestion_id: str) -> None:
        """Tell that a suggestion was put away."""
        ...

    def explain(self, limit: int = 10) -> dict[str, object]:
        """Return the last traces, newest first, as JSON values."""
        ...

    async def search(self, query: Mapping[str, object]) -> dict[str, Any]:
        """Return `{hits, form, notes}`: the places of the workspace that answer a question.

        Raises:
            PylotError: nothing can be searched, or the question makes no sense.
        """
        ...

    async def commit_message(self, folder: Path | None = None) -> ProposedMessage:
        """Return a message for what is staged in the repository of a folder, or of the first workspace folder.

        Raises:
            PylotError: nothing is staged that may be seen, no model writes it, or the user has ended it.
        """
        ...

    async def index_status(self) -> list[dict[str, Any]]:
        """Return where the index of each folder stands, as JSON values."""
        ...

    async def rebuild_index(self) -> None:
        """Let every file be read again.

        Raises:
            PylotError: there is no index.
        """
        ...

    async def pause_index(self, *, on: bool) -> None:
        """Stop the work on the index, or go on with it.

        Raises:
            PylotError: there is no index.
        """
        ...

    async def place_to_rename(self, uri: str, offset: int) -> tuple[int, int]:
        """Return where the name at a place of an open document begins and ends, in code points.

        Raises:
            ActionRefusedError: it cannot be renamed; the sentence says why.
        """
        ...

    async def rename(self, uri: str, offset: int, new_name: str) -> list[FileEdits]:
        """Return what has to change, in the document and in others, for the thing at a place to get another name.

        Raises:
            PylotError: it cannot be done for certain; the sentence says why.
        """
        ...

    async def list_models(self) -> dict[str, object]:
        """Return every model there is and could be, as JSON values."""
        ...

    async def use_model(self, name: str, role: str) -> dict[str, object]:
        """Let a model serve a role from now on, and return what changed, as JSON values.

        Raises:
            PylotError: it cannot be.
        """
        ...

    async def status(self) -> dict[str, object]:
        """Return the health of every part as JSON values."""
        ...
