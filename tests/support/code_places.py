"""Places of code written with `‸` (twice for a selection), and a project that is a dictionary of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from pylot.actions.by_model.catalogue import TASKS, ModelOffers
from pylot.actions.by_model.task import Answer, Around
from pylot.actions.edits import applied
from pylot.actions.offer import Finding, Offer, Place, Plan
from pylot.syntax.code_nodes import read_code_nodes

ROOT = "/project"


class FileTree:
    """A project in memory; `path` is the document's own, and a file that may not be read is None."""

    def __init__(self, path: str, files: Mapping[str, str | None]) -> None:
        self.path = path
        self.files = dict(files)

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def names(self, folder: str) -> Sequence[str]:
        inside = PurePosixPath(folder)
        return sorted(PurePosixPath(path).name for path in self.files if PurePosixPath(path).parent == inside)

    def absolute(self, path: str) -> str:
        return f"{ROOT}/{path}"


def place_in(marked: str, language: str = "python", path: str = "a.py", findings: Sequence[Finding] = ()) -> Place:
    """Return the place that is marked in a text."""
    start = marked.index("‸")
    end = marked.rindex("‸") - 1 if marked.count("‸") > 1 else start
    text = marked.replace("‸", "")
    code = read_code_nodes(text, language)
    return Place(text, language, start, end, f"{ROOT}/{path}" if path else "", code, tuple(findings))


def offers_at(place: Place) -> list[Offer]:
    """Return what is offered at a place where a model can chat."""
    return list(ModelOffers(lambda _: "").offers(place))


def offer_at(place: Place, task: str) -> Offer:
    """Return the offer of one task at a place."""
    return next(each for each in offers_at(place) if each.id == task)


def plan_at(place: Place, task: str, answer: str | Answer, around: Around | None = None) -> Plan:
    """Return what a task makes of an answer."""
    given = Answer(answer) if isinstance(answer, str) else answer
    return TASKS[task].plan(place, offer_at(place, task), given, around or Around())


def text_after(place: Place, plan: Plan) -> str:
    """Return the document after a plan."""
    return applied(place.text, plan.edits)
