"""The plain values that travel through one completion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Trigger(Enum):
    """How the editor came to ask (LSP 3.18, InlineCompletionTriggerKind)."""

    INVOKED = "invoked"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class SelectedCompletion:
    """The entry highlighted in the editor's suggest widget: the answer must replace the same range and extend it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Indentation:
    """How the document indents."""

    tab_size: int = 4
    insert_spaces: bool = True


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """Ask for ghost text at one place of one version of one document.

    `offset` and every other offset in this room count code points from the start of `text`.
    """

    uri: str
    path: str
    language: str
    version: int
    text: str
    offset: int
    trigger: Trigger = Trigger.AUTOMATIC
    selected: SelectedCompletion | None = None
    indentation: Indentation = field(default_factory=Indentation)

    @property
    def prefix(self) -> str:
        """The text before the cursor."""
        return self.text[: self.offset]

    @property
    def suffix(self) -> str:
        """The text after the cursor."""
        return self.text[self.offset :]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that could be inserted at the cursor, before it is judged.

    `logprobs` has one natural logarithm per generated token; it is empty for sources without a distribution.
    `match_length` counts the characters of context that a copying source matched.
    `finished` is false when the text was cut by a limit.
    """

    text: str
    source: str
    logprobs: tuple[float, ...] = ()
    match_length: int = 0
    finished: bool = True

    @property
    def probability(self) -> float | None:
        """The probability of its least sure token; for a copy, of the whole."""
        return math.exp(min(self.logprobs)) if self.logprobs else None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Ghost text ready to be shown: replace `start:end` of the requested version by `text`."""

    id: str
    text: str
    start: int
    end: int
    source: str
    confidence: float


@dataclass(frozen=True, slots=True)
class CompletionAnswer:
    """The one answer to a request.

    `reason` names why there is nothing (`""` when there is something).
    `superseded` asks the editor to keep what it shows.
    """

    trace_id: str
    suggestions: tuple[Suggestion, ...] = ()
    reason: str = ""
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class OpenFile:
    """Another open document that may serve as context; it has passed the exclusion gate."""

    path: str
    language: str
    text: str
    last_active: float = 0.0


@dataclass(frozen=True, slots=True)
class RecentEdit:
    """One burst of typing in one place, newest text included; it has passed the exclusion gate."""

    path: str
    time: float
    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the way did (`pylot.explain`): its outcome, cost and the figures worth knowing."""

    name: str
    outcome: str
    milliseconds: float
    details: Mapping[str, object] = field(default_factory=dict)
