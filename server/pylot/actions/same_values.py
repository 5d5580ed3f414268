"""Where else in its block an expression certainly has the same value."""

from __future__ import annotations

from pylot.actions.evaluation import (
    WRITES,
    bindings_in,
    is_constant,
    is_own,
    may_write,
    statement_around,
)
from pylot.actions.extractable import refuse_place, refuse_use
from pylot.actions.shapes import SHAPES, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.bindings import BLOCK_LANGUAGES, Binding
from pylot.syntax.code_nodes import CodeNode

_CLASSES = words("class_definition class_declaration class abstract_class_declaration")
_ASSIGNMENTS = words("assignment assignment_expression")
_LOOPS = frozenset({"for_statement", "while_statement", "for_in_statement", "do_statement"})
_COMPARED = words(
    """attribute subscript member_expression subscript_expression binary_operator binary_expression comparison_operator
    unary_operator unary_expression not_operator boolean_operator"""
)


def same_values(node: CodeNode) -> list[CodeNode]:
    """Return the places of an expression and its equals, itself first."""
    shape, bindings = SHAPES[node.code.language], node.code.bindings
    statement = statement_around(node, shape)
    block = statement.parent if statement is not None else None
    own = list(node.walk())
    if bindings is None or statement is None or block is None or node.code.language in BLOCK_LANGUAGES:
        return [node]
    if block.type not in shape.blocks or statement.named == [node]:
        return [node]
    if any(each.type in shape.effects | shape.functions for each in own):
        return [node]
    used = bindings_in(node)
    if not (is_constant(node, shape) or node.type in _COMPARED) or not all(is_own(node.code, each) for each in used):
        return [node]
    if node.code.text.count(node.text, node.end) == 0:
        return [node]
    closed = shape.functions | _CLASSES
    changes = {place.start for each in used for place in each.occurrences if place.sets}
    if any(each.type in shape.reads for each in own):
        writing = block.find(shape.effects | WRITES | _ASSIGNMENTS, closed=closed, start=statement.start)
        changes |= {each.start for each in writing if may_write(each, shape)}
    alike = [each for each in block.find({node.type}, closed=closed, start=node.end) if each.start > node.start]
    found = [each for each in alike if each.text == node.text and _takes(each, used)]
    return [node, *(each for each in found if not _changed(each, statement, changes))]


def _changed(node: CodeNode, statement: CodeNode, changes: set[int]) -> bool:
    """Tell whether something changes between a statement and a later place.

    What is around that place comes after it, unless it comes round again.
    """
    reach = _reach(node, statement)
    around = {each.start for each in node.around() if each.start > statement.start} if reach == node.start else set()
    return any(statement.start <= each < reach for each in changes - around)


def _reach(node: CodeNode, statement: CodeNode) -> int:
    """Return up to where changes can reach a place: to the end of the loops that it is in."""
    reach = node.start
    for each in node.around():
        if each == statement.parent:
            break
        if each.type in _LOOPS:
            reach = each.end
    return reach


def _takes(node: CodeNode, used: list[Binding]) -> bool:
    """Tell whether a place means the same names and can take a name instead."""
    code = node.code
    statement = statement_around(node, SHAPES[code.language])
    if code.bindings is None or statement is None or statement.named == [node]:
        return False
    if [(each.scope, each.name) for each in bindings_in(node)] != [(each.scope, each.name) for each in used]:
        return False
    if any("pattern" in each.type or each.type in ("decorator", "type") for each in node.around()):
        return False
    try:
        refuse_use(node)
        refuse_place(node, statement)
    except ActionRefusedError:
        return False
    return True
