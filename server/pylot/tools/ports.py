"""What tools need to see before they can say what a call would do."""

from __future__ import annotations

from typing import Literal, Protocol

from pylot.actions.offer import Place, Plan
from pylot.journal.events import AnyEvent
from pylot.text.file_encoding import FileEncoding


class SeenFile(Protocol):
    """A file as it is now, in the editor or on disk."""

    @property
    def text(self) -> str:
        """Its text, line endings as they are."""
        ...

    @property
    def content_hash(self) -> str:
        """The SHA-256 of its bytes."""
        ...

    @property
    def encoding(self) -> FileEncoding:
        """How it is written."""
        ...


class FileView(Protocol):
    """Look at files without changing them; `pylot.execution.files.Files` fulfils it."""

    async def bytes_of(self, path: str) -> bytes | None:
        """Return what a file holds on disk, or None where there is none; raises ExecutionError."""
        ...

    async def read(self, path: str) -> SeenFile | None:
        """Return a file, or None where there is none; raises ExecutionError for what is no text file."""
        ...


class Record(Protocol):
    """Write down what working a call out has taken, such as a model that was asked (B5)."""

    async def __call__(self, *events: AnyEvent) -> None:
        """Return once the events are durable."""
        ...


async def keep_nothing(*events: AnyEvent) -> None:
    """Write nothing down."""


class CodeWriter(Protocol):
    """Let a model write code, as code actions do."""

    async def plan(self, task: Literal["write-tests", "document"], place: Place, record: Record) -> Plan:
        """Return what the model's answer comes to.

        Raises:
            PylotError: it came to nothing; the sentence says why.
        """
        ...
