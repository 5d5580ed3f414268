"""The other open documents and the recent edits of one window, as context for completion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pylot.completion.recent_edits import RecentEdits
from pylot.completion.values import OpenFile, RecentEdit
from pylot.kernel.clock import Clock
from pylot.syntax.languages import canonical_language
from pylot.text.store import Snapshot


class SurroundingsKeeper:
    """Remember when each document was last active and what was edited in it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._active: dict[str, float] = {}
        self._edits = RecentEdits()

    def activated(self, uri: str) -> None:
        """Take in that a document was opened or focused."""
        self._active[uri] = self._clock.monotonic()

    def changed(self, uri: str, path: str, before: str, after: str) -> None:
        """Take in an edit."""
        self._active[uri] = self._clock.monotonic()
        self._edits.record(path, before, after, self._clock.wall())

    def closed(self, uri: str) -> None:
        """Take in that a document was closed; its edits stay recent."""
        self._active.pop(uri, None)

    def open_files(self, snapshots: Sequence[Snapshot]) -> list[OpenFile]:
        """Return the documents as context, the last active first."""
        files = [
            OpenFile(
                each.path or each.uri,
                canonical_language(each.language, each.path),
                each.content.text,
                self._active.get(each.uri, 0.0),
            )
            for each in snapshots
        ]
        return sorted(files, key=lambda file: -file.last_active)

    def recent_edits(self, allowed: Callable[[str], bool]) -> Sequence[RecentEdit]:
        """Return the edits of those files that pass the gate, newest first."""
        return self._edits.recent(allowed=allowed)
