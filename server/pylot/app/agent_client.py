"""What an agent needs of the editor or terminal in front of the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pylot.app.client import ProgressHandle
from pylot.text.document_text import DocumentText

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the user has chosen for an approval, with a comment that the model reads."""

    choice: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class DocumentEdit:
    """A new text for an open document, which must still be the version that has the text `before`."""

    uri: str
    version: int
    before: DocumentText
    after: str


class AgentClient(Protocol):
    """Ask the user and show them what an agent does; only what is `async` may wait, and nothing raises."""

    @property
    def can_ask(self) -> bool:
        """Whether somebody may be there to answer."""
        ...

    @property
    def waits_for_others(self) -> bool:
        """Whether a run goes on waiting for an answer from elsewhere when the user puts a question away."""
        ...

    async def ask_approval(self, question: Mapping[str, Any]) -> Chosen | None:
        """Show a question as docs/protocol.md has it; None when it was put away or could not be shown.

        Cancelled when the question has been answered elsewhere.
        """
        ...

    async def ask_input(self, title: str, prompt: str, *, masked: bool) -> str | None:
        """Ask for a line of text; None when the user gives none or cannot be asked."""
        ...

    async def ask_yes(self, question: str, yes: str) -> bool:
        """Ask a person something that only `yes` says yes to; False when they do not, or cannot be asked."""
        ...

    async def apply_edit(self, label: str, edit: DocumentEdit) -> bool:
        """Let the editor give an open document another text; False if it did not."""
        ...

    async def save(self, documents: Sequence[tuple[str, int]]) -> None:
        """Let the editor save open documents, each a URI with the version that it must still have; where it can."""
        ...

    def task_changed(self, update: Json) -> None:
        """Show where a task stands, as docs/protocol.md has it."""
        ...

    def begin_task_progress(self, title: str, on_cancel: Callable[[], None]) -> ProgressHandle:
        """Start a progress report that the user may cancel."""
        ...


class NobodyThere:
    """A client that shows nothing and answers nothing."""

    can_ask = False
    waits_for_others = False

    async def ask_approval(self, question: Mapping[str, Any]) -> Chosen | None:
        """Return None."""
        return None

    async def ask_input(self, title: str, prompt: str, *, masked: bool) -> str | None:
        """Return None."""
        return None

    async def ask_yes(self, question: str, yes: str) -> bool:
        """Return False."""
        return False

    async def apply_edit(self, label: str, edit: DocumentEdit) -> bool:
        """Return False."""
        return False

    async def save(self, documents: Sequence[tuple[str, int]]) -> None:
        """Do nothing."""

    def task_changed(self, update: Json) -> None:
        """Do nothing."""

    def begin_task_progress(self, title: str, on_cancel: Callable[[], None]) -> ProgressHandle:
        """Return a report that nobody sees."""
        return _Unseen()


class _Unseen:
    def report(self, message: str, percent: int | None = None) -> None:
        """Do nothing."""

    def end(self, message: str = "") -> None:
        """Do nothing."""
