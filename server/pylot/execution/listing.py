"""What a folder holds, as far as it may be seen."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from pylot.execution.beneath import Target, open_target
from pylot.kernel.errors import ExecutionError
from pylot.workspace.exclusion import ExclusionGate

MOST_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class FolderListing:
    """Names of a folder's entries, folders with a slash; how many are hidden by rules, and how many by the limit."""

    names: tuple[str, ...]
    n_hidden: int
    n_more: int

    @property
    def text(self) -> str:
        """The listing as the model reads it."""
        lines = list(self.names) or ["(empty)"]
        if self.n_more:
            lines.append(f"[{self.n_more} more]")
        if self.n_hidden:
            lines.append(f"[{self.n_hidden} not shown: ignored or secret]")
        return "\n".join(lines)


def list_folder(target: Target, gate: ExclusionGate) -> FolderListing:
    """Return what a folder holds, in the order of names, folders first.

    Raises ExecutionError where there is no such folder, or it cannot be read.
    """
    try:
        descriptor = open_target(target, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except NotADirectoryError as error:
        raise ExecutionError(f"{target.shown()} is a file, not a folder.") from error
    except OSError as error:
        raise ExecutionError(f"There is no folder {target.shown()}, or it cannot be read.") from error
    try:
        names = os.listdir(descriptor)  # noqa: PTH208
        folders = {name for name in names if _is_folder(descriptor, name)}
    finally:
        os.close(descriptor)
    rules = gate.in_folder(target.path)
    seen = [name for name in names if not (rules.subfolder(name) if name in folders else rules.file(name))]
    ordered = sorted(seen, key=lambda name: (name not in folders, name))
    shown = tuple(f"{name}/" if name in folders else name for name in ordered[:MOST_ENTRIES])
    return FolderListing(shown, len(names) - len(seen), max(0, len(ordered) - MOST_ENTRIES))


def _is_folder(descriptor: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode)
    except OSError:
        return False
