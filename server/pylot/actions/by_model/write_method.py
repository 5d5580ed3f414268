"""Write a method that its own class calls and nothing defines (K4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pylot.actions.by_model.answers import dedented, indented, only_code
from pylot.actions.by_model.bodies import parsed_piece
from pylot.actions.by_model.members import bases_of
from pylot.actions.by_model.related import related_to
from pylot.actions.by_model.task import REWRITE, Answer, Around, Ask, file_name, quoted_around
from pylot.actions.by_model.trusted import trusted
from pylot.actions.by_model.units import Unit, line_end, line_start, unit_at, unit_of, units_in
from pylot.actions.edits import TextEdit
from pylot.actions.offer import Offer, Place, Plan
from pylot.config.prompts import fenced
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError
from pylot.syntax.code_nodes import CodeNode

_SELVES = {"python": ("self", "cls"), "javascript": ("this",), "typescript": ("this",), "tsx": ("this",)}


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a method that is missing; `caller` is the method that it stands in."""

    node: CodeNode
    name: str
    caller: Unit
    owner: Unit


class WriteMethod:
    """Offered on `self.f(...)` and `this.f(...)` where a class without bases has nothing of that name."""

    id = "write-method"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer for the call at a place."""
        call = _missing_at(place)
        if call is not None:
            yield Offer(f"Write the method {call.name}", REWRITE, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for the method."""
        call = _required(place)
        start, end = line_start(place.text, call.node.start), line_end(place.text, call.node.end)
        related = related_to(place, call.owner.start, call.owner.end, around)
        values = {
            "related": related.text,
            "language": place.language,
            "file": file_name(place),
            "name": call.name,
            "class": call.owner.name,
            "context": fenced(quoted_around(place.text, start, end, around.room), place.language),
            "code": fenced(dedented(place.text[start:end]), place.language),
        }
        return Ask("write-method", values, files=related.files)

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Insert the method behind the one that calls it."""
        call = _required(place)
        code = parsed_piece(only_code(answer.text), place.language)
        found = [each for each in units_in(code) if each.name == call.name] if code is not None else []
        if not found or found[-1].kind != "function":
            raise ModelAnswerError("The model did not write the method that was asked for.")
        written = indented(dedented(found[-1].indent + found[-1].text), call.caller.indent)
        at = call.caller.end
        return trusted(place, [TextEdit(at, at, f"\n\n{written}")], f"Write the method {call.name}", (at, at))


def _missing_at(place: Place) -> _Call | None:
    selves = _SELVES.get(place.language)
    if place.code is None or selves is None:
        return None
    node: CodeNode | None = place.code.smallest(place.start, place.end)
    while node is not None and node.type not in ("call", "call_expression"):
        if node.type in ("block", "statement_block", "module", "program"):
            return None
        node = node.parent
    callee = node.field("function") if node is not None else None
    owner = unit_at(place.code, place.start, place.end, "class") if callee is not None else None
    if node is None or callee is None or owner is None or bases_of(owner):
        return None
    target, name = callee.field("object"), callee.field("attribute") or callee.field("property")
    if target is None or name is None or target.text not in selves:
        return None
    caller = _caller(node, owner)
    # What is assigned to the object, or named in any other way, may be what is called.
    named = len(re.findall(rf"\b{re.escape(name.text)}\b", owner.text))
    called = len(re.findall(rf"\b(?:{'|'.join(selves)})\.{re.escape(name.text)}\(", owner.text))
    return _Call(node, name.text, caller, owner) if caller is not None and named == called else None


def _caller(node: CodeNode, owner: Unit) -> Unit | None:
    """Return the method of a class that a node stands in."""
    for around in (node, *node.around()):
        found = unit_of(around)
        if found is not None and found.kind == "function" and found.outer.parent == owner.body:
            return found
    return None


def _required(place: Place) -> _Call:
    call = _missing_at(place)
    if call is None:
        raise ActionRefusedError("There is no call here of a method that its class does not have.")
    return call
