"""Everything that lies below a folder: the files that may be read, and what is passed over, each with its reason."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pylot.workspace.exclusion import Exclusion, ExclusionGate, FolderGate


class Unread(Enum):
    """Why something below a folder is no file to read, besides its exclusion."""

    SYMBOLIC_LINK = "symbolic_link"
    SPECIAL_FILE = "special_file"
    UNREADABLE = "unreadable"

    @property
    def sentence(self) -> str:
        """The reason as one sentence for the user."""
        return _SENTENCES[self]


_SENTENCES = {
    Unread.SYMBOLIC_LINK: "It is a symbolic link; what it leads to counts where it lies.",
    Unread.SPECIAL_FILE: "It is no regular file.",
    Unread.UNREADABLE: "It may not be read, or cannot be.",
}


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file whose name the gate lets through; its content is still to be judged."""

    path: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class FoundFolder:
    """A folder that is entered; what lies in it follows."""

    path: Path
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file or folder that is not looked into."""

    path: Path
    reason: Exclusion | Unread


Found = FoundFile | FoundFolder | PassedOver


def survey(top: Path, gate: ExclusionGate) -> Iterator[Found]:
    """Yield what lies below a resolved folder, the entries of a folder before those of the folders in it.

    No link is followed, so there are no loops and nothing outside is reached.

    Raises:
        OSError: `top` itself cannot be read. What is below it and cannot be is passed over.
    """
    waiting = [top]
    for folder in waiting:
        try:
            mtime_ns = folder.stat().st_mtime_ns
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            if folder == top:
                raise
            yield PassedOver(folder, Unread.UNREADABLE)
            continue
        yield FoundFolder(folder, mtime_ns)
        judge = gate.in_folder(folder)
        for entry in found:
            yield from _look_at(folder / entry.name, entry, judge, waiting)


def _look_at(path: Path, entry: os.DirEntry[str], judge: FolderGate, waiting: list[Path]) -> Iterator[Found]:
    """Yield what an entry is, unless it is a folder to enter, which is put behind those that wait."""
    try:
        if entry.is_symlink():
            yield PassedOver(path, Unread.SYMBOLIC_LINK)
        elif entry.is_dir(follow_symlinks=False):
            if (exclusion := judge.subfolder(entry.name)) is None:
                waiting.append(path)
            elif entry.name != ".git":
                yield PassedOver(path, exclusion)
        elif not entry.is_file(follow_symlinks=False):
            yield PassedOver(path, Unread.SPECIAL_FILE)
        elif (exclusion := judge.file(entry.name)) is not None:
            yield PassedOver(path, exclusion)
        else:
            status = entry.stat(follow_symlinks=False)
            yield FoundFile(path, status.st_size, status.st_mtime_ns)
    except FileNotFoundError:
        # It has gone in this very moment.
        return
    except OSError:
        yield PassedOver(path, Unread.UNREADABLE)
