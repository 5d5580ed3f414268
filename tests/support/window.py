"""One editor window in this process: the real session with a scripted model."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from pylot.app.session import Session
from pylot.completion.values import CompletionAnswer, CompletionRequest, SelectedCompletion, Trigger
from pylot.text.document_text import Edit
from pylot.text.positions import PositionEncoding
from tests.support.recording_client import RecordingClient
from tests.support.scripted_provider import ScriptedProvider


class Window:
    """Open, change and complete documents, places given by `‸` in the text."""

    def __init__(self, provider: ScriptedProvider, *, root: Path | None = None) -> None:
        self.provider = provider
        self.client = RecordingClient()
        self.session = Session(self.client, client_debounces=True)
        if root is not None:
            self.session.set_folders([root])

    def show(self, path: Path | str, text: str, *, language: str = "python") -> str:
        """Open a document and return its URI."""
        uri = Path(path).as_uri()
        self.session.documents.open(uri, language, 1, text.replace("‸", ""))
        self.session.document_opened(uri)
        return uri

    def change(self, uri: str, text: str) -> None:
        """Give a document a new text, as the next version."""
        snapshot = self.session.documents.get(uri)
        assert snapshot is not None
        whole = Edit(None, text.replace("‸", ""))
        self.session.documents.change(uri, snapshot.version + 1, [whole], PositionEncoding.UTF16)
        self.session.document_changed(uri)

    def close(self, uri: str) -> None:
        """Close a document."""
        self.session.documents.close(uri)
        self.session.document_closed(uri)

    def complete(
        self, uri: str, text: str, *, trigger: Trigger = Trigger.AUTOMATIC, selected: SelectedCompletion | None = None
    ) -> Coroutine[Any, Any, CompletionAnswer]:
        """Complete at `‸` of a text that the document has by now; the request is made at once, as it was sent."""
        snapshot = self.session.documents.get(uri)
        assert snapshot is not None
        content, offset = snapshot.content.text, text.index("‸")
        assert content == text.replace("‸", "")
        language, version = snapshot.language, snapshot.version
        request = CompletionRequest(uri, snapshot.path, language, version, content, offset, trigger, selected)
        return self.session.complete(request)

    async def complete_new(
        self, path: Path | str, text: str, *, language: str = "python", **how: Any
    ) -> CompletionAnswer:
        """Open a document and complete in it."""
        return await self.complete(self.show(path, text, language=language), text, **how)

    def last_trace(self) -> dict[str, Any]:
        """Return what `pylot.explain` says of the last request."""
        traces = self.session.explain(1)["traces"]
        assert isinstance(traces, list)
        return dict(traces[0])
