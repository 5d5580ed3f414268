"""Which files a command has changed, and what they held before (reference T12).

Before a command the workspace's files are looked through within a budget; what is small enough and not known yet is
kept. A file costs one look at its size and time afterwards, however often commands run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pylot.execution.checkpoints import Checkpoints, Touched
from pylot.kernel.clock import Clock
from pylot.kernel.pacing import paced
from pylot.text.file_encoding import content_hash
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.path_guard import read_regular
from pylot.workspace.roots import Roots
from pylot.workspace.survey import FoundFile, survey

_MOST_FILES = 20_000
_LARGEST_FILE = 1 << 20
_MOST_BYTES = 128 << 20
_BUDGET_SECONDS = 3.0

_Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Before:
    """How the files looked before a command: the mark of each (time, size), and the hash where it is kept.

    `n_skipped` files were too large or too many to be kept.
    """

    marks: dict[Path, _Mark]
    hashes: dict[Path, str]
    n_skipped: int


class CommandEffects:
    """Look at one workspace's files before and after commands; used from one thread at a time."""

    def __init__(self, roots: Roots, gate: ExclusionGate, checkpoints: Checkpoints, clock: Clock) -> None:
        self._roots = roots
        self._gate = gate
        self._checkpoints = checkpoints
        self._clock = clock
        self._known: dict[Path, tuple[_Mark, str]] = {}

    def before(self) -> Before:
        """Keep what files hold now, as far as the budget goes."""
        deadline = self._clock.monotonic() + _BUDGET_SECONDS
        marks: dict[Path, _Mark] = {}
        hashes: dict[Path, str] = {}
        n_skipped = n_bytes = 0
        for path, mark in paced(self._files(), self._clock):
            marks[path] = mark
            known = self._known.get(path)
            if known is not None and known[0] == mark:
                hashes[path] = known[1]
            elif mark[1] > _LARGEST_FILE or n_bytes > _MOST_BYTES or self._clock.monotonic() > deadline:
                n_skipped += 1
            elif (digest := self._keep(path)) is not None:
                n_bytes += mark[1]
                self._known[path] = (mark, digest)
                hashes[path] = digest
        self._known = {path: known for path, known in self._known.items() if path in marks}
        return Before(marks, hashes, n_skipped)

    def changes(self, before: Before) -> list[Touched]:
        """Return what was changed, made or removed since; the order means nothing."""
        now = dict(paced(self._files(), self._clock))
        changed = [path for path, mark in before.marks.items() if now.get(path) != mark]
        made = [path for path in now if path not in before.marks]
        found = []
        for path in sorted([*changed, *made]):
            after = read_regular(path, _LARGEST_FILE) if path in now else None
            old = before.hashes.get(path)
            digest = content_hash(after) if after is not None else None
            if path in before.marks and digest == old:
                continue
            is_small = path not in now or (after is not None and len(after) <= _LARGEST_FILE)
            kept = is_small and (path not in before.marks or old is not None)
            found.append(Touched(path=str(path), before=old, after=digest, kept=kept))
        return found

    def _keep(self, path: Path) -> str | None:
        data = read_regular(path, _LARGEST_FILE)
        if data is None or len(data) > _LARGEST_FILE or not self._checkpoints.keep(data):
            return None
        return content_hash(data)

    def _files(self) -> Iterator[tuple[Path, _Mark]]:
        n_files = 0
        for root in self._roots.folders:
            with contextlib.suppress(OSError):
                for found in survey(root, self._gate):
                    if isinstance(found, FoundFile):
                        yield found.path, (found.mtime_ns, found.size)
                        n_files += 1
                        if n_files >= _MOST_FILES:
                            return
