"""Where a name stands for a member, going by the form of the code alone."""

from __future__ import annotations

from pylot.actions.class_lineage import CLASSES
from pylot.actions.evaluation import binding_at
from pylot.actions.shapes import words
from pylot.syntax.code_nodes import Code, CodeNode

_ACCESSES = words("attribute member_expression")
_FIELDS = words("method_definition public_field_definition field_definition abstract_method_signature")
_NAMES = words("identifier property_identifier")


def member_name_at(code: Code, offset: int) -> CodeNode | None:
    """Return the name of the member at a place or right before it, or None."""
    for place in (offset, max(offset - 1, 0)):
        node = code.smallest(place, place)
        if node.type in _NAMES and is_member_name(node):
            return node
    return None


def is_member_name(node: CodeNode) -> bool:
    """Tell whether a name stands behind a dot, or is one of the body of a class."""
    return object_before(node) is not None or class_defining(node) is not None


def object_before(node: CodeNode) -> CodeNode | None:
    """Return what stands before the dot in front of a name."""
    parent = node.parent
    if parent is None or parent.type not in _ACCESSES:
        return None
    is_member = node in (parent.field("attribute"), parent.field("property"))
    return parent.field("object") if is_member else None


def class_defining(node: CodeNode) -> CodeNode | None:
    """Return the class in whose body a name is defined, or used as a name of that body."""
    if node.code.language == "python":
        bindings, binding = node.code.bindings, binding_at(node.code, node.start)
        if bindings is None or binding is None or binding.scope < 0 or bindings.scopes[binding.scope].kind != "class":
            return None
        around = next((each for each in node.around() if each.type in CLASSES), None)
        scope = bindings.scopes[binding.scope]
        while around is not None and around.start != scope.start:
            around = next((each for each in around.around() if each.type in CLASSES), None)
        return around
    parent = node.parent
    body = parent.parent if parent is not None and parent.type in _FIELDS else None
    if (
        parent is None
        or body is None
        or body.type != "class_body"
        or node not in (parent.field("name"), parent.field("property"))
    ):
        return None
    return body.parent
