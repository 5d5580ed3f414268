"""What was learned, kept over the sessions: counts in one file that every window of the user adds to."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from pylot.completion.learning_counts import Counts
from pylot.storage.atomic_file import write_text
from pylot.storage.lock import hold_lock

_log = logging.getLogger(__name__)
# A window that closes has about a second, and another one holds the lock for a few milliseconds.
_LOCK_TIMEOUT = 0.3


class LearnedStore:
    """Keep counts in `learning.json` of a folder."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file = directory / "learning.json"

    def load(self) -> Counts:
        """Return what all sessions have added; nothing where the file is missing or damaged."""
        try:
            return self._read()
        except OSError:
            return Counts()

    def add(self, delta: Counts) -> None:
        """Add what one session has learned; where that is not possible the log says so and it is lost."""
        if not delta.to_dict():
            return
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with hold_lock(self._directory / "learning.lock", _LOCK_TIMEOUT):
                counts = self._read()
                counts.merge(delta)
                write_text(self._file, json.dumps(counts.to_dict(), indent=1))
        except TimeoutError:
            _log.warning("what was learned was not kept: another window holds the lock")
        except OSError as error:
            _log.warning("what was learned was not kept: %s", error.strerror)

    def _read(self) -> Counts:
        try:
            plain = json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError, RecursionError):
            return Counts()
        return Counts.from_dict(plain) if isinstance(plain, dict) else Counts()
