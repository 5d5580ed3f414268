"""Which expressions can stand on a line of their own, and where a variable for them can be defined."""

from __future__ import annotations

from pylot.actions.layout import begins_line
from pylot.actions.shapes import SCRIPTS, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode

_NOT_ONLY_A_VALUE = words(
    "update_expression inc_statement dec_statement reference_expression type delete_statement concatenated_string"
)
_ASSIGNING = words(
    """assignment augmented_assignment assignment_expression augmented_assignment_expression assignment_statement
    for_statement for_in_statement for_in_clause compound_assignment_expr"""
)
_IMPORTS = words("import_statement import_from_statement future_import_statement export_statement")
_OWNERS = words(
    """selector_expression field_expression field_access method_invocation try_expression await_expression
    index_expression array_access slice_expression"""
)
_TYPED = words("go java rust")
_TOP_LEVEL = words("const_declaration var_declaration const_item static_item field_declaration")
_COMPOUND = words("if_statement for_statement while_statement try_statement with_statement match_statement "
                   "function_definition class_definition decorated_definition")  # fmt: skip


def refuse_place(node: CodeNode, statement: CodeNode) -> None:
    """Refuse where no variable can be defined in front of a statement.

    Raises:
        ActionRefusedError: the sentence says why.
    """
    code, block = node.code, statement.parent
    around = block.parent if block is not None else None
    if code.language == "python" and around is not None and around.type == "class_definition":
        raise ActionRefusedError("A class would get another attribute by this.")
    if statement.type in _COMPOUND and code.language == "python" and not begins_line(code.text, statement.start):
        raise ActionRefusedError("There is no line of its own in front of this statement.")
    if statement.type in _IMPORTS and statement.field("declaration") is None:
        raise ActionRefusedError("This is part of an import or export.")
    if statement.type == "expression_statement" and statement.named == [node]:
        if node.type in ("string", "concatenated_string"):
            raise ActionRefusedError("This string says something about the code around it.")
        if code.language in _TYPED:
            raise ActionRefusedError("Nothing uses the value of this.")
    if statement.type in _TOP_LEVEL or (statement.field("initializer") is not None and code.language == "go"):
        raise ActionRefusedError("No variable can be defined in front of this.")
    first = next(iter(statement.named), None)
    if statement.type == "explicit_constructor_invocation" or (first is not None and first.text == "super"):
        raise ActionRefusedError("Nothing may stand in front of this call.")


def refuse_use(node: CodeNode) -> None:
    """Refuse what is not just a value where it stands.

    Raises:
        ActionRefusedError: the sentence says why.
    """
    language, parent = node.code.language, node.parent
    if parent is None or parent.type in _NOT_ONLY_A_VALUE or _is_in_type(node):
        raise ActionRefusedError("This is not only a value here.")
    if parent.field("left") == node and parent.type in _ASSIGNING:
        raise ActionRefusedError("Something is assigned to this.")
    if parent.type == "call" and parent.field("arguments") == node:
        raise ActionRefusedError("The brackets of this belong to the call.")
    if parent.type == "interpolation" and any(each.text == "=" for each in parent.children):
        raise ActionRefusedError("This f-string shows the source of the expression itself.")
    if language == "python" and any(each.type in ("list_splat", "dictionary_splat") for each in (node,)):
        raise ActionRefusedError("This is not only a value here.")
    if language in SCRIPTS:
        _refuse_script_use(node, parent)
    if language in _TYPED:
        _refuse_typed_use(node, parent)


def _is_in_type(node: CodeNode) -> bool:
    return any(each.type in ("type", "type_annotation", "type_arguments") for each in node.around())


def _refuse_script_use(node: CodeNode, parent: CodeNode) -> None:
    if parent.type == "unary_expression" and parent.children[0].text in ("delete", "typeof"):
        raise ActionRefusedError("This is not only a value here.")
    if parent.type in ("call_expression", "new_expression") and node in (
        parent.field("function"), parent.field("constructor"), parent.field("arguments")
    ):  # fmt: skip
        raise ActionRefusedError("This belongs to the call that it is in.")
    if parent.field("object") == node and any(each.type == "optional_chain" for each in node.walk()):
        raise ActionRefusedError("What follows is left out when this is undefined.")
    if any(each.type.startswith("jsx") or each.type == "super" for each in (parent, *node.walk())):
        raise ActionRefusedError("This cannot be taken out of where it is.")
    if parent.type == "pair" and parent.field("key") == node:
        raise ActionRefusedError("This is the name of a property.")
    if node.type in ("null", "undefined") or (parent.type in ("as_expression", "satisfies_expression")):
        raise ActionRefusedError("The type of this comes from where it stands.")


def _refuse_typed_use(node: CodeNode, parent: CodeNode) -> None:
    """Refuse what a compiler may see otherwise on a line of its own."""
    language = node.code.language
    if parent.type in _OWNERS and (parent.field("arguments") is None or parent.field("object") == node):
        raise ActionRefusedError("Without its type Pylot cannot tell whether this may be taken out of what it is in.")
    if parent.field("function") == node or (parent.type == "unary_expression" and parent.children[0].text == "&"):
        raise ActionRefusedError("This is not only a value here.")
    if language == "java":
        _refuse_java_use(node)
    if language == "go" and node.type == "call_expression" and len(parent.named) == 1:
        raise ActionRefusedError("This call may have more than one value.")
    leaves = [each.type for each in node.walk() if not each.named]
    if language in ("go", "java") and not any("identifier" in kind or "string" in kind for kind in leaves):
        raise ActionRefusedError("The type of this comes from where it stands.")


def _refuse_java_use(node: CodeNode) -> None:
    if any(each.type in ("type_arguments", "lambda_expression", "method_reference") for each in node.walk()):
        raise ActionRefusedError("The type of this comes from where it stands.")
    tests = node.find({"instanceof_expression"})
    if any(each.field("name") is not None or each.field("pattern") is not None for each in tests):
        raise ActionRefusedError("This gives a name to what it tests.")
    owner = node.field("object")
    if node.type == "method_invocation" and (owner is None or owner.text[:1].isupper() or owner.type == "super"):
        raise ActionRefusedError("The type of this may come from where it stands.")
