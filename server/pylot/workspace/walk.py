"""Every file of the workspace that may be read, nearest first, and its text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pylot.workspace.exclusion import ExclusionGate, Purpose
from pylot.workspace.path_guard import read_regular
from pylot.workspace.roots import Roots

_MOST_FILES = 50_000


def walk(roots: Roots, gate: ExclusionGate, near: Path, *, limit: int = _MOST_FILES) -> Iterator[Path]:
    """Yield up to `limit` files of the root that `near` lies in, those of its own folder first.

    The folders around `near` come before those farther away; then come the other roots.
    Folders that the gate excludes are not entered, symlinked ones never; each file is still to be asked about.
    """
    seen: set[Path] = set()
    n_files = 0
    for folder in _from_near_to_far(roots, near):
        for file in _files_below(folder, gate, seen):
            yield file
            n_files += 1
            if n_files >= limit:
                return


def read_allowed(path: Path, gate: ExclusionGate, max_bytes: int) -> str | None:
    """Return the text of a file that the gate lets through, or None."""
    if gate.decide(str(path), None, purpose=Purpose.DISK) is not None:
        return None
    data = read_regular(path, max_bytes)
    if data is None or len(data) > max_bytes:
        return None
    text = data.decode("utf-8", "replace")
    return text if gate.decide(None, text, purpose=Purpose.DISK) is None else None


def _from_near_to_far(roots: Roots, near: Path) -> Iterator[Path]:
    near = near.resolve()
    home = roots.containing(near)
    if home is not None:
        while near != home:
            yield near
            near = near.parent
        yield home
    yield from (root for root in roots.folders if root != home)


def _files_below(top: Path, gate: ExclusionGate, seen: set[Path]) -> Iterator[Path]:
    """Yield the files of a folder before those of the folders in it; `seen` holds the folders that were done."""
    waiting = [top]
    for folder in waiting:
        if folder in seen:
            continue
        seen.add(folder)
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in found:
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                if not gate.excludes_folder(path):
                    waiting.append(path)
            elif entry.is_file(follow_symlinks=False):
                yield path
