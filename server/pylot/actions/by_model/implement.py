"""Implement what an interface or abstract class asks for: stubs by a program, bodies by a model (K4)."""

from __future__ import annotations

from collections.abc import Iterator

from pylot.actions.by_model.answers import dedented
from pylot.actions.by_model.bodies import parsed_piece, same_unit
from pylot.actions.by_model.members import IMPLEMENTED_LANGUAGES, Member, bases_of, missing_members, with_stubs
from pylot.actions.by_model.task import REWRITE, Answer, Around, Ask, file_name, quoted_around
from pylot.actions.by_model.trusted import trusted
from pylot.actions.by_model.units import Unit, unit_at, unit_of, units_in
from pylot.actions.edits import TextEdit, applied
from pylot.actions.offer import Offer, Place, Plan
from pylot.config.prompts import fenced
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode

_INTERFACES = ("interface_declaration",)


class AddStubs:
    """Offered on a class whose bases leave members to it; asks no model."""

    id = "add-stubs"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer for the class around a place."""
        unit = _class_at(place)
        if unit is not None:
            yield Offer(f"Add stubs of what {unit.name} has to implement", REWRITE, self.id)

    def plan(self, place: Place, around: Around) -> Plan:
        """Insert the stubs behind the last member."""
        unit, members = _required(place, around)
        start, end, text = with_stubs(unit, {each.name: each.stub for each in members})
        plan = trusted(place, [TextEdit(start, end, text)], f"Add stubs to {unit.name}", (start, end))
        return Plan(plan.edits, plan.label)


class Implement:
    """Offered on a class whose bases leave members to it."""

    id = "implement"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer for the class around a place."""
        unit = _class_at(place)
        if unit is not None:
            yield Offer(f"Implement what {unit.name} has to", REWRITE, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for the whole class, of which only the bodies of the missing members will be taken."""
        unit, members = _required(place, around)
        start, end, text = with_stubs(unit, {each.name: each.stub for each in members})
        whole = applied(place.text, [TextEdit(start, end, text)])
        grown = whole[unit.start : unit.end + len(whole) - len(place.text)]
        values = {
            "language": place.language,
            "file": file_name(place),
            "name": unit.name,
            "bases": ", ".join(dict.fromkeys(each.base for each in members)),
            "members": fenced("\n\n".join(each.stub for each in members), place.language),
            "context": fenced(quoted_around(place.text, unit.start, unit.end, around.room), place.language),
            "code": fenced(dedented(unit.indent + grown), place.language),
        }
        project = around.project
        paths = dict.fromkeys(each.path for each in members if each.path) if project is not None else {}
        return Ask("implement", values, files=tuple(project.absolute(each) for each in paths) if project else ())

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Insert the members with the bodies that the model has written, and as stubs where it has written none."""
        unit, members = _required(place, around)
        written = same_unit(unit, answer.text)
        bodies = {each.name: _with_body(each, unit, written) for each in members}
        if all(bodies[each.name] == each.stub for each in members):
            raise ActionRefusedError("The model implemented none of the members.")
        start, end, text = with_stubs(unit, bodies)
        return trusted(place, [TextEdit(start, end, text)], f"Implement what {unit.name} has to", (start, end))


def _with_body(member: Member, unit: Unit, written: Unit | None) -> str:
    """Return a stub with the body that the same member has in what a model wrote, if that is more than a stub."""
    theirs = next((each for each in _members(written) if each.name == member.name), None)
    code = parsed_piece(member.stub, unit.node.code.language)
    own = next((each for each in units_in(code) if each.name == member.name), None) if code is not None else None
    if theirs is None or theirs.is_stub or theirs.body is None or own is None or own.body is None or code is None:
        return member.stub
    # The shell that made a method parse is cut off again with what stands around the body.
    head = dedented(code.text[own.start : own.body.start])
    if unit.node.code.language == "python":
        head, _, _ = head.rstrip().rpartition(":")
        return f"{head}:\n{_shifted(theirs.body, '    ')}"
    return f"{head.rstrip()} {_braced(theirs.body)}"


def _members(unit: Unit | None) -> Iterator[Unit]:
    for node in unit.body.named if unit is not None and unit.body is not None else ():
        found = unit_of(node)
        if found is not None and found.kind == "function":
            yield found


def _shifted(body: CodeNode, indent: str) -> str:
    text = body.code.text
    lines = dedented(text[text.rfind("\n", 0, body.start) + 1 : body.end]).split("\n")
    return "\n".join(indent + line if line else line for line in lines)


def _braced(body: CodeNode) -> str:
    inner = dedented(body.text[1:-1])
    lines = "\n".join(f"    {line}" if line else line for line in inner.split("\n"))
    return f"{{\n{lines}\n}}"


def _class_at(place: Place) -> Unit | None:
    if place.code is None or place.language not in IMPLEMENTED_LANGUAGES:
        return None
    unit = unit_at(place.code, place.start, place.end, "class")
    if unit is None or unit.body is None or unit.node.type in _INTERFACES or not bases_of(unit):
        return None
    # On the members of the class, other offers mean more.
    return unit if place.start <= unit.body.start or unit_at(place.code, place.start, place.end) == unit else None


def _required(place: Place, around: Around) -> tuple[Unit, list[Member]]:
    unit = _class_at(place)
    members = missing_members(unit, around.project) if unit is not None else []
    if unit is None or not members:
        raise ActionRefusedError("Pylot found nothing that this class still has to implement.")
    return unit, members
