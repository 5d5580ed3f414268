"""Documentation: the frame is worked out from the signature, and a model only writes the sentences (L5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from pylot.actions.by_model.answers import code_pieces, dedented, without_thoughts
from pylot.actions.by_model.doc_style import (
    DOCUMENTED_LANGUAGES,
    Style,
    Words,
    doc_lines,
    overview_lines,
    style_of,
)
from pylot.actions.by_model.jsdoc import known_tags
from pylot.actions.by_model.signature import Signature, documented, signature_of
from pylot.actions.by_model.task import REWRITE, Answer, Around, Ask, file_name, quoted_around
from pylot.actions.by_model.trusted import trusted
from pylot.actions.by_model.units import Unit, line_end, line_start, unit_at
from pylot.actions.edits import TextEdit
from pylot.actions.offer import Offer, Place, Plan
from pylot.config.prompts import fenced
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError

_MOST_NEIGHBOURS = 8
_SUFFIXES = {"python": (".py",)}
_FILE_HEAD = re.compile(r"(?:#!.*\n)?(?:#.*coding[:=].*\n)?")
_MARKUP = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|/{2,3}!?\s?|\"\"\"|''')|(?:\"\"\"|''')\s*$", re.MULTILINE)


class Document:
    """Offered on a function or class, from its first line to its last."""

    id = "document"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer for the innermost definition around a place."""
        unit = _unit_at(place)
        if unit is not None:
            verb = "Document" if documented(unit) is None else "Rewrite the documentation of"
            yield Offer(f"{verb} {unit.name}", REWRITE, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for the sentences that the signature leaves open."""
        unit = _required(place)
        signature, style = signature_of(unit), self._style(place, around)
        values = {
            "language": place.language,
            "file": file_name(place),
            "kind": unit.kind,
            "context": fenced(quoted_around(place.text, unit.start, unit.end, around.room), place.language),
            "code": fenced(dedented(unit.indent + unit.text), place.language),
            "parts": _parts(style, signature),
        }
        return Ask("document", values, _schema(style, signature))

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Put the comment together, where the language has it, instead of one that is there."""
        unit = _required(place)
        words = _words(answer.value)
        style = self._style(place, around)
        edit = _placed(place, unit, style, words)
        return trusted(place, [edit], f"Document {unit.name}", (edit.start, edit.end))

    @staticmethod
    def _style(place: Place, around: Around) -> Style:
        return style_of(place.language, _texts(place, around))


class DocumentModule:
    """Offered at the head of a file that has no overview yet."""

    id = "document-module"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer where the cursor is in the first lines."""
        is_head = place.text.count("\n", 0, place.start) < 2 and place.text.strip()
        if is_head and place.language in DOCUMENTED_LANGUAGES and not _has_overview(place):
            yield Offer("Write an overview of this file", REWRITE, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for the overview."""
        values = {
            "language": place.language,
            "file": file_name(place),
            "context": fenced(quoted_around(place.text, 0, 0, around.room), place.language),
        }
        return Ask("document-module", values)

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Put the overview at the head."""
        if _has_overview(place):
            raise ActionRefusedError("This file has an overview already.")
        said = without_thoughts(answer.text)
        said = _MARKUP.sub("", max(code_pieces(said), key=len, default=said) if "```" in said else said)
        paragraphs = [each for each in re.split(r"\n\s*\n", said.strip()) if each.strip(" \n*/#")]
        if not paragraphs:
            raise ModelAnswerError("The model answered with nothing that could be used.")
        head = _FILE_HEAD.match(place.text)
        at = head.end() if head else 0
        gap = "\n" if place.language == "go" else "\n\n"
        text = "\n".join(overview_lines(place.language, paragraphs)) + gap
        return trusted(place, [TextEdit(at, at, text)], "Write an overview of this file", (at, at))


def _unit_at(place: Place) -> Unit | None:
    if place.code is None or place.language not in DOCUMENTED_LANGUAGES:
        return None
    return unit_at(place.code, place.start, place.end)


def _required(place: Place) -> Unit:
    unit = _unit_at(place)
    if unit is None:
        raise ActionRefusedError("There is no function or class here that Pylot can document.")
    return unit


def _placed(place: Place, unit: Unit, style: Style, words: Words) -> TextEdit:
    signature, old = signature_of(unit), documented(unit)
    text = place.text
    if place.language == "python":
        if unit.body is None or not unit.body.named:
            raise ActionRefusedError("This definition has no body that a docstring could stand in.")
        first = unit.body.named[0]
        if text[line_start(text, first.start) : first.start].strip():
            raise ActionRefusedError("The body stands on the line of its definition, where no docstring has room.")
        indent = text[line_start(text, first.start) : first.start]
        lines = "\n".join(doc_lines(style, unit.name, signature, words, indent))
        if old is not None:
            return TextEdit(old.start, old.end, lines.removeprefix(indent))
        at = line_start(text, first.start)
        return TextEdit(at, at, f"{lines}\n")
    has_types = place.language != "javascript"
    known = known_tags(old.text, has_types=has_types) if old is not None and old.text.startswith("/**") else None
    lines = "\n".join(doc_lines(style, unit.name, signature, words, unit.indent, known))
    if old is not None and text[old.start : old.start + 3] in ("/**", "///"):
        start, end = line_start(text, old.start), line_end(text, old.end)
        if old.text.startswith("///"):
            start = _first_of_lines(text, start)
            end = line_end(text, max(start, old.end - 1))
        return TextEdit(start, end, lines)
    at = line_start(text, unit.start)
    return TextEdit(at, at, f"{lines}\n")


def _first_of_lines(text: str, start: int) -> int:
    """Return where the lines of a comment of `///` begin that ends with the line at an offset."""
    while start > 0:
        before = line_start(text, start - 1)
        if not text[before:start].lstrip().startswith("///"):
            break
        start = before
    return start


def _schema(style: Style, signature: Signature) -> dict[str, Any]:
    properties: dict[str, Any] = {"summary": _TEXT}
    if style not in ("plain", "godoc", "rustdoc"):
        if signature.parameters:
            properties["parameters"] = _texts_of([each.name for each in signature.parameters])
        if signature.returns:
            properties["returns"] = _TEXT
        if signature.raises:
            properties["raises"] = _texts_of(list(signature.raises))
    elif style == "rustdoc" and "Result" in signature.returns:
        properties["returns"] = _TEXT
    return _object(properties)


_TEXT = {"type": "string", "minLength": 1}


def _texts_of(names: list[str]) -> dict[str, Any]:
    return _object(dict.fromkeys(names, _TEXT))


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _parts(style: Style, signature: Signature) -> str:
    wanted = _schema(style, signature)["properties"]
    parts = []
    if "parameters" in wanted:
        parts.append("the parameters " + ", ".join(f"`{each.name}`" for each in signature.parameters))
    if "returns" in wanted:
        is_errors = style == "rustdoc"
        parts.append("returns: when it is an error" if is_errors else f"what comes back ({signature.returns})")
    if "raises" in wanted:
        parts.append("when it raises " + ", ".join(f"`{each}`" for each in signature.raises))
    return "; ".join(parts) or "nothing else"


def _words(value: Any) -> Words:
    if not isinstance(value, Mapping) or not str(value.get("summary", "")).strip():
        raise ModelAnswerError("The model wrote no summary.")

    def texts(name: str) -> dict[str, str]:
        found = value.get(name)
        return {str(key): str(text) for key, text in found.items()} if isinstance(found, Mapping) else {}

    return Words(str(value["summary"]), texts("parameters"), str(value.get("returns", "")), texts("raises"))


def _texts(place: Place, around: Around) -> Iterator[str]:
    """Yield the file's own text, then those of its neighbours: only Python has several styles."""
    yield place.text
    project = around.project
    if project is None or place.language not in _SUFFIXES:
        return
    folder = PurePosixPath(project.path).parent.as_posix()
    names = [name for name in project.names(folder) if name.endswith(_SUFFIXES[place.language])]
    for name in names[:_MOST_NEIGHBOURS]:
        text = project.read((PurePosixPath(folder) / name).as_posix())
        if text is not None:
            yield text


def _has_overview(place: Place) -> bool:
    head = _FILE_HEAD.match(place.text)
    rest = place.text[head.end() if head else 0 :].lstrip()
    if place.language == "python":
        return rest.startswith(('"""', "'''", 'r"""'))
    return rest.startswith(("/**", "//!")) or (place.language == "go" and rest.startswith("// Package"))
