"""What code uses from other files of the project, as signatures: a model guesses what it cannot see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pylot.actions.by_model.answers import dedented
from pylot.actions.by_model.imported import find_definition, imported_names
from pylot.actions.by_model.task import Around
from pylot.actions.by_model.units import Unit, is_docstring, unit_of
from pylot.actions.offer import Place
from pylot.config.prompts import fenced

_MOST_NAMES = 8
_MOST_MEMBERS = 20
_SHARE = 4


@dataclass(frozen=True, slots=True)
class Related:
    """A piece of a prompt, empty where there is nothing to say, and the whole paths of the files it quotes."""

    text: str = ""
    files: tuple[str, ...] = ()


def related_to(place: Place, start: int, end: int, around: Around) -> Related:
    """Return the signatures of what a range mentions and its file imports from the project."""
    project, code = around.project, place.code
    if project is None or code is None:
        return Related()
    mentioned = set(re.findall(r"\w+", place.text[start:end]))
    quoted: dict[str, list[str]] = {}
    room = around.room // _SHARE
    for name in [each for each in imported_names(code) if each in mentioned][:_MOST_NAMES]:
        found = find_definition(code, name, project)
        text = outline(found.unit) if found is not None and found.path else ""
        if found is not None and text and len(text) < room:
            room -= len(text)
            quoted.setdefault(found.path, []).append(text)
    if not quoted:
        return Related()
    blocks = [f"From {path}:\n\n{fenced(chr(10).join(texts), place.language)}" for path, texts in quoted.items()]
    return Related("\n\n".join(blocks), tuple(project.absolute(path) for path in quoted))


def outline(unit: Unit) -> str:
    """Return what a caller of a function or class has to know: its head, and of a class those of its members."""
    lines = [_head(unit)]
    if unit.kind == "class":
        members = [found for node in unit.body.named if (found := unit_of(node))] if unit.body is not None else []
        lines += ["    " + _head(each).replace("\n", "\n    ") for each in members[:_MOST_MEMBERS]]
        lines += list(_fields(unit))[:_MOST_MEMBERS]
    return "\n".join(lines)


def _head(unit: Unit) -> str:
    """Return a signature, and in Python the first line of the docstring."""
    head = dedented(unit.indent + unit.header).rstrip().rstrip("{").rstrip()
    first = unit.body.named[0] if unit.body is not None and unit.body.named else None
    if unit.node.code.language != "python" or first is None or not is_docstring(first):
        return head
    said = next((line.strip(" \t\"'") for line in first.text.split("\n") if line.strip(" \t\"'rR")), "")
    return f'{head}\n    """{said}"""' if said else head


def _fields(unit: Unit) -> Iterator[str]:
    """Yield the fields of a class or interface that are declared with their types."""
    declared = ("property_signature", "public_field_definition", "field_declaration", "method_signature")
    for node in unit.body.named if unit.body is not None else ():
        is_assigned = node.type == "expression_statement" and node.named and node.named[0].type == "assignment"
        if node.type in declared or (is_assigned and node.named[0].field("type") is not None):
            yield "    " + node.text.split("\n", 1)[0]
