"""One look at the whole workspace: what has to be read, what is passed over, what has gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pylot.index.catalogue import Entry, Known
from pylot.index.reasons import Skip
from pylot.workspace.exclusion import Exclusion, ExclusionGate
from pylot.workspace.survey import Found, FoundFile, FoundFolder, Unread, survey

NO_SIZE = -1
_UNREADABLE, _TOO_LARGE = Unread.UNREADABLE.value, Exclusion.TOO_LARGE.value


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be read: no more files than these, and none that is larger, in bytes."""

    max_files: int
    max_file_bytes: int


@dataclass(slots=True)
class Differences:
    """What a part of a pass found: files to read, and rows of what is passed over."""

    to_read: dict[str, FoundFile] = field(default_factory=dict)
    passed_over: list[Entry] = field(default_factory=list)


class Pass:
    """Compare the files below a root with the catalogue, bit by bit.

    Only what lies below `top` is looked at; `version` is what files have that need not be read again.
    """

    def __init__(
        self, root: Path, gate: ExclusionGate, known: dict[str, Known], *, version: str, limits: Limits, top: Path
    ) -> None:
        self._start = len(str(root)) + len(os.sep) if root != Path(root.anchor) else len(str(root))
        self._known = known
        self._version = version
        self._limits = limits
        self._found: Iterator[Found] = survey(top, gate)
        self._seen: set[str] = set()
        self.n_files = 0

    def some(self, limit: int) -> Differences | None:
        """Look at up to `limit` entries; None when all have been looked at.

        Raises:
            OSError: the root itself cannot be read.
        """
        differences = Differences()
        for number, found in enumerate(self._found, 1):
            if isinstance(found, FoundFile):
                self.n_files += 1
                if self.n_files > self._limits.max_files:
                    self._pass_over(differences, ".", Skip.TOO_MANY.value)
                    self._found = iter(())
                    return differences
            self._compare(found, differences)
            if number >= limit:
                return differences
        return differences if differences.to_read or differences.passed_over else None

    @property
    def gone(self) -> list[str]:
        """The known paths that were not seen again, once all entries have been looked at."""
        return [path for path in self._known if path not in self._seen]

    def _compare(self, found: Found, differences: Differences) -> None:
        if isinstance(found, FoundFolder):
            return
        path = relative_path(found.path, self._start)
        if path is None:
            shown = os.fsencode(str(found.path)[self._start :]).decode("utf-8", "backslashreplace")
            self._pass_over(differences, shown.replace(os.sep, "/"), Skip.BAD_NAME.value)
        elif not isinstance(found, FoundFile):
            self._pass_over(differences, path, found.reason.value)
        else:
            self._seen.add(path)
            if self._has_changed(found, self._known.get(path)):
                differences.to_read[path] = found

    def _has_changed(self, found: FoundFile, known: Known | None) -> bool:
        if known is None or (known.size, known.mtime_ns, known.version) != (found.size, found.mtime_ns, self._version):
            return True
        # Permissions and limits change without a trace in the file's times.
        is_too_large = found.size > self._limits.max_file_bytes
        return known.reason == _UNREADABLE or is_too_large != (known.reason == _TOO_LARGE)

    def _pass_over(self, differences: Differences, path: str, reason: str) -> None:
        self._seen.add(path)
        known = self._known.get(path)
        if known is None or known.reason != reason or known.size != NO_SIZE:
            differences.passed_over.append(Entry(path, NO_SIZE, 0, reason=reason))


def relative_path(path: Path, start: int) -> str | None:
    """Return the path after its first `start` characters, with slashes, or None where it is not UTF-8."""
    relative = str(path)[start:].replace(os.sep, "/")
    try:
        relative.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return relative
