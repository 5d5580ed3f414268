"""One difference between two versions of a text, found without knowing how the editor described it."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.kernel.overlap import common_prefix_length, common_suffix_length
from pylot.kernel.recent_texts import RecentTexts


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


_CHANGES: RecentTexts[TextChange | None] = RecentTexts(2)


def difference(before: str, after: str) -> TextChange | None:
    """Return the smallest single replacement that leads from `before` to `after`, or nothing for equal texts.

    Several ask about the same change, one after the other, so the last ones are remembered.
    """
    known = _CHANGES.find(after, before)
    return known.value if known else _CHANGES.add(after, _difference(before, after), before)


def _difference(before: str, after: str) -> TextChange | None:
    if before == after:
        return None
    start = common_prefix_length(before, after)
    limit = min(len(before), len(after)) - start
    end = common_suffix_length(before, after, limit)
    return TextChange(start, before[start : len(before) - end], after[start : len(after) - end])
