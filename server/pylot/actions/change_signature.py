"""Take parameters away, put them in another order, or add one, with every call (L2, K5)."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import binding_at, bindings_in
from pylot.actions.offer import QUICK_FIX, REWRITE, Offer, Place, Plan
from pylot.actions.shapes import SCRIPTS, SHAPES, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, Binding
from pylot.syntax.code_nodes import CodeNode

_FUNCTIONS = words("function_definition function_declaration")
_PLAIN = words("identifier typed_parameter default_parameter typed_default_parameter required_parameter "
               "optional_parameter assignment_pattern")  # fmt: skip
_DEFAULTS = words("default_parameter typed_default_parameter assignment_pattern optional_parameter")
_BUILT_IN = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True)
class _Signature:
    """A function with its parameters and every call of it; `chosen` is the parameter under the cursor."""

    function: CodeNode
    parameters: tuple[CodeNode, ...]
    calls: tuple[CodeNode, ...]
    chosen: int


class ChangeSignature:
    """Offer changes of the parameter under the cursor, where every call of the function is known."""

    id = "change-signature"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return offers to remove and to move a parameter, and to add one for a name that is not defined."""
        if place.code is None or place.language not in SCRIPTS | {"python"}:
            return
        if (missing := _missing_name(place)) is not None:
            name = missing.text
            yield Offer(
                f"Add parameter {name}", QUICK_FIX, f"{self.id}/add", {"name": name}, fixes=_fixes(place, missing)
            )
        parameter = _parameter_at(place)
        if parameter is None:
            return
        name = _name_of(parameter).text
        for title, way in ((f"Remove parameter {name}", "remove"), (f"Move parameter {name} left", "left"),
                           (f"Move parameter {name} right", "right")):  # fmt: skip
            try:
                _edits(parameter, way)
            except ActionRefusedError as error:
                if place.invoked and way == "remove":
                    yield Offer(title, REWRITE, f"{self.id}/{way}", refused=error.sentence)
                continue
            yield Offer(title, REWRITE, f"{self.id}/{way}")

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edits of the function and of its calls."""
        way = offer.id.partition("/")[2]
        if way == "add":
            missing = _missing_name(place)
            if missing is None:
                raise ActionRefusedError("There is no name here that a parameter could be made for.")
            return Plan((_addition(missing),))
        parameter = _parameter_at(place)
        if parameter is None:
            raise ActionRefusedError("There is no parameter here.")
        return Plan(tuple(sorted(_edits(parameter, way))))


def _parameter_at(place: Place) -> CodeNode | None:
    assert place.code is not None
    node = place.code.smallest(place.start, place.end)
    for each in (node, *node.around()):
        parent = each.parent
        if parent is not None and parent.type in ("parameters", "formal_parameters"):
            is_own = parent.parent is not None and parent.parent.type in _FUNCTIONS and each.type in _PLAIN
            return each if is_own and _name_of(each).start <= place.start <= _name_of(each).end else None
        if each.type in SHAPES[place.language].blocks:
            return None
    return None


def _name_of(parameter: CodeNode) -> CodeNode:
    name = parameter.field("name") or parameter.field("pattern") or parameter.field("left")
    if name is None and parameter.type == "typed_parameter":
        name = parameter.named[0]
    return name or parameter


def _signature(parameter: CodeNode) -> _Signature:
    """Return what has to be known of a function to change its parameters.

    Raises:
        ActionRefusedError: it is not certain that every call is known.
    """
    listed = parameter.parent
    function = listed.parent if listed is not None else None
    name = function.field("name") if function is not None else None
    code = parameter.code
    binding = binding_at(code, name.start) if name is not None else None
    bindings = code.bindings
    if listed is None or function is None or name is None or binding is None or bindings is None:
        raise ActionRefusedError("Pylot cannot find the calls of this function.")
    if function.has_error or (
        function.parent is not None and function.parent.type in ("decorated_definition", "export_statement")
    ):
        raise ActionRefusedError("Others may call this function.")
    kind = bindings.scopes[binding.scope].kind if binding.scope != FREE else "class"
    is_public = code.language == "python" and not name.text.startswith("_")
    if kind == "class" or (kind == "module" and (is_public or name.text in bindings.exported)):
        raise ActionRefusedError("Others may call this function.")
    parameters = tuple(listed.named)
    if any(each.type not in _PLAIN or not _name_of(each).type.endswith("identifier") for each in parameters):
        raise ActionRefusedError("This function takes its parameters in a way that Pylot cannot follow.")
    return _Signature(function, parameters, _calls(binding, parameter), parameters.index(parameter))


def _calls(binding: Binding, parameter: CodeNode) -> tuple[CodeNode, ...]:
    code, found = parameter.code, []
    if len([each for each in binding.occurrences if each.is_definition]) != 1:
        raise ActionRefusedError("This function is defined more than once.")
    for each in binding.occurrences:
        if each.is_definition:
            continue
        name = code.smallest(each.start, each.end)
        call = name.parent
        arguments = call.field("arguments") if call is not None else None
        is_call = call is not None and call.type in ("call", "call_expression") and call.field("function") == name
        if not is_call or arguments is None or arguments.type not in ("argument_list", "arguments"):
            raise ActionRefusedError(f"Line {each.line + 1} uses this function in another way than by a call.")
        if any("splat" in it.type or "spread" in it.type for it in arguments.named):
            raise ActionRefusedError(f"Line {each.line + 1} hands over arguments that Pylot cannot tell apart.")
        found.append(arguments)
    return tuple(found)


def _edits(parameter: CodeNode, way: str) -> list[TextEdit]:
    signature = _signature(parameter)
    if way == "remove":
        return _removal(signature)
    other = signature.chosen + (1 if way == "right" else -1)
    if not 0 <= other < len(signature.parameters):
        raise ActionRefusedError("There is no parameter to change places with.")
    return _exchange(signature, min(signature.chosen, other))


def _removal(signature: _Signature) -> list[TextEdit]:
    parameter = signature.parameters[signature.chosen]
    name = _name_of(parameter)
    binding = binding_at(parameter.code, name.start)
    if binding is None or len(binding.occurrences) != 1:
        raise ActionRefusedError("The function uses this parameter.")
    if any(each.text == "arguments" for each in signature.function.walk() if each.type == "identifier"):
        raise ActionRefusedError("The function counts its arguments.")
    edits = [_without(signature.parameters, signature.chosen)]
    for arguments in signature.calls:
        given = _given(arguments, signature.chosen, name.text)
        if given is None:
            continue
        value = arguments.named[given]
        if any(each.type in SHAPES[name.code.language].effects for each in value.walk()):
            raise ActionRefusedError(f"Line {value.line + 1} does something to find the argument.")
        edits.append(_without(arguments.named, given))
    return edits


def _given(arguments: CodeNode, index: int, name: str) -> int | None:
    """Return which argument of a call a parameter gets, or None for its default."""
    for position, each in enumerate(arguments.named):
        key = each.field("name") if each.type == "keyword_argument" else None
        if key is not None and key.text == name:
            return position
        if each.type != "keyword_argument" and position == index:
            return position
    return None


def _without(nodes: Sequence[CodeNode], index: int) -> TextEdit:
    """Return the edit that takes one of several nodes away, with the comma that it no longer needs."""
    if index + 1 < len(nodes):
        return TextEdit(nodes[index].start, nodes[index + 1].start, "")
    if index:
        return TextEdit(nodes[index - 1].end, nodes[index].end, "")
    text, end = nodes[0].code.text, nodes[0].end
    rest = text[end:]
    comma = len(rest) - len(rest.lstrip()) + 1 if rest.lstrip().startswith(",") else 0
    return TextEdit(nodes[0].start, end + comma, "")


def _exchange(signature: _Signature, first: int) -> list[TextEdit]:
    before, after = signature.parameters[first], signature.parameters[first + 1]
    if (before.type in _DEFAULTS) != (after.type in _DEFAULTS):
        raise ActionRefusedError("A parameter with a default comes after all those without one.")
    edits = _swapped(before, after)
    for arguments in signature.calls:
        positional = [each for each in arguments.named if each.type != "keyword_argument"]
        if len(positional) == first + 1:
            raise ActionRefusedError(f"Line {arguments.line + 1} hands over only one of the two by its position.")
        if len(positional) > first + 1:
            pair = positional[first], positional[first + 1]
            acting = [any(it.type in SHAPES[each.code.language].effects for it in each.walk()) for each in pair]
            steady = all(_is_steady(each) for each, acts in zip(pair, acting, strict=True) if not acts)
            if all(acting) or (any(acting) and not steady):
                raise ActionRefusedError(f"Line {arguments.line + 1} would find its arguments in another order.")
            edits += _swapped(*pair)
    return edits


def _is_steady(node: CodeNode) -> bool:
    """Tell whether working out something else cannot change a value."""
    return not any(each.type in SHAPES[node.code.language].reads for each in node.walk()) and not bindings_in(node)


def _swapped(first: CodeNode, second: CodeNode) -> list[TextEdit]:
    return [TextEdit(first.start, first.end, second.text), TextEdit(second.start, second.end, first.text)]


def _missing_name(place: Place) -> CodeNode | None:
    """Return the name at a place that a function of Python uses and nothing defines."""
    if place.language != "python" or place.code is None:
        return None
    node = place.code.smallest(place.start, place.start)
    binding = binding_at(place.code, node.start) if node.type == "identifier" else None
    if binding is None or binding.scope != FREE or node.text in _BUILT_IN or node.text.startswith("__"):
        return None
    if "import *" in place.text:
        return None
    function = next((each for each in node.around() if each.type == "function_definition"), None)
    body = function.field("body") if function is not None else None
    return node if body is not None and body.start <= node.start and function and not function.has_error else None


def _fixes(place: Place, node: CodeNode) -> tuple[int, ...]:
    """Return which findings say that a name is not defined."""
    return tuple(
        each.index
        for each in place.findings
        if each.start <= node.start < max(each.end, each.start + 1) and "defin" in each.message.lower()
    )


def _addition(missing: CodeNode) -> TextEdit:
    function = next(each for each in missing.around() if each.type == "function_definition")
    listed = function.field("parameters")
    assert listed is not None
    new, before = f"{missing.text}=None", None
    for each in listed.named:
        inner = each.named[0] if each.type == "typed_parameter" else each
        # Behind `*args` it can only be given by name, in front of it would take the place of one of them.
        if inner.type in ("dictionary_splat_pattern", "keyword_separator"):
            break
        before = each
    rest = [each for each in listed.named if before is None or each.start >= before.end]
    if before is not None:
        return TextEdit(before.end, before.end, f", {new}")
    if rest:
        return TextEdit(rest[0].start, rest[0].start, f"{new}, ")
    return TextEdit(listed.start + 1, listed.start + 1, new)
