"""Notice changed files by looking, which works on every file system and costs a few calls a second."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_Signature = tuple[int, int, int] | None


class FileWatcher:
    """Tell whether any of some files has changed since the last question."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._signatures = {path: _signature(path) for path in paths}

    def changed(self) -> bool:
        """Return whether a file appeared, vanished or changed since the last call."""
        now = {path: _signature(path) for path in self._signatures}
        if now == self._signatures:
            return False
        self._signatures = now
        return True


def _signature(path: Path) -> _Signature:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
