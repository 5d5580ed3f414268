"""Code with a selection in it, as tests of code actions write it: `«selected»`, or `‸` for a cursor."""

from __future__ import annotations

from pylot.actions.checked import checked
from pylot.actions.edits import applied
from pylot.actions.offer import Finding, Offer, OtherFile, Place, Refactoring
from pylot.syntax.code_nodes import read_code_nodes

_SUFFIXES = {
    "python": "py",
    "javascript": "js",
    "typescript": "ts",
    "tsx": "tsx",
    "go": "go",
    "java": "java",
    "rust": "rs",
}


def place_in(
    marked: str, language: str = "python", *, invoked: bool = True, findings: tuple[Finding, ...] = ()
) -> Place:
    """Return the place that is marked in a text."""
    if "«" in marked:
        before, _, rest = marked.partition("«")
        inside, _, after = rest.partition("»")
    else:
        before, _, after = marked.partition("‸")
        inside = ""
    text = before + inside + after
    path = f"/project/file.{_SUFFIXES[language]}"
    code = read_code_nodes(text, language)
    return Place(text, language, len(before), len(before) + len(inside), path, code, findings, invoked)


def titles(action: Refactoring, place: Place) -> list[str]:
    """Return what an action offers at a place, with the reason behind what is refused."""
    return [f"{each.title}: {each.refused}" if each.refused else each.title for each in action.offers(place)]


def result(action: Refactoring, marked: str, language: str = "python", way: str = "") -> str:
    """Return the text after an action; `way` is the rest of its id."""
    place = place_in(marked, language)
    plan = checked(place, action.plan(place, Offer("", "", f"{action.id}/{way}" if way else action.id)))
    return applied(place.text, plan.edits)


def other_files(action: Refactoring, marked: str, language: str = "python") -> tuple[OtherFile, ...]:
    """Return the other files that an action changes."""
    place = place_in(marked, language)
    return action.plan(place, Offer("", "", action.id)).others
