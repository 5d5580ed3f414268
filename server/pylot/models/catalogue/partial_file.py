"""A file on its way: what has come, what is known of the whole, and the one moment at which it counts as there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pylot.storage.atomic_file import write_text

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What the server said of the file; a part is only continued where all of it still holds."""

    url: str = ""
    etag: str = ""
    total: int = 0
    sha256: str = ""


@dataclass(slots=True)
class PartialFile:
    """The beginning of `target`, kept beside it between attempts and between starts."""

    target: Path
    facts: Facts = field(default_factory=Facts)
    size: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)
    _file: BinaryIO | None = None

    @property
    def path(self) -> Path:
        """Where the beginning lies."""
        return self.target.with_name(self.target.name + ".part")

    @property
    def sha256(self) -> str:
        """The hash of what has come."""
        return str(self._hash.hexdigest())

    def open(self, url: str) -> None:
        """Take up what an earlier attempt left of the same address; anything else is forgotten."""
        with contextlib.suppress(OSError, ValueError, TypeError):
            facts = Facts(**json.loads(self._notes.read_text(encoding="utf-8")))
            if facts.url == url and facts.etag:
                self.facts = facts
        # Never through a link, which somebody else may have put here.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(self.path, flags, 0o644), "r+b")
        if not self.facts.etag:
            self.restart(Facts(url=url))
            return
        while block := self._file.read(_BLOCK):
            self._hash.update(block)
            self.size += len(block)

    def restart(self, facts: Facts) -> None:
        """Forget what has come, and note what is known of the whole."""
        self._opened.seek(0)
        self._opened.truncate()
        self.size, self._hash, self.facts = 0, hashlib.sha256(), facts
        write_text(self._notes, json.dumps(asdict(facts)))

    def append(self, data: bytes) -> None:
        """Add to the end."""
        self._opened.write(data)
        self._hash.update(data)
        self.size += len(data)

    def flush(self) -> None:
        """Let others see on disk what was added."""
        self._opened.flush()
        os.fsync(self._opened.fileno())

    def close(self) -> None:
        """Keep the part for another time."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def discard(self) -> None:
        """Leave nothing behind."""
        self.close()
        for path in (self.path, self._notes):
            with contextlib.suppress(OSError):
                path.unlink()

    def finish(self) -> None:
        """Make the part the file, in one step and so that a crash does not undo it."""
        self.flush()
        self.close()
        self.path.replace(self.target)
        with contextlib.suppress(OSError):
            self._notes.unlink()

    @property
    def _notes(self) -> Path:
        return self.target.with_name(self.target.name + ".part.json")

    @property
    def _opened(self) -> BinaryIO:
        assert self._file is not None
        return self._file
