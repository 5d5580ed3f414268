"""Where context for a prompt comes from: one seam, one small class per source.

Those that know what names mean are in `definition_sources.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from pylot.completion.known_symbols import NOTHING_KNOWN, FileKnowledge
from pylot.completion.values import CompletionRequest, OpenFile, RecentEdit
from pylot.syntax.identifiers import identifiers

_WINDOW_LINES = 40
_MAX_FILES = 20
_MAX_FILE_CHARACTERS = 40_000
_NEAR_CHARACTERS = 3000
_MIN_SIMILARITY = 0.05
_TOO_SIMILAR = 0.5
_HEAD_LINES = 30


@dataclass(frozen=True, slots=True)
class ContextPiece:
    """Text worth showing to the model; `score` (0 to 1) says how much it should help."""

    source: str
    path: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the sources may look at; everything here has passed the exclusion gate.

    `workspace_allowed` tells of the path of a file read earlier whether it may still be used; None forbids them all.
    `knowledge` is what the index knew of the current file a moment ago.
    """

    open_files: Sequence[OpenFile] = ()
    recent_edits: Sequence[RecentEdit] = ()
    workspace_allowed: Callable[[str], bool] | None = None
    knowledge: FileKnowledge = NOTHING_KNOWN


class ContextSource(Protocol):
    """One place where context comes from."""

    name: str

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return pieces, best first."""
        ...


class CurrentFileSource:
    """The beginning of the current file, once the cursor has left it behind: imports and constants."""

    name = "current file"

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return the first lines when the cursor is far below them."""
        if request.offset < 2 * _NEAR_CHARACTERS:
            return []
        head = "".join(request.text[:_NEAR_CHARACTERS].splitlines(keepends=True)[:_HEAD_LINES])
        return [ContextPiece(self.name, request.path, head, 0.3)] if head.strip() else []


class OpenFilesSource:
    """The parts of other open files that share most identifiers with the text around the cursor."""

    name = "open files"

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return the best window of each file, by Jaccard similarity of identifiers."""
        names = identifiers(near(request), request.language)
        near_lines = _lines_of(near(request))
        pieces = []
        files = sorted(surroundings.open_files, key=lambda file: -file.last_active)[:_MAX_FILES]
        for file in files:
            best = max(
                (
                    (_jaccard(names, window.identifiers), -index, window.text)
                    for index, window in enumerate(_windows(file.text[:_MAX_FILE_CHARACTERS], file.language))
                    # What is nearly the same as the text at the cursor makes a model repeat it.
                    if _jaccard(near_lines, window.lines) <= _TOO_SIMILAR
                ),
                default=(0.0, 0, ""),
            )
            if best[0] >= _MIN_SIMILARITY:
                pieces.append(ContextPiece(self.name, file.path, best[2], best[0]))
        return sorted(pieces, key=lambda piece: -piece.score)


class RecentEditsSource:
    """What was just written elsewhere: people often go on with what they have begun."""

    name = "recent edits"

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return recent edits of other places, newest first."""
        near_lines = _lines_of(near(request))
        pieces: list[ContextPiece] = []
        for age, edit in enumerate(sorted(surroundings.recent_edits, key=lambda edit: -edit.time)):
            fresh = edit.after.strip() and _jaccard(near_lines, _lines_of(edit.after)) <= _TOO_SIMILAR
            if fresh and edit.after not in near(request):
                pieces.append(ContextPiece(self.name, edit.path, edit.after, max(0.1, 0.6 - 0.1 * age)))
        return pieces


def near(request: CompletionRequest) -> str:
    """Return the text around the cursor that tells what it is about."""
    return request.text[max(0, request.offset - _NEAR_CHARACTERS) : request.offset + _NEAR_CHARACTERS // 4]


@dataclass(frozen=True, slots=True)
class _Window:
    text: str
    identifiers: frozenset[str]
    lines: frozenset[str]


@lru_cache(maxsize=4 * _MAX_FILES)
def _windows(text: str, language: str) -> tuple[_Window, ...]:
    """Return overlapping windows of a text; remembered, because most open files stay as they are."""
    lines = text.split("\n")
    step = _WINDOW_LINES // 2
    texts = ["\n".join(lines[start : start + _WINDOW_LINES]) for start in range(0, max(1, len(lines) - step), step)]
    return tuple(_Window(window, identifiers(window, language), _lines_of(window)) for window in texts)


def _lines_of(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.split("\n") if len(line.strip()) > 3)


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    if not left or not right:
        return 0.0
    n_shared = len(left & right)
    return n_shared / (len(left) + len(right) - n_shared)
