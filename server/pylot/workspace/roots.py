"""The folders that the user works in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class Roots:
    """Hold the workspace folders, resolved once; nested ones are told apart by the longest path."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        resolved = {folder.resolve() for folder in folders}
        self.folders = tuple(sorted(resolved, key=lambda folder: (-len(folder.parts), str(folder))))

    def containing(self, resolved: Path) -> Path | None:
        """Return the innermost root that a path without symlinks lies in."""
        return next((root for root in self.folders if resolved.is_relative_to(root)), None)
