"""What the user's last changes to one document say about wanting help."""

from __future__ import annotations

from collections import deque

from pylot.completion.change import TextChange

_REMEMBERED = 16


class TypingHabits:
    """Follow the changes of one document; tells undo and deletion from typing.

    An undo is a change of more than one inserted character that leads back to a text the document had shortly before.
    """

    def __init__(self, text: str) -> None:
        self._recent: deque[int] = deque([hash(text)], maxlen=_REMEMBERED)
        self._deletions = 0
        self._undoing = False

    @property
    def deletions(self) -> int:
        """How many changes in a row only deleted."""
        return self._deletions

    @property
    def undo_in_progress(self) -> bool:
        """Whether the last change was an undo or a redo."""
        return self._undoing

    def on_change(self, change: TextChange, text: str) -> None:
        """Take in one change and the text it led to."""
        fingerprint = hash(text)
        self._undoing = len(change.inserted) > 1 and fingerprint in self._recent
        only_deleted = bool(change.removed) and not change.inserted
        self._deletions = self._deletions + 1 if only_deleted else 0
        self._recent.append(fingerprint)
