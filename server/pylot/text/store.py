"""The open documents, kept right whatever a client sends (tests T1 and T2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pylot.kernel.clock import Clock
from pylot.text.document_text import DocumentText, Edit
from pylot.text.lines import without_terminator
from pylot.text.positions import Position, PositionEncoding, Range, splits_character
from pylot.text.uris import path_of


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of one open document.

    `path` is empty for a document that is no file; `last_change` is on the monotonic clock.
    While `in_sync` is false the text is the last one known and must not be used for anything that is shown.
    """

    uri: str
    path: str
    language: str
    version: int
    content: DocumentText
    in_sync: bool
    last_change: float


@dataclass(frozen=True, slots=True)
class Change:
    """What one notification has done; `edits` are in the encoding they came in, each relative to the one before."""

    old: Snapshot
    new: Snapshot
    edits: tuple[Edit, ...]


class DocumentStore:
    """Hold the open documents; no call raises, and a document whose text is in doubt says so.

    A document is in doubt from the first change that cannot be right (a version that does not grow, a range that is
    reversed, begins beyond the document or cuts a character) until its whole text is sent again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._snapshots: dict[str, Snapshot] = {}

    def open(self, uri: str, language: str, version: int, text: str) -> Snapshot:
        """Take a document; one that is open already is replaced."""
        snapshot = Snapshot(uri, path_of(uri), language, version, DocumentText(text), True, self._clock.monotonic())
        self._snapshots[uri] = snapshot
        return snapshot

    def change(self, uri: str, version: int, edits: Sequence[Edit], encoding: PositionEncoding) -> Change | None:
        """Make the edits, in order; None says that nothing was made of them: unknown document, or text in doubt."""
        old = self._snapshots.get(uri)
        if old is None:
            return None
        whole_idx = _last_whole(edits)
        if whole_idx is None and (not old.in_sync or version <= old.version):
            self._doubt(old, version)
            return None
        content = old.content if whole_idx is None else DocumentText(edits[whole_idx].text)
        for edit in edits if whole_idx is None else edits[whole_idx + 1 :]:
            if edit.range is None or not _is_plausible(content, edit.range, encoding):
                self._doubt(old, version)
                return None
            content = content.apply([edit], encoding)
        new = replace(old, version=version, content=content, in_sync=True, last_change=self._clock.monotonic())
        self._snapshots[uri] = new
        return Change(old, new, tuple(edits))

    def distrust(self, uri: str) -> None:
        """Put a document's text in doubt because a change of it could not be read."""
        snapshot = self._snapshots.get(uri)
        if snapshot is not None:
            self._doubt(snapshot, snapshot.version)

    def close(self, uri: str) -> Snapshot | None:
        """Let go of a document; return its last version, or None if it was not open."""
        return self._snapshots.pop(uri, None)

    def get(self, uri: str) -> Snapshot | None:
        """Return the current version of a document, or None if it is not open."""
        return self._snapshots.get(uri)

    def all(self) -> tuple[Snapshot, ...]:
        """Return the current version of every open document, the one opened first at the front."""
        return tuple(self._snapshots.values())

    def _doubt(self, old: Snapshot, version: int) -> None:
        newest = max(old.version, version)
        self._snapshots[old.uri] = replace(old, version=newest, in_sync=False, last_change=self._clock.monotonic())


def _last_whole(edits: Sequence[Edit]) -> int | None:
    return max((edit_idx for edit_idx, edit in enumerate(edits) if edit.range is None), default=None)


def _is_plausible(content: DocumentText, span: Range, encoding: PositionEncoding) -> bool:
    """Tell whether a client that sees `content` can mean `span`; places past an end are normal and get clamped."""
    if span.end < span.start or span.start.line > content.n_lines:
        return False
    if min(span.start.line, span.start.character, span.end.line, span.end.character) < 0:
        return False
    return not (_cuts(content, span.start, encoding) or _cuts(content, span.end, encoding))


def _cuts(content: DocumentText, position: Position, encoding: PositionEncoding) -> bool:
    if not 0 <= position.line < content.n_lines:
        return False
    body = without_terminator(content.line(position.line))
    return splits_character(body, position.character, encoding)
