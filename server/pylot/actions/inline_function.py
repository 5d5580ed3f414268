"""Put what a function does where its only call is (L2, K5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pylot.actions.brackets import in_place_of
from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import binding_at, statement_around
from pylot.actions.fresh_names import fresh_name
from pylot.actions.inlinable_function import InlinableFunction, inlinable_function
from pylot.actions.inline_script_function import plan_script_inline
from pylot.actions.layout import begins_line, indent_at, line_start, newline_of
from pylot.actions.moved_lines import moved_lines
from pylot.actions.offer import INLINE, Offer, Place, Plan
from pylot.actions.removed_lines import edited, without_lines
from pylot.actions.shapes import SCRIPTS, SHAPES
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, Binding
from pylot.syntax.code_nodes import CodeNode, is_comment

_SHAPE = SHAPES["python"]


class InlineFunction:
    """Offer to do without a function that one place calls and nothing else can see."""

    id = "inline-function"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return one offer on the name of such a function, where it is defined or called."""
        binding = _binding_at(place)
        if binding is None:
            return
        try:
            _plan(place, binding)
        except ActionRefusedError as error:
            if place.invoked:
                yield Offer(f"Inline function {binding.name}", INLINE, self.id, refused=error.sentence)
            return
        yield Offer(f"Inline function {binding.name}", INLINE, self.id)

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edits: the body in place of the call, and no function any more."""
        binding = _binding_at(place)
        if binding is None:
            raise ActionRefusedError("There is no function here.")
        return _plan(place, binding)


def _binding_at(place: Place) -> Binding | None:
    if place.code is None or place.language not in SCRIPTS | {"python"}:
        return None
    node = place.code.smallest(place.start, place.start)
    binding = binding_at(place.code, node.start) if node.type == "identifier" and place.end <= node.end else None
    if binding is None or binding.scope == FREE:
        return None
    first = next((each for each in binding.occurrences if each.is_definition), None)
    holder = place.code.smallest(first.start, first.end).parent if first is not None else None
    value = holder.field("value") if holder is not None and holder.type == "variable_declarator" else None
    is_arrow = value is not None and value.type == "arrow_function"
    return binding if binding.kind == "function" or is_arrow else None


def _plan(place: Place, binding: Binding) -> Plan:
    assert place.code is not None
    if place.language in SCRIPTS:
        return plan_script_inline(place.code, binding)
    found = inlinable_function(place.code, binding)
    is_expression = not found.statements and found.returned is not None and found.is_plain
    call = _as_expression(found) if is_expression else _as_statements(found)
    if found.function.parent is not None and len(found.function.parent.named) == 1:
        raise ActionRefusedError("Nothing would be left of the block that the function is in.")
    return Plan(tuple(sorted([without_lines(found.function), call])))


def _as_expression(found: InlinableFunction) -> TextEdit:
    """Return the edit of the call where the function only returns an expression."""
    returned = found.returned
    assert returned is not None
    if any(is_comment(each.type) for each in found.function.walk()):
        raise ActionRefusedError("The function has comments, which would be lost.")
    edits = []
    for parameter, value in found.given:
        for each in parameter.occurrences:
            if returned.start <= each.start < returned.end:
                use = returned.code.smallest(each.start, each.end)
                edits.append(TextEdit(each.start, each.end, in_place_of(use, value)))
    text = edited(returned, edits)
    needs_brackets = len(in_place_of(found.call, returned)) > len(returned.text)
    return TextEdit(found.call.start, found.call.end, f"({text})" if needs_brackets else text)


def _as_statements(found: InlinableFunction) -> TextEdit:
    """Return the edit of the call's statement where the function does more than return an expression."""
    call, text = found.call, found.call.code.text
    statement, holder = statement_around(call, _SHAPE), call.parent
    if statement is None or holder is None or not begins_line(text, statement.start):
        raise ActionRefusedError("The call is in a place where no statements can be.")
    is_assigned = holder.type == "assignment" and holder.field("right") == call and holder.parent == statement
    is_whole = holder == statement and statement.type in ("expression_statement", "return_statement")
    if not is_assigned and not is_whole:
        raise ActionRefusedError("The call is in the middle of a statement.")
    left = holder.field("left")
    if left is not None and any(each.type in _SHAPE.effects for each in left.walk()):
        raise ActionRefusedError("The call is in the middle of a statement.")
    indent, names = indent_at(text, statement.start), _new_names(found)
    edits = [
        TextEdit(place.start, place.end, names[key])
        for key in names
        for place in found.bindings.bindings[key].occurrences
    ]
    lines = _parameters(found, names, indent)
    if found.statements:
        lines.append(moved_lines(found.statements, indent, _within(edits, found.statements)))
    value = edited(found.returned, _within(edits, [found.returned])) if found.returned is not None else "None"
    acts = found.returned is not None and any(each.type in _SHAPE.effects for each in found.returned.walk())
    if is_assigned or statement.type == "return_statement":
        lines.append(f"{indent}{text[statement.start : call.start]}{value}")
    elif acts or not lines:
        lines.append(f"{indent}{value}")
    return TextEdit(line_start(text, statement.start), statement.end, newline_of(text).join(lines))


def _parameters(found: InlinableFunction, names: dict[tuple[int, str], str], indent: str) -> list[str]:
    """Return the lines that give the parameters their values, where they are not called so already."""
    lines = []
    for parameter, value in found.given:
        own = names.get((parameter.scope, parameter.name), parameter.name)
        if value.text != own:
            lines.append(f"{indent}{own} = {value.text}")
    return lines


def _new_names(found: InlinableFunction) -> dict[tuple[int, str], str]:
    """Return other names for those of the function that mean something around the call already."""
    around = next((each for each in found.call.around() if each.type == "function_definition"), found.call.code.root)
    start, end = found.function.start, found.function.end
    taken = {each.text for each in around.find({"identifier"}) if not start <= each.start < end}
    same = {
        (parameter.scope, parameter.name)
        for parameter, value in found.given
        if value.text == parameter.name and sum(each.is_definition for each in parameter.occurrences) == 1
    }
    names: dict[tuple[int, str], str] = {}
    for key in found.bindings.bindings:
        is_local = found.holds(key) and found.bindings.scopes[key[0]].kind == "function"
        if is_local and key[1] in taken and key not in same:
            names[key] = fresh_name(key[1], found.call.code, names.values())
    return names


def _within(edits: list[TextEdit], nodes: Sequence[CodeNode]) -> list[TextEdit]:
    return [each for each in edits if nodes[0].start <= each.start < nodes[-1].end]
