"""Put the expression that a function of JavaScript or TypeScript returns where its only call is (L2, K5)."""

from __future__ import annotations

from pylot.actions.brackets import in_place_of
from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import binding_at, is_constant, is_own
from pylot.actions.offer import Plan
from pylot.actions.removed_lines import edited, without_lines
from pylot.actions.shapes import SHAPES, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, Binding
from pylot.syntax.code_nodes import Code, CodeNode, is_comment

_NEVER = words("this super await_expression yield_expression meta_property function_expression arrow_function class "
               "assignment_expression augmented_assignment_expression update_expression")  # fmt: skip


def plan_script_inline(code: Code, binding: Binding) -> Plan:
    """Return the edits: the expression in place of the call, and no function any more.

    Raises:
        ActionRefusedError: it cannot be done for certain; the sentence says why.
    """
    bindings = code.bindings
    assert bindings is not None
    if binding.name in bindings.exported or bindings.scopes[binding.scope].kind in ("class", "namespace"):
        raise ActionRefusedError("Others may use this function from outside.")
    definitions = [each for each in binding.occurrences if each.is_definition]
    uses = [each for each in binding.occurrences if not each.is_definition]
    if len(definitions) != 1 or len(uses) != 1 or uses[0].form != "name":
        raise ActionRefusedError("Only a function that is called once can be inlined.")
    name, called = (code.smallest(each.start, each.end) for each in (definitions[0], uses[0]))
    call, (function, statement) = called.parent, _function(name)
    if call is None or call.type != "call_expression" or call.field("function") != called or call.has_error:
        raise ActionRefusedError("This function is used in another way than by a call.")
    if statement.start <= call.start < statement.end:
        raise ActionRefusedError("This function calls itself.")
    returned = _returned(function)
    edits = _parameters(function, call, returned)
    own = (function.start, function.end)
    for (scope, known), each in bindings.bindings.items():
        is_used = any(own[0] <= it.start < own[1] for it in each.occurrences)
        is_inner = scope != FREE and own[0] <= bindings.scopes[scope].start and bindings.scopes[scope].end <= own[1]
        if is_used and not is_inner and bindings.owner_of(known, uses[0].scope) != scope:
            raise ActionRefusedError(f"At the call the name {known} means something else.")
    needs_brackets = len(in_place_of(call, returned)) > len(returned.text)
    text = edited(returned, edits)
    edit = TextEdit(call.start, call.end, f"({text})" if needs_brackets else text)
    return Plan(tuple(sorted([without_lines(statement), edit])))


def _function(name: CodeNode) -> tuple[CodeNode, CodeNode]:
    """Return the function that a name is given to, and the statement that does so."""
    holder = name.parent
    if holder is not None and holder.type == "function_declaration" and holder.children[0].text == "function":
        found = holder, holder
    else:
        value = holder.field("value") if holder is not None and holder.type == "variable_declarator" else None
        statement = holder.parent if holder is not None else None
        is_arrow = value is not None and value.type == "arrow_function" and value.children[0].text != "async"
        if value is None or statement is None or not is_arrow or len(statement.named) != 1:
            raise ActionRefusedError("This is no plain function.")
        found = value, statement
    blocks = SHAPES[name.code.language].blocks
    if found[1].has_error or found[1].parent is None or found[1].parent.type not in blocks:
        raise ActionRefusedError("This is no plain function.")
    return found


def _returned(function: CodeNode) -> CodeNode:
    """Return the expression that is all that a function works out."""
    body = function.field("body")
    if body is not None and body.type == "statement_block":
        only = body.named[0] if len(body.named) == 1 else None
        body = only.named[0] if only is not None and only.type == "return_statement" and only.named else None
    if body is None or any(is_comment(each.type) for each in function.walk()):
        raise ActionRefusedError("This function does more than return an expression, or has comments.")
    names = {each.text for each in body.find({"identifier"})}
    kind = function.field("return_type")
    is_guard = kind is not None and any("predicate" in each.type or "asserts" in each.type for each in kind.walk())
    if any(each.type in _NEVER for each in body.walk()) or names & {"arguments", "eval"} or is_guard:
        raise ActionRefusedError("What this function does depends on the function that does it.")
    return body


def _parameters(function: CodeNode, call: CodeNode, returned: CodeNode) -> list[TextEdit]:
    """Return the edits that put what the call hands over in place of the parameters."""
    listed, arguments = function.field("parameters"), call.field("arguments")
    single = function.field("parameter")
    parameters = [single] if single is not None else listed.named if listed is not None else []
    values = arguments.named if arguments is not None and arguments.type == "arguments" else None
    if values is None or len(values) != len(parameters):
        raise ActionRefusedError("This call hands its arguments over in a way that Pylot cannot follow.")
    edits = []
    for parameter, value in zip(parameters, values, strict=True):
        name = parameter.field("pattern") or parameter
        binding = binding_at(function.code, name.start) if name.type == "identifier" else None
        if binding is None or parameter.field("value") is not None:
            raise ActionRefusedError("This function takes its parameters in a way that Pylot cannot follow.")
        if not _is_steady(value):
            raise ActionRefusedError("Only constants and names that keep their values can stand in the function.")
        for each in binding.occurrences:
            if returned.start <= each.start < returned.end:
                if each.form != "name":
                    raise ActionRefusedError("The function needs the name of a parameter, not only its value.")
                use = returned.code.smallest(each.start, each.end)
                edits.append(TextEdit(each.start, each.end, in_place_of(use, value)))
    return edits


def _is_steady(value: CodeNode) -> bool:
    if is_constant(value, SHAPES[value.code.language]):
        return True
    own = binding_at(value.code, value.start) if value.type == "identifier" else None
    return own is not None and own.scope != FREE and is_own(value.code, own)
