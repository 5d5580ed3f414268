"""Complete a function or class that is still a stub: from its signature, its documentation and the file around (K4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pylot.actions.by_model.answers import dedented
from pylot.actions.by_model.bodies import body_edit, body_span
from pylot.actions.by_model.related import related_to
from pylot.actions.by_model.signature import documented
from pylot.actions.by_model.task import REWRITE, Answer, Around, Ask, file_name, quoted_around
from pylot.actions.by_model.trusted import trusted
from pylot.actions.by_model.units import Unit, line_end, line_start, unit_at
from pylot.actions.edits import TextEdit
from pylot.actions.offer import Offer, Place, Plan
from pylot.config.prompts import fenced
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import read_code_nodes

_HEADER = re.compile(r"([ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+\w+.*:[ \t\r]*")


@dataclass(frozen=True, slots=True)
class Stub:
    """A function or class to be written, and the offsets in the document between which its body goes.

    `unit` may be of a text in which a line that is nothing but a signature has got a body.
    """

    unit: Unit
    start: int
    end: int

    def edit(self, answer: str) -> TextEdit:
        """Return the edit that puts in the body of an answer."""
        return TextEdit(self.start, self.end, body_edit(self.unit, answer).text)


class WriteBody:
    """Offered inside a function whose body says nothing yet, and on a class of which there is only documentation."""

    id = "write-body"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer for the function or class around a place."""
        stub = stub_at(place)
        if stub is not None:
            yield Offer(_label(stub), REWRITE, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for the whole of it, of which only the body will be taken."""
        stub = required_stub(place)
        unit = stub.unit
        related = related_to(place, unit.start, stub.end, around)
        values = {
            "related": related.text,
            "language": place.language,
            "file": file_name(place),
            "kind": unit.kind,
            "name": unit.name,
            "context": fenced(quoted_around(place.text, unit.start, stub.end, around.room), place.language),
            "code": fenced(dedented(unit.indent + unit.text), place.language),
        }
        return Ask("write-body", values, files=related.files)

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Put the body in."""
        stub = required_stub(place)
        return trusted(place, [stub.edit(answer.text)], _label(stub), (stub.start, stub.end))


def stub_at(place: Place) -> Stub | None:
    """Return the function or class around a place if it is a stub."""
    if place.code is None:
        return None
    unit = unit_at(place.code, place.start, place.end)
    if unit is not None and unit.is_stub and (unit.kind == "function" or documented(unit) is not None):
        return Stub(unit, *body_span(unit))
    return _header_at(place) if place.language == "python" else None


def required_stub(place: Place) -> Stub:
    """Return the stub at a place.

    Raises:
        ActionRefusedError: there is none.
    """
    stub = stub_at(place)
    if stub is None:
        raise ActionRefusedError("There is no function here whose body is still to be written.")
    return stub


def _header_at(place: Place) -> Stub | None:
    """Return a signature of Python on the line of a place that has no body at all."""
    start, end = line_start(place.text, place.start), line_end(place.text, place.start)
    header = _HEADER.fullmatch(place.text[start:end])
    if header is None:
        return None
    following = next((line for line in place.text[end:].split("\n")[1:] if line.strip()), "")
    if following.startswith((f"{header[1]} ", f"{header[1]}\t")):
        return None
    code = read_code_nodes(f"{place.text[:end]}\n{header[1]}    pass{place.text[end:]}", place.language)
    unit = unit_at(code, start + len(header[1]), start + len(header[1])) if code is not None else None
    return Stub(unit, end, end) if unit is not None and unit.is_stub else None


def _label(stub: Stub) -> str:
    return f"Write the body of {stub.unit.name}"
