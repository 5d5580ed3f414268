"""What files held before an agent changed them, so that a step or a whole task can be taken back (reference T12).

Contents lie in a folder of their own, compressed and named by their hash; which file had which content when is told
by the events of the task. A repository is never touched.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pylot.execution.beneath import find_target
from pylot.execution.files import put_back, read_bytes
from pylot.journal.events import EffectFinished, EffectIntended, Recorded
from pylot.kernel.errors import ExecutionError, PylotError
from pylot.storage.capped_folder import CappedFolder
from pylot.text.file_encoding import content_hash
from pylot.workspace.roots import Roots

MOST_BYTES = 512 << 20
LARGEST_CONTENT = 8 << 20


class Touched(BaseModel):
    """One file that an effect touches: the hashes of its bytes before and after, None where there is no file.

    `kept` says that the content before can be brought back.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    path: str
    before: str | None
    after: str | None = None
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of taking changes back: files as they were, and others with the reason why not."""

    files: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


class Checkpoints:
    """Contents by their hash; what was not used for longest goes when there is no more room."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._contents = CappedFolder(folder, most_bytes)

    def keep(self, data: bytes) -> bool:
        """Keep a content; false for one that is too large, or when the disk does not allow it."""
        if len(data) > LARGEST_CONTENT:
            return False
        try:
            return self._contents.write(content_hash(data), [zlib.compress(data, 6)])
        except (OSError, PylotError):
            return False

    def content(self, digest: str) -> bytes | None:
        """Return a content that was kept, or None."""
        packed = self._contents.read(digest)
        if packed is None:
            return None
        try:
            reader = zlib.decompressobj()
            data = reader.decompress(packed, LARGEST_CONTENT)
        except zlib.error:
            return None
        return data if content_hash(data) == digest else None

    def forget(self, digests: Iterable[str], older_than: float) -> None:
        """Remove contents that nobody needs any more, but for those used since a time, in seconds since the epoch.

        What is being kept in this moment may not stand in the journal yet.
        """
        for digest in digests:
            self._contents.remove_unused(digest, older_than)

    def restore(self, changes: Sequence[Touched], roots: Roots) -> Restored:
        """Take changes back, the last one first; a file that somebody else has changed since is left alone."""
        files: dict[str, None] = {}
        skipped: dict[str, str] = {}
        for change in reversed(changes):
            reason = "a later change could not be taken back" if change.path in skipped else self._undo(change, roots)
            if reason:
                skipped[change.path] = skipped.get(change.path, reason)
            else:
                files[change.path] = None
        return Restored(tuple(path for path in files if path not in skipped), tuple(skipped.items()))

    def _undo(self, change: Touched, roots: Roots) -> str:
        try:
            target = find_target(change.path, roots, roots.folders[0])
            if str(target.path) != change.path or ".git" in target.path.parts:
                return "its path leads elsewhere now"
            now = read_bytes(target)
            if (content_hash(now) if now is not None else None) != change.after:
                return "it has changed since"
            data = self.content(change.before) if change.kept and change.before else None
            if not change.kept or (change.before is not None and data is None):
                return "its content was not kept"
            put_back(target, data)
        except (OSError, ExecutionError) as error:
            return error.sentence if isinstance(error, ExecutionError) else "the disk does not allow it"
        return ""


def changes_in(events: Iterable[Recorded], since: int = 0) -> list[Touched]:
    """Return the changes of files that a task's events tell of, in order, from the event number `since` on."""
    intended: dict[str, list[Touched]] = {}
    found: list[Touched] = []
    for recorded in events:
        event = recorded.event
        if recorded.seq < since:
            continue
        if isinstance(event, EffectIntended):
            intended[event.effect_id] = _touched(event.details)
        elif isinstance(event, EffectFinished):
            begun = intended.pop(event.effect_id, [])
            # A command that failed may have changed files all the same; one whose end is unknown, what it meant to.
            found += begun if event.unknown else _touched(event.details)
    return found + [change for changes in intended.values() for change in changes]


def written_in(events: Iterable[Recorded]) -> list[Path]:
    """Return the files that a task has begun to write or to remove itself, not by a command."""
    intents = [recorded.event for recorded in events if isinstance(recorded.event, EffectIntended)]
    return [Path(change.path) for intent in intents for change in _touched(intent.details)]


def _touched(details: dict[str, object]) -> list[Touched]:
    listed = details.get("files")
    found: list[Touched] = []
    for each in listed if isinstance(listed, list) else []:
        try:
            found.append(Touched.model_validate(each))
        except ValidationError:
            continue
    return found
