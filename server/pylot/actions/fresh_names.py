"""Names for what an action makes: after what it stands for, and taken by nothing else in the file."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable

from pylot.actions.names import is_name
from pylot.actions.offer import Offer
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import Code, CodeNode

_WORD = re.compile(r"[^\W\d][\w$]*")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[^\W_]+")
_EMPTY_BEGINNINGS = frozenset({"get", "fetch", "load", "read", "make", "create", "build", "compute", "find", "to"})
_BUILT_IN = frozenset(dir(builtins))
_SNAKE = frozenset({"python", "rust"})
_BY_KIND = {
    "string": "text", "concatenated_string": "text", "template_string": "text", "interpreted_string_literal": "text",
    "raw_string_literal": "text", "string_literal": "text", "integer": "number", "float": "number", "number": "number",
    "integer_literal": "number", "float_literal": "number", "comparison_operator": "condition",
    "boolean_operator": "condition", "not_operator": "condition", "list": "items", "array": "items",
    "list_comprehension": "items", "dictionary": "mapping", "dictionary_comprehension": "mapping",
}  # fmt: skip
_LAST_NAME = ("attribute", "property", "field", "name", "function", "constructor", "type", "object", "value", "operand")


def fresh_name(wish: str, code: Code, taken: Iterable[str] = (), *, is_member: bool = False) -> str:
    """Return a name like a wish that no name in the text is; one of a member, that no word in it is."""
    bindings = code.bindings
    if bindings is None or is_member or code.language == "java":
        used = set(_WORD.findall(code.text))
    else:
        used = {name for _, name in bindings.bindings} | {each.name for each in bindings.keywords}
    used |= set(taken)
    name, number = wish, 2
    while name in used or name in _BUILT_IN or not is_name(name, code.language):
        name, number = f"{wish}_{number}" if code.language in _SNAKE else f"{wish}{number}", number + 1
    return name


def name_of(offer: Offer, wish: str, code: Code, *, is_member: bool = False) -> str:
    """Return the name that whoever chose an offer wants (`name` of its data), else a fresh one like a wish.

    Raises:
        ActionRefusedError: the wanted name is none, or is taken.
    """
    if not (wanted := str(offer.data.get("name", ""))):
        return fresh_name(wish, code, is_member=is_member)
    if not is_name(wanted, code.language):
        raise ActionRefusedError("The new name is not a name in this language.")
    if fresh_name(wanted, code, is_member=is_member) != wanted:
        raise ActionRefusedError(f"The name {wanted} is taken in this file.")
    return wanted


def name_for(node: CodeNode) -> str:
    """Return what a value may be called, in the manner of its language."""
    parts = _parts(node)
    if len(parts) > 1 and parts[0] in _EMPTY_BEGINNINGS:
        parts = parts[1:]
    parts = parts or [_BY_KIND.get(node.type, "value")]
    if node.code.language in _SNAKE:
        return "_".join(parts)
    return parts[0] + "".join(part.capitalize() for part in parts[1:])


def _parts(node: CodeNode) -> list[str]:
    """Return the words of the last name that says what a value is."""
    while node.type in ("await", "await_expression", "parenthesized_expression", "non_null_expression", "call",
                        "call_expression", "new_expression", "method_invocation", "attribute", "member_expression",
                        "field_access", "selector_expression", "subscript", "subscript_expression",
                        "object_creation_expression", "field_expression"):  # fmt: skip
        inner = next((found for name in _LAST_NAME if (found := node.field(name)) is not None), None)
        inner = inner or (node.named[0] if node.named else None)
        if inner is None:
            return []
        node = inner
    if not node.type.endswith("identifier"):
        return []
    return [each.lower() for each in _PARTS.findall(node.text)][:4]
