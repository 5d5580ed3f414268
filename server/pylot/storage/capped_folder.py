"""A private folder of files that may be lost: what was not used for longest goes when there is no more room."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pylot.storage.atomic_file import PRIVATE_MODE
from pylot.storage.directories import make_private_folder

Part = bytes | bytearray | memoryview


class CappedFolder:
    """Hold at most `most_bytes` of files; several processes may share it, and any file may go at any time."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._path = path
        self._most_bytes = most_bytes

    def write(self, name: str, parts: Sequence[Part]) -> bool:
        """Replace a file whole; false when it is larger than all that the folder may hold.

        Nothing is forced to the disk: a power cut may leave a torn file, which readers have to notice.

        Raises:
            OSError: the disk does not allow it; the old file is still there.
            ConfigError: the folder is not the user's own.
        """
        n_bytes = sum(map(len, parts))
        if n_bytes > self._most_bytes:
            return False
        make_private_folder(self._path)
        self._make_room(n_bytes, besides=name)
        descriptor, temporary = tempfile.mkstemp(dir=self._path)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(parts)
            Path(temporary).chmod(PRIVATE_MODE)
            Path(temporary).replace(self._path / name)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
        return True

    def read(self, name: str, n_bytes: int = -1) -> bytes | None:
        """Return a file, or its first bytes, and count that as use; None where there is none."""
        try:
            with (self._path / name).open("rb") as file:
                data = file.read(n_bytes)
            os.utime(self._path / name)
        except OSError:
            return None
        return data

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with contextlib.suppress(OSError):
            (self._path / name).unlink()

    def remove_unused(self, name: str, since: float) -> None:
        """Remove a file that has not been used since a time, in seconds since the epoch."""
        with contextlib.suppress(OSError):
            if (self._path / name).lstat().st_mtime < since:
                (self._path / name).unlink()

    def trim(self, oldest: float = 0.0) -> None:
        """Remove what was last used before a time, in seconds since the epoch, and what there is no room for."""
        for _, used, path in self._files():
            if used < oldest:
                self.remove(path.name)
        self._make_room(0)

    def _make_room(self, n_bytes: int, besides: str = "") -> None:
        files = [(size, used, path) for size, used, path in self._files() if path.name != besides]
        over = sum(size for size, _, _ in files) + n_bytes - self._most_bytes
        for size, _, path in files:
            if over <= 0:
                return
            self.remove(path.name)
            over -= size

    def _files(self) -> list[tuple[int, float, Path]]:
        """Return size, last use and path of every file, the longest unused first."""
        found = []
        with contextlib.suppress(OSError):
            for path in self._path.iterdir():
                with contextlib.suppress(OSError):
                    status = path.lstat()
                    found.append((status.st_size, status.st_mtime, path))
        return sorted(found, key=lambda it: it[1])
