"""What a folder holds, as far as it may be seen."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass

from pylot.execution.beneath import Target, open_target
from pylot.kernel.errors import ExecutionError
from pylot.kernel.shown_text import visible
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
        names, folders = _entries(target)
    except NotADirectoryError as error:
        raise ExecutionError(f"{target.shown()} is a file, not a folder.") from error
    except OSError as error:
        raise ExecutionError(f"There is no folder {target.shown()}, or it cannot be read.") from error
    rules = gate.in_folder(target.path)
    seen = [name for name in names if not (rules.subfolder(name) if name in folders else rules.file(name))]
    ordered = sorted(seen, key=lambda name: (name not in folders, name))
    # A name may hold line ends and other tricks that make a listing read like something else.
    shown = tuple(visible(name, line_ends=False) + ("/" if name in folders else "") for name in ordered[:MOST_ENTRIES])
    return FolderListing(shown, len(names) - len(seen), max(0, len(ordered) - MOST_ENTRIES))


def _entries(target: Target) -> tuple[list[str], set[str]]:
    """Return the names of a folder's entries, and which of them are folders."""
    if sys.platform == "win32":
        with os.scandir(target.path) as entries:
            found = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        return list(found), {name for name, is_folder in found.items() if is_folder}
    descriptor = open_target(target, os.O_RDONLY | os.O_DIRECTORY)
    try:
        names = os.listdir(descriptor)  # noqa: PTH208
        return names, {name for name in names if _is_folder(descriptor, name)}
    finally:
        os.close(descriptor)


def _is_folder(descriptor: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode)
    except OSError:
        return False
