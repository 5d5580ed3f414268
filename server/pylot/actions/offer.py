"""Code actions as plain values: where one is asked for, what is offered there, and what it comes to.

An offer is made from the text alone, at once. It is worked out when the user has chosen it: by a program where a
program can decide (`Refactoring`), and with a model where it takes judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pylot.actions.edits import TextEdit
from pylot.syntax.code_nodes import Code

QUICK_FIX = "quickfix"
EXTRACT = "refactor.extract"
INLINE = "refactor.inline"
REWRITE = "refactor.rewrite"
MOVE = "refactor.move"
SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Finding:
    """One diagnostic that the editor shows; `index` is its place in the list that the editor sent."""

    start: int
    end: int
    message: str
    source: str = ""
    code: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A selection (or a cursor, where `start` is `end`) in one version of a document.

    Offsets count code points. `code` is None where the language has no grammar; `path` is empty for a document that is
    no file. An action was `invoked` by the user, or the editor wants to know whether there is any.
    `in_package` says that the file is a module of a package of Python.
    """

    text: str
    language: str
    start: int
    end: int
    path: str = ""
    code: Code | None = None
    findings: tuple[Finding, ...] = ()
    invoked: bool = True
    in_package: bool = False

    @property
    def selected(self) -> str:
        """The selected text."""
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Offer:
    """One action that can be chosen; `id` says who works it out, with `data` (JSON values) of their own.

    `refused` is the reason why it is shown but cannot be chosen. `fixes` are indices of the findings that it settles.
    """

    title: str
    kind: str
    id: str
    data: Mapping[str, object] = field(default_factory=dict)
    is_model: bool = False
    refused: str = ""
    is_preferred: bool = False
    fixes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherFile:
    """The edits of another file, for the text that it had; a new one has None."""

    path: str
    text: str | None
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an action comes to: edits of the document, and of others.

    `label` says what it does; one that `needs_review` is shown before it is made, where the editor can do that.
    An action that only reads has no edits: it has a `page` of Markdown to show, or `problems` (None is no answer, an
    empty tuple says that there are none).
    """

    edits: tuple[TextEdit, ...]
    label: str = ""
    others: tuple[OtherFile, ...] = ()
    needs_review: bool = False
    page: str = ""
    problems: tuple[Finding, ...] | None = None


class Offerer(Protocol):
    """Find what can be offered at a place; pure, and quick enough for every move of the cursor."""

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return the actions for a place; never waits for anything."""
        ...


class Refactoring(Offerer, Protocol):
    """A code action that a program can work out; `id` begins the ids of its offers."""

    id: str

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edits.

        Raises:
            ActionRefusedError: it cannot be done for certain; the sentence says why.
        """
        ...
