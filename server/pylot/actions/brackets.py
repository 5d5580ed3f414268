"""An expression in place of another, with the brackets that it needs there."""

from __future__ import annotations

from pylot.actions.layout import spans_lines
from pylot.actions.shapes import words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode

_ATOMS = words(
    """identifier call subscript attribute list dictionary set tuple string integer float true false none
    parenthesized_expression list_comprehension set_comprehension dictionary_comprehension generator_expression
    call_expression subscript_expression member_expression array template_string number null this regex"""
)
_OPEN = words(
    """argument_list arguments parenthesized_expression return_statement list array keyword_argument
    assignment augmented_assignment variable_declarator assignment_expression expression_list subscript
    template_substitution if_statement while_statement for_statement for_in_statement pair object"""
)
_OWNERS = words("attribute subscript call member_expression subscript_expression call_expression new_expression")


def in_place_of(use: CodeNode, value: CodeNode) -> str:
    """Return the source of a value as it can stand where something else did.

    Raises:
        ActionRefusedError: it cannot stand there.
    """
    text, parent = value.text, use.parent
    assert parent is not None
    is_in_string = any(each.type in ("interpolation", "format_expression") for each in use.around())
    if is_in_string and any(letter in text for letter in "'\"\\{}\n:!#="):
        raise ActionRefusedError("The value cannot stand within an f-string.")
    is_python = value.code.language == "python"
    is_first = parent.named[:1] == [use] and parent.type in _OWNERS
    if value.type in _ATOMS and not (is_python and spans_lines(value)):
        if value.type in ("integer", "number", "float") and parent.type in ("attribute", "member_expression"):
            return f"({text})"
        if parent.type == "new_expression" and parent.field("constructor") == use and value.type != "identifier":
            return f"({text})"
        if parent.type == "expression_statement" or (value.type == "generator_expression" and parent.type == "call"):
            return f"({text})" if not is_python else text
        return text
    if parent.type in _OPEN and not is_first and not (is_python and spans_lines(value)) and _may_be_open(use, value):
        return text
    return f"({text})"


def _may_be_open(use: CodeNode, value: CodeNode) -> bool:
    """Tell whether a value that is no atom can go without brackets where anything can stand."""
    if value.type in ("expression_list", "sequence_expression", "yield"):
        return False
    if value.type in ("named_expression", "lambda", "object", "await", "await_expression"):
        return use.parent is not None and use.parent.type in ("argument_list", "arguments", "return_statement")
    return True
