"""What a call of a built-in tool is worked out with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pylot.kernel.errors import ActionRefusedError
from pylot.tools.ports import CodeWriter, FileView, Record, SeenFile, keep_nothing


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The files as they are, and the workspace's first folder.

    `may_read` tells whether the agent may see what is in a file without asking anybody, `writer` lets a model write
    code, and `record` writes down what that took.
    """

    files: FileView
    root: Path
    may_read: Callable[[str], Awaitable[bool]]
    writer: CodeWriter | None = None
    record: Record = keep_nothing

    async def file_to_change(self, path: str) -> SeenFile:
        """Return a file that a call is to change in part; raises ActionRefusedError where it may not be looked at."""
        if not await self.may_read(path):
            # Whether a change fits tells what is in the file, and nobody is asked before that.
            raise ActionRefusedError(f"{path} is not read without asking, so write it whole with file_write.")
        now = await self.files.read(path)
        if now is None:
            raise ActionRefusedError(f"There is no file {path}: make it with file_write.")
        return now
