"""What a command printed: its beginning and its end, and the rest in a file."""

from __future__ import annotations

import codecs
import contextlib
import os
from collections import deque
from pathlib import Path
from typing import IO

from pylot.storage.atomic_file import PRIVATE_MODE

HEAD_BYTES = 12_000
TAIL_BYTES = 20_000
ARTEFACT_BYTES = 16 << 20


class Capture:
    """Take output as it comes and keep what is worth showing; what is too long goes to the file `artefact`, capped."""

    def __init__(self, artefact: Path | None) -> None:
        self.n_bytes = 0
        self._path = artefact
        self._file: IO[bytes] | None = None
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._n_tail = 0

    def add(self, data: bytes) -> None:
        """Take a piece of output."""
        if self._path is not None and self.n_bytes + len(data) > HEAD_BYTES + TAIL_BYTES:
            self._write(data)
        self.n_bytes += len(data)
        room = HEAD_BYTES - len(self._head)
        self._head += data[:room]
        if rest := data[room:] if room > 0 else data:
            self._tail.append(rest)
            self._n_tail += len(rest)
        while self._tail and self._n_tail - len(self._tail[0]) >= TAIL_BYTES:
            self._n_tail -= len(self._tail.popleft())

    def finish(self) -> None:
        """Close the file."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()

    @property
    def artefact(self) -> Path | None:
        """The file with the whole output, if it was too long to show."""
        return self._path if self._file is not None else None

    @property
    def truncated(self) -> bool:
        """Whether `text` lacks something."""
        return self.n_bytes > HEAD_BYTES + TAIL_BYTES

    @property
    def text(self) -> str:
        """The beginning and the end, with a line between them that tells how much is missing."""
        tail = b"".join(self._tail)[-TAIL_BYTES:]
        missing = self.n_bytes - len(self._head) - len(tail)
        if not missing:
            return _decoded(bytes(self._head) + tail)
        return f"{_decoded(bytes(self._head))}\n[... {missing} bytes left out ...]\n{_decoded(tail)}"

    def _write(self, data: bytes) -> None:
        try:
            if self._file is None and self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
                self._file = os.fdopen(descriptor, "wb")
                self._file.write(self._head + b"".join(self._tail))
            if self._file is not None and self.n_bytes < ARTEFACT_BYTES:
                self._file.write(data[: ARTEFACT_BYTES - self.n_bytes])
        except OSError:
            # What is shown does not depend on it.
            self._path = None


def _decoded(data: bytes) -> str:
    return codecs.decode(data, "utf-8", "replace").replace("\r\n", "\n")
