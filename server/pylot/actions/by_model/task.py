"""What every action of a model has: what it is offered for, what the model is asked, and what is made of the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Protocol

from pylot.actions.by_model.units import line_end, line_start
from pylot.actions.offer import Offer, Place, Plan

REWRITE = "refactor.rewrite"
_HEAD_LINES = 40
_GAP = "[...]"


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to a model: a template of `config/prompts` and what is put into it.

    With a `schema` the answer is to be JSON of it. `files` are the whole paths of other files that it quotes, which
    decide to whom it may go (P3).
    """

    template: str
    values: Mapping[str, str]
    schema: Mapping[str, Any] | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model has said: its text, or the checked value where a schema was asked for."""

    text: str = ""
    value: Any = None


class Project(Protocol):
    """The files around a document that Pylot may read; called from a thread.

    Paths are relative to the workspace folder, with `/`.
    """

    @property
    def path(self) -> str:
        """The document's own path, or an empty string outside of all workspace folders."""
        ...

    def read(self, path: str) -> str | None:
        """Return the present text of a file, or None where there is none that may be read."""
        ...

    def names(self, folder: str) -> Sequence[str]:
        """Return the names of the files in a folder that may be read, in order."""
        ...

    def absolute(self, path: str) -> str:
        """Return the whole path of a file."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """What a task may know beside the place: the project, and how many characters a prompt may quote."""

    project: Project | None = None
    room: int = 12_000


class Task(Protocol):
    """One kind of action that asks a model; pure but for what `Around.project` reads."""

    id: str

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return what is offered at a place, at once."""
        ...

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Return the question.

        Raises:
            ActionRefusedError: there is nothing to ask.
        """
        ...

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Return what is made of an answer; only what was offered is touched, whatever the model says.

        Raises:
            ActionRefusedError: the answer breaks something, with a report where asking again may help.
            ModelAnswerError: it holds nothing that can be used.
        """
        ...


class Program(Protocol):
    """An action that reads the project and asks no model."""

    id: str

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return what is offered at a place, at once."""
        ...

    def plan(self, place: Place, around: Around) -> Plan:
        """Return the edits.

        Raises:
            ActionRefusedError: there are none, or they would break something.
        """
        ...


def without_block_cursor(place: Place) -> Place:
    """Return a place in which a selection of one character, which is how some editors name a cursor, is a cursor."""
    return replace(place, end=place.start) if place.end - place.start == 1 else place


def file_name(place: Place) -> str:
    """Return what a model is told of where the document lies."""
    return PurePath(place.path).name or "an untitled file"


def quoted_around(text: str, start: int, end: int, room: int) -> str:
    """Return a text within so many characters: what is at a range and near it, and the imports at its head.

    Of a range that would fill most of it, only the head is left: the range itself is quoted beside it anyway.
    """
    if len(text) <= room:
        return text
    head_end = _after_lines(text, _HEAD_LINES)
    head = text[: min(head_end, room // 4)].rsplit("\n", 1)[0]
    if end - start > room // 2:
        return f"{head}\n{_GAP}"
    left = max(0, room - len(head) - (end - start)) // 2
    first = line_start(text, max(0, start - left))
    last = line_end(text, min(len(text), end + left))
    if first <= len(head):
        return text[:last] + (f"\n{_GAP}" if last < len(text) else "")
    return f"{head}\n{_GAP}\n{text[first:last]}" + (f"\n{_GAP}" if last < len(text) else "")


def _after_lines(text: str, n: int) -> int:
    at = 0
    for _ in range(n):
        at = text.find("\n", at) + 1
        if at == 0:
            return len(text)
    return at
