"""The folder of a chunk store: what its content is called, and how it is given up when it cannot be used."""

from __future__ import annotations

import contextlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from pylot.kernel.errors import StorageError
from pylot.storage.atomic_file import write_text

_IDENTITY = "identity"
_VERSIONS = "versions"
_MOST_FAILED_OPENINGS = 2


class ChunkFolder:
    """One folder that may be lost at any time, and the name of its content.

    A process that dies again and again while it opens the content leaves a count beside the folder, and the content
    is given up.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._attempts = path.with_name(f"{path.name}.opening")

    @property
    def identity(self) -> str:
        """The name of the content, or an empty string where there is none."""
        try:
            return (self.path / _IDENTITY).read_text(encoding="ascii")[:64]
        except (OSError, ValueError):
            return ""

    @property
    def versions(self) -> dict[str, int]:
        """What `keep_versions` was given last."""
        try:
            found = json.loads((self.path / _VERSIONS).read_text(encoding="ascii"))
            return {str(name): int(version) for name, version in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def keep_versions(self, versions: Mapping[str, int]) -> None:
        """Remember the version of each table, so that one is missed that was committed and is gone."""
        with self._failures():
            (self.path / _VERSIONS).write_text(json.dumps(dict(versions)), encoding="ascii")

    def begin_opening(self) -> None:
        """Make sure that there is a folder with an identity; give up one that could not be opened twice."""
        attempts = self._count()
        if attempts >= _MOST_FAILED_OPENINGS or not self.identity:
            self.set_aside()
            attempts = 0
        with self._failures():
            self._attempts.write_text(str(attempts + 1), encoding="ascii")

    def end_opening(self) -> None:
        """Say that the content could be opened."""
        with contextlib.suppress(OSError):
            self._attempts.unlink()

    def set_aside(self) -> None:
        """Give up the content and begin an empty folder under a new identity."""
        aside = self.path.with_name(f"{self.path.name}.damaged")
        with self._failures():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _remove(aside)
            with contextlib.suppress(FileNotFoundError):
                self.path.rename(aside)
            _remove(aside)
            self.path.mkdir(mode=0o700)
            write_text(self.path / _IDENTITY, uuid.uuid4().hex)

    def _count(self) -> int:
        try:
            return int(self._attempts.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"The search index cannot be written: {error.strerror}.", detail=str(self.path)
            ) from error


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)
