"""The plain values of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What was taken out of a file."""

    LINE = "line"
    REST = "rest of line"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a project; `path` is relative to the project's folder, with slashes."""

    path: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """A file with a hole: `text` lacks `truth`, which stood at `offset`.

    For a line `truth` is all of it behind the indentation, for the rest of a line what followed some place within it,
    for a block 2 to 8 lines without the first one's indentation.
    """

    project: str
    path: str
    language: str
    kind: Kind
    text: str
    offset: int
    truth: str

    @property
    def line(self) -> int:
        """The line of the hole, counting from 1."""
        return self.text.count("\n", 0, self.offset) + 1


@dataclass(frozen=True, slots=True)
class Reply:
    """What a contender said at one place; no text is silence, for a `reason`.

    `least_sure` is the smallest token probability of the text, where the source has one.
    """

    text: str = ""
    source: str = ""
    confidence: float = 0.0
    least_sure: float | None = None
    reason: str = ""
    detail: str = ""
    first_token_ms: float | None = None
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """One case and its replies: at the user's own eagerness, and when nothing is withheld for being unsure."""

    case: Case
    usual: Reply
    frank: Reply
