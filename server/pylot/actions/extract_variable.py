"""Give the value of an expression a name (L2, K5)."""

from __future__ import annotations

from collections.abc import Iterable

from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import is_bare_body, refuse_to_move, statement_around
from pylot.actions.extractable import refuse_place, refuse_use
from pylot.actions.fresh_names import name_for, name_of
from pylot.actions.layout import begins_line, indent_at, indent_unit, newline_of, spans_lines
from pylot.actions.offer import EXTRACT, Offer, Place, Plan
from pylot.actions.same_values import same_values
from pylot.actions.shapes import SHAPES, Shape
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode

_FUNCTIONS = frozenset({"function_definition", "class_definition"})
# The brackets belong to these statements of JavaScript and Java.
_BRACKETED = frozenset({"if_statement", "switch_statement", "switch_expression"})
_DEFINITIONS = {
    "python": "{name} = {value}",
    "go": "{name} := {value}",
    "java": "var {name} = {value};",
    "rust": "let {name} = {value};",
}


class ExtractVariable:
    """Offer to name the selected expression, everywhere in its block where it certainly is the same."""

    id = "extract-variable"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return an offer for one expression, and one for all places where it is the same."""
        node = expression_at(place)
        if node is None:
            return
        try:
            _refuse(node)
        except ActionRefusedError as error:
            if place.start < place.end:
                yield Offer("Extract variable", EXTRACT, self.id, refused=error.sentence)
            return
        yield Offer("Extract variable", EXTRACT, self.id)
        n_same = len(same_values(node))
        if n_same > 1:
            yield Offer(f"Extract variable, replacing all {n_same} occurrences", EXTRACT, f"{self.id}/all")

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edits: a definition in front of the statement, and its name where the expression was."""
        node = expression_at(place)
        if node is None:
            raise ActionRefusedError("The selection is not an expression.")
        statement = _refuse(node)
        shape, code = SHAPES[place.language], node.code
        name, bare = name_of(offer, _wish(node), code), _bare(node)
        value = f"({bare.text})" if place.language == "python" and spans_lines(bare) else bare.text
        definition = _DEFINITIONS.get(place.language, "const {name} = {value};").format(name=name, value=value)
        if statement.type == "expression_statement" and statement.named == [node]:
            return Plan((TextEdit(statement.start, statement.end, definition),))
        places = same_values(node) if offer.id.endswith("/all") else [node]
        edits = [TextEdit(each.start, each.end, _used(each, name)) for each in places]
        return Plan(tuple(sorted(_with_definition(definition, statement, edits, shape))))


def expression_at(place: Place) -> CodeNode | None:
    """Return the expression that is selected, or the nearest worth a name that the cursor is in."""
    shape, code = SHAPES.get(place.language), place.code
    if code is None or shape is None:
        return None
    selected = place.selected
    start = place.start + len(selected) - len(selected.lstrip())
    end = place.end - (len(selected) - len(selected.rstrip()))
    if start >= end:
        return _at_cursor(code.smallest(place.start, place.start), shape) if place.invoked else None
    node = code.smallest(start, end)
    for each in (node, *node.around()):
        if (each.start, each.end) != (start, end):
            break
        if each.type in shape.expressions:
            return each
    # Helix selects the letter under its cursor.
    return _at_cursor(node, shape) if end - start == 1 and place.invoked else None


def _at_cursor(node: CodeNode, shape: Shape) -> CodeNode | None:
    for each in (node, *node.around()):
        if each.type in shape.blocks:
            return None
        if each.type in shape.expressions and each.type not in ("lambda", "parenthesized_expression"):
            parent = each.parent
            if parent is None or parent.field("function") == each or parent.type == "concatenated_string":
                continue
            return None if parent.type == "expression_statement" else each
    return None


def _refuse(node: CodeNode) -> CodeNode:
    """Return the statement around an expression that can be extracted.

    Raises:
        ActionRefusedError: it cannot; the sentence says why.
    """
    statement = statement_around(node, SHAPES[node.code.language])
    if statement is None:
        raise ActionRefusedError("No variable can be defined in front of this.")
    if statement.has_error:
        raise ActionRefusedError("This does not parse.")
    refuse_place(node, statement)
    refuse_use(node)
    refuse_to_move(node, statement)
    return statement


def _wish(node: CodeNode) -> str:
    """Return what a value may be called; at the top of a file of Python, so that it is no business of other files."""
    is_shared = node.code.language == "python" and not any(each.type in _FUNCTIONS for each in node.around())
    return f"_{name_for(node)}" if is_shared else name_for(node)


def _bare(node: CodeNode) -> CodeNode:
    """Return an expression without brackets around it that it does not need."""
    inner = node.named[0] if node.type == "parenthesized_expression" and len(node.children) == 3 else None
    if inner is None or inner.type in ("named_expression", "yield", "sequence_expression", "assignment_expression"):
        return node
    return node if spans_lines(inner) else inner


def _used(node: CodeNode, name: str) -> str:
    """Return a name as it stands in place of an expression, which a keyword may touch (`return(a)`)."""
    text, parent = node.code.text, node.parent
    if (
        node.type == "parenthesized_expression"
        and parent is not None
        and parent.type in _BRACKETED
        and node.code.language != "python"
    ):
        return f"({name})"
    before = " " if node.start and _is_wordy(text[node.start - 1]) else ""
    after = " " if node.end < len(text) and _is_wordy(text[node.end]) else ""
    return f"{before}{name}{after}"


def _is_wordy(letter: str) -> bool:
    return letter.isalnum() or letter in "_$"


def _with_definition(definition: str, statement: CodeNode, edits: list[TextEdit], shape: Shape) -> list[TextEdit]:
    """Return edits of uses with those that put a definition in front of a statement."""
    text, parent = statement.code.text, statement.parent
    newline, indent = newline_of(text), indent_at(text, statement.start)
    starts_line = begins_line(text, statement.start)
    if parent is not None and is_bare_body(statement, parent, shape):
        outer = indent_at(text, parent.start) if starts_line else indent
        inner = outer + indent_unit(text)
        opening = f"{{{newline}{inner}{definition}{newline}{inner}"
        closing = TextEdit(statement.end, statement.end, f"{newline}{outer}}}")
        return [*_in_front(opening, statement.start, edits), closing]
    glue = newline + indent if starts_line else "; " if statement.code.language in ("python", "go") else " "
    return _in_front(definition + glue, statement.start, edits)


def _in_front(text: str, start: int, edits: list[TextEdit]) -> list[TextEdit]:
    """Return edits with a text in front of all; two edits at one place would have no order."""
    first, *rest = sorted(edits)
    if first.start == start:
        return [TextEdit(start, first.end, text + first.text), *rest]
    return [TextEdit(start, start, text), first, *rest]
