"""Did an accepted text survive the edits that came after it?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from pylot.completion.change import TextChange

_TOKEN = re.compile(r"\w+|[^\w\s]")
_MAX_TOKENS = 300
_MARGIN = 200
_MIN_SURVIVING = 0.5


@dataclass(slots=True)
class TrackedText:
    """An accepted text and where it stands now (`start` to `end`)."""

    text: str
    start: int
    end: int

    def follow(self, change: TextChange) -> None:
        """Move along with a change; what is changed inside belongs to the place."""
        if change.end <= self.start:
            self.start += change.shift
            self.end += change.shift
        elif change.start < self.end:
            self.start = min(self.start, change.start)
            self.end = max(self.end, change.end) + change.shift

    def survives_in(self, document: str) -> bool:
        """Tell whether more than half of the text's words and signs still stand there, in order."""
        words = _TOKEN.findall(self.text)[:_MAX_TOKENS]
        end = min(self.end, self.start + 2 * len(self.text) + _MARGIN)
        there = _TOKEN.findall(document[self.start : end])[: 2 * _MAX_TOKENS]
        blocks = SequenceMatcher(None, words, there, autojunk=False).get_matching_blocks()
        return not words or sum(block.size for block in blocks) / len(words) > _MIN_SURVIVING
