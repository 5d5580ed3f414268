"""What tools need to see before they can say what a call would do."""

from __future__ import annotations

from typing import Protocol

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
