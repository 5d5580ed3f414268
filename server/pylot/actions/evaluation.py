"""When an expression is worked out, and whether it may be worked out earlier in its statement."""

from __future__ import annotations

from collections.abc import Iterator

from pylot.actions.shapes import SHAPES, Shape, Steps, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, Binding, FileBindings
from pylot.syntax.code_nodes import Code, CodeNode

_SHORT_CUTS = frozenset({"&&", "||", "??"})
WRITES = words("augmented_assignment augmented_assignment_expression update_expression delete_statement "
                "with_statement for_statement for_in_statement import_statement import_from_statement")  # fmt: skip
_PARTLY = "This is only worked out sometimes, or several times, so it cannot be moved out of its statement."


def statement_around(node: CodeNode, shape: Shape) -> CodeNode | None:
    """Return the statement that a node is in: what stands right in a block; None at no such place."""
    below = node
    for each in node.around():
        if each.type in shape.blocks and _is_in_body(below, each):
            return below
        if is_bare_body(below, each, shape):
            return below
        below = each
    return None


def is_bare_body(node: CodeNode, parent: CodeNode, shape: Shape) -> bool:
    """Tell whether a node is a statement that stands where a block could (`if (a) return b;`)."""
    if node.type in shape.blocks or node.type == "if_statement" or not node.is_named:
        return False
    return _is_step(node, parent, shape.bare_bodies)


def is_constant(node: CodeNode, shape: Shape) -> bool:
    """Tell whether an expression is the same whenever it is worked out, and can be shared."""
    while node.type == "parenthesized_expression" and len(node.named) == 1:
        node = node.named[0]
    return node.type in shape.constants and not any(
        each.type in ("interpolation", "template_substitution") for each in node.walk()
    )


def refuse_to_move(node: CodeNode, statement: CodeNode) -> None:
    """Refuse to work an expression out in front of its statement where that is not the same.

    Raises:
        ActionRefusedError: the sentence says why.
    """
    shape = SHAPES[node.code.language]
    constant = is_constant(node, shape)
    below = node
    while below != statement:
        parent = below.parent
        if parent is None:
            raise ActionRefusedError(_PARTLY)
        if not _is_strict(below, parent, shape):
            if not _is_step(below, parent, shape.lazy):
                raise ActionRefusedError("Pylot cannot tell when this is worked out.")
            if not constant:
                raise ActionRefusedError(_PARTLY)
        below = parent
    if not constant:
        _refuse_order(node, statement, shape)


def _is_strict(node: CodeNode, parent: CodeNode, shape: Shape) -> bool:
    if parent.type == "binary_expression":
        operator = parent.field("operator")
        return parent.field("left") == node or (operator is not None and operator.text not in _SHORT_CUTS)
    return _is_step(node, parent, shape.strict)


def _refuse_order(node: CodeNode, statement: CodeNode, shape: Shape) -> None:
    own = list(node.walk())
    own_effects = [each for each in own if each.type in shape.effects]
    sees_changes = bool(own_effects) or any(each.type in shape.reads for each in own) or not _has_own_names(node)
    own_names = {each.text for each in own if each.type in ("identifier", "this", "self")}
    for each in worked_out_before(node, statement, shape):
        if each.type in shape.effects and (sees_changes or each.type in shape.assignments):
            raise ActionRefusedError("Something to the left of this is worked out before it, and may change it.")
        if own_effects and each.type in shape.reads and own_names & _names(each):
            raise ActionRefusedError("Something to the left of this is read before it, and it may change that.")


def may_write(node: CodeNode, shape: Shape) -> bool:
    """Tell whether a node may change what members and items are, by itself or by what it calls."""
    if node.type in ("assignment", "assignment_expression"):
        left = node.field("left")
        return left is None or any(each.type in shape.reads for each in left.walk())
    return node.type in shape.effects | WRITES


def worked_out_before(node: CodeNode, statement: CodeNode, shape: Shape) -> Iterator[CodeNode]:
    """Yield what a statement works out before one of its expressions."""
    around = set(node.around())
    is_target = any(
        each.type == "assignment" and (left := each.field("left")) is not None and (left == node or left in around)
        for each in around
    )
    pending = [statement]
    while pending:
        each = pending.pop()
        if each == node or (each.type in shape.blocks and each not in around):
            continue
        is_callee = (parent := each.parent) is not None and parent in around and parent.field("function") == each
        if each not in around and not is_callee and (each.start < node.start or is_target):
            yield each
        pending += each.named


def _has_own_names(node: CodeNode) -> bool:
    """Tell whether nothing but the function around an expression can give its names another value."""
    if node.code.bindings is None:
        return True
    return all(is_own(node.code, each) for each in bindings_in(node))


def is_own(code: Code, binding: Binding) -> bool:
    """Tell whether a name gets its values in one function only, so that no call from there can change it."""
    bindings = code.bindings
    if bindings is None or code.language == "go":
        return False
    if binding.scope == FREE:
        return True
    homes = {_function_of(bindings, each.scope) for each in binding.occurrences if each.sets}
    return homes <= {_function_of(bindings, binding.scope)}


def prepare(code: Code) -> None:
    """Work out what offers in a text need to know of its names."""
    binding_at(code, 0)


def bindings_in(node: CodeNode) -> list[Binding]:
    """Return the bindings of the names in a node, in the order of the text."""
    bindings = node.code.bindings
    return bindings.bindings.between(node.start, node.end) if bindings is not None else []


def binding_at(code: Code, offset: int) -> Binding | None:
    """Return the binding of the name that begins at a place."""
    return code.bindings.bindings.starting_at(offset) if code.bindings is not None else None


def _function_of(bindings: FileBindings, scope: int) -> int:
    while scope != FREE and bindings.scopes[scope].kind in ("block", "comprehension"):
        scope = bindings.scopes[scope].parent
    return scope


def _names(node: CodeNode) -> set[str]:
    return {each.text for each in node.walk() if each.type in ("identifier", "this", "self")}


def _is_in_body(node: CodeNode, block: CodeNode) -> bool:
    """Tell whether a node of a block is one of its statements; labels of a `case` are not."""
    if block.type in ("switch_case", "switch_default"):
        return node in block.fields("body")
    return node.is_named and node.type != "switch_label"


def _is_step(node: CodeNode, parent: CodeNode, steps: Steps) -> bool:
    places = steps.get(parent.type)
    if places is None:
        return False
    return any(_is_at(node, parent, place) for place in places)


def _is_at(node: CodeNode, parent: CodeNode, place: str) -> bool:
    if place == "*":
        return True
    kind, _, index = place.partition(":")
    if index:
        listed = [each for each in parent.named if each.type == kind]
    elif kind.isdigit():
        index, listed = kind, parent.named
    else:
        return node in parent.fields(kind)
    return len(listed) > int(index) and listed[int(index)] == node
