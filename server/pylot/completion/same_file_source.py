"""The rest of the current file: where it does something alike, far from the cursor.

Of the names that a random next line uses and its prompt lacks, six in ten stand in the same file (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from pylot.completion.sources import NEAR_CHARACTERS, ContextPiece, Surroundings, jaccard, near
from pylot.completion.values import CompletionRequest
from pylot.syntax.identifiers import identifiers

_WINDOW_LINES = 12
_REACH = 60_000
_MOST_PIECES = 6
_MIN_SIMILARITY = 0.08


class SameFileSource:
    """Short windows of the current file that share most identifiers with the text around the cursor.

    What the prompt shows anyway is left out by the plan, which alone knows how much that is.
    """

    name = "same file"

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return the best windows, most alike first."""
        around = identifiers(near(request), request.language)
        found = [(jaccard(around, _names(window, request.language)), window) for window in _far_windows(request)]
        found.sort(key=lambda each: -each[0])
        return [
            ContextPiece(self.name, request.path, window, score)
            for score, window in found[:_MOST_PIECES]
            if score >= _MIN_SIMILARITY
        ]


def _far_windows(request: CompletionRequest) -> Iterator[str]:
    """Yield windows on both sides, counted from the ends of the file, which typing leaves where they are."""
    end, start = max(0, request.offset - NEAR_CHARACTERS), request.offset + NEAR_CHARACTERS // 4
    above = request.text[max(0, end - _REACH) : end].split("\n")[:-1]
    below = request.text[start : start + _REACH].split("\n")[1:]
    yield from _cut(above)
    yield from _cut(below[len(below) % _WINDOW_LINES :])


def _cut(lines: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(lines) - _WINDOW_LINES + 1, _WINDOW_LINES):
        yield "\n".join(lines[start : start + _WINDOW_LINES])


@lru_cache(maxsize=1024)
def _names(window: str, language: str) -> frozenset[str]:
    return identifiers(window, language)
