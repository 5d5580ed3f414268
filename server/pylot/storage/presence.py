"""Is the process that said it would do something still there? A lock that dies with it is the answer.

Process ids come again, and start times are read differently on every system; a lock is let go by the system itself.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from pylot.storage.lock import hold_lock

_SUFFIX = ".here"
# Whoever looks at a mark holds it for a moment, so only one process may look at a time.
_GATE = "marks.lock"
_GATE_SECONDS = 10.0


class Presence:
    """The own mark of this process in a folder, until it is closed or the process ends in whatever way."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._path = folder / f"{self.name}{_SUFFIX}"
        self._held = contextlib.ExitStack()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with hold_lock(folder / _GATE, _GATE_SECONDS):
            for path in folder.glob(f"*{_SUFFIX}"):
                if not _is_held(path):
                    path.unlink(missing_ok=True)
            self._held.enter_context(hold_lock(self._path, 0))

    def close(self) -> None:
        """Take the mark away."""
        self._held.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


def is_present(folder: Path, name: str) -> bool:
    """Tell whether the process that made a mark is still there; raises TimeoutError or OSError if none can tell."""
    path = folder / f"{name}{_SUFFIX}"
    if not path.exists():
        return False
    with hold_lock(folder / _GATE, _GATE_SECONDS):
        return path.exists() and _is_held(path)


def _is_held(path: Path) -> bool:
    try:
        with hold_lock(path, 0):
            return False
    except TimeoutError:
        return True
