"""One difference between two versions of a text, found without knowing how the editor described it."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.kernel.overlap import shared_ends


@dataclass(frozen=True, slots=True)
class TextChange:
    """At `start`, `removed` gave way to `inserted`."""

    start: int
    removed: str
    inserted: str

    @property
    def end(self) -> int:
        """Where the removed text ended in the older version."""
        return self.start + len(self.removed)

    @property
    def shift(self) -> int:
        """How far the text behind the change moved."""
        return len(self.inserted) - len(self.removed)


def difference(before: str, after: str) -> TextChange | None:
    """Return the smallest single replacement that leads from `before` to `after`, or nothing for equal texts."""
    if before == after:
        return None
    start, end = shared_ends(before, after)
    return TextChange(start, before[start : len(before) - end], after[start : len(after) - end])
