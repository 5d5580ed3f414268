"""A function of Python that one place calls, and what has to be known to do without it."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.actions.evaluation import binding_at, is_constant, is_own
from pylot.actions.layout import begins_line
from pylot.actions.shapes import SHAPES, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, Binding, FileBindings
from pylot.syntax.code_nodes import Code, CodeNode

_NEVER = words(
    """yield await nonlocal_statement global_statement function_definition class_definition lambda generator_expression
    import_statement import_from_statement"""
)
_PARTS = frozenset({"super", "locals", "eval", "__class__", "stacklevel", "_getframe", "currentframe"})
_UNREADABLE = "This call hands its arguments over in a way that Pylot cannot follow."


@dataclass(frozen=True, slots=True)
class InlinableFunction:
    """A function, its only call, what each parameter is given, and what its body does.

    `statements` are those in front of the last `return`, `returned` is what that returns.
    """

    function: CodeNode
    call: CodeNode
    given: tuple[tuple[Binding, CodeNode], ...]
    statements: tuple[CodeNode, ...]
    returned: CodeNode | None
    bindings: FileBindings

    @property
    def is_plain(self) -> bool:
        """Whether the arguments can stand in place of the parameters: constants and names that keep their values."""
        return all(
            len([it for it in parameter.occurrences if it.is_definition]) == 1 and _is_steady(value)
            for parameter, value in self.given
        )

    def holds(self, key: tuple[int, str]) -> bool:
        """Tell whether a name belongs to the function."""
        if key[0] == FREE:
            return False
        scope = self.bindings.scopes[key[0]]
        return self.function.start <= scope.start and scope.end <= self.function.end and key[0] != 0


def inlinable_function(code: Code, binding: Binding) -> InlinableFunction:
    """Return what is known of a function that can be inlined.

    Raises:
        ActionRefusedError: it cannot; the sentence says why.
    """
    bindings = code.bindings
    assert bindings is not None
    kind = bindings.scopes[binding.scope].kind
    if kind == "class" or (kind == "module" and not binding.name.startswith("_")):
        raise ActionRefusedError("Others may use this function from outside.")
    definitions = [each for each in binding.occurrences if each.is_definition]
    uses = [each for each in binding.occurrences if not each.is_definition]
    if len(definitions) != 1 or len(uses) != 1 or uses[0].form != "name":
        raise ActionRefusedError("Only a function that is called once can be inlined.")
    function = code.smallest(definitions[0].start, definitions[0].end).parent
    name = code.smallest(uses[0].start, uses[0].end)
    call = name.parent
    if function is None or call is None or call.type != "call" or call.field("function") != name:
        raise ActionRefusedError("This function is used in another way than by a call.")
    if function.start <= call.start < function.end or call.has_error or function.has_error:
        raise ActionRefusedError("This function calls itself, or does not parse.")
    if function.parent is not None and function.parent.type == "decorated_definition":
        raise ActionRefusedError("This function is decorated.")
    if function.children[0].text == "async":
        raise ActionRefusedError("This function is asynchronous.")
    statements, returned = _body(function)
    found = InlinableFunction(function, call, _given(function, call), statements, returned, bindings)
    _refuse_names(found, uses[0].scope)
    return found


def _is_steady(value: CodeNode) -> bool:
    if is_constant(value, SHAPES["python"]):
        return True
    own = binding_at(value.code, value.start) if value.type == "identifier" else None
    return own is not None and is_own(value.code, own)


def _body(function: CodeNode) -> tuple[tuple[CodeNode, ...], CodeNode | None]:
    body = function.field("body")
    statements = body.named if body is not None else []
    first = statements[0] if statements else None
    if first is not None and first.type == "expression_statement" and first.named[0].type == "string":
        statements = statements[1:]
    returned = None
    if statements and statements[-1].type == "return_statement":
        returned = next(iter(statements[-1].named), None)
        statements = statements[:-1]
    for each in (node for part in (*statements, *([returned] if returned else [])) for node in part.walk()):
        if each.type in _NEVER or (each.type == "identifier" and each.text in _PARTS):
            raise ActionRefusedError("What this function does depends on the function that does it.")
        if each.type == "return_statement":
            raise ActionRefusedError("This function returns in several places.")
    if statements and not begins_line(function.code.text, statements[0].start):
        raise ActionRefusedError("The body of this function has no lines of its own.")
    return tuple(statements), returned


def _given(function: CodeNode, call: CodeNode) -> tuple[tuple[Binding, CodeNode], ...]:
    """Return what the call gives to each parameter, in the order in which the call works it out."""
    listed, arguments = function.field("parameters"), call.field("arguments")
    if listed is None or arguments is None or arguments.type != "argument_list":
        raise ActionRefusedError(_UNREADABLE)
    positional = [each for each in arguments.named if each.type != "keyword_argument"]
    if any("splat" in each.type for each in positional) or len(positional) > len(listed.named):
        raise ActionRefusedError(_UNREADABLE)
    named = {
        key.text: value
        for each in arguments.named
        if each.type == "keyword_argument" and (key := each.field("name")) and (value := each.field("value"))
    }
    found = []
    for index, parameter in enumerate(listed.named):
        if "splat" in parameter.type or "separator" in parameter.type:
            raise ActionRefusedError(_UNREADABLE)
        name = parameter if parameter.type == "identifier" else parameter.field("name") or parameter.named[0]
        default = parameter.field("value")
        value = positional[index] if index < len(positional) else named.get(name.text) or default
        binding = binding_at(function.code, name.start) if name.type == "identifier" else None
        if value is None or binding is None:
            raise ActionRefusedError(_UNREADABLE)
        if value == default and not is_constant(value, SHAPES["python"]):
            raise ActionRefusedError("The default of a parameter is no constant.")
        found.append((binding, value))
    places = [value.start for _, value in found if arguments.start <= value.start < arguments.end]
    if places != sorted(places):
        raise ActionRefusedError("This call hands its arguments over in another order.")
    return tuple(found)


def _refuse_names(found: InlinableFunction, scope: int) -> None:
    """Refuse where names of the function mean something else at the call."""
    bindings, start, end = found.bindings, found.function.start, found.function.end
    name = found.function.field("name")
    for key, binding in bindings.bindings.items():
        is_used = any(start <= each.start < end for each in binding.occurrences)
        if not is_used or found.holds(key) or (name is not None and binding.name == name.text):
            continue
        if bindings.owner_of(binding.name, scope) != key[0]:
            raise ActionRefusedError(f"At the call the name {binding.name} means something else.")
    while scope != FREE and bindings.scopes[scope].kind != "function":
        if bindings.scopes[scope].kind == "class":
            raise ActionRefusedError("The call is in the body of a class.")
        scope = bindings.scopes[scope].parent
