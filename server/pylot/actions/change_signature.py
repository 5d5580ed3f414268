"""Take parameters away, put them in another order, or add one, with every call (L2, K5)."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import binding_at
from pylot.actions.function_calls import Call, calls_elsewhere, calls_in_file
from pylot.actions.member_names import class_defining
from pylot.actions.method_signature import method_signature, parameters_of
from pylot.actions.offer import QUICK_FIX, REWRITE, Offer, Place, Plan
from pylot.actions.shapes import SCRIPTS, SHAPES, words
from pylot.actions.signature_edits import PLAIN, FileEdit, Head, Signature, edits_of_signature, name_of
from pylot.actions.workspace_code import WorkspaceCode
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, Binding, FileBindings
from pylot.syntax.code_nodes import CodeNode

_FUNCTIONS = words("function_definition function_declaration method_definition")
_BUILT_IN = frozenset(dir(builtins))
# What these make of a function is called as the function is.
_TRANSPARENT = words("cache lru_cache contextmanager asynccontextmanager final override")


@dataclass(frozen=True, slots=True)
class _Function:
    """The function of a parameter. Others may import one that is `at_top`, and surely may if it `is_public`.

    A method has no `binding`; its `parameters` are those that calls give values to.
    """

    node: CodeNode
    name: CodeNode
    binding: Binding | None
    parameters: tuple[CodeNode, ...]
    at_top: bool
    is_public: bool


class ChangeSignature:
    """Offer changes of the parameter under the cursor, where every call of the function can be known."""

    id = "change-signature"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return offers to remove and to move a parameter, and to add one for a name that is not defined.

        Calls in other files are looked at when one is chosen.
        """
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
        name = name_of(parameter).text
        for title, way in ((f"Remove parameter {name}", "remove"), (f"Move parameter {name} left", "left"),
                           (f"Move parameter {name} right", "right")):  # fmt: skip
            try:
                function = _function_of(parameter)
                if function.is_public and not place.path:
                    raise ActionRefusedError("Others may call this function.")
                _edits(parameter, function, (), way)
            except ActionRefusedError as error:
                if place.invoked and way == "remove":
                    yield Offer(title, REWRITE, f"{self.id}/{way}", refused=error.sentence)
                continue
            yield Offer(title, REWRITE, f"{self.id}/{way}")

    def reaches_out(self, place: Place, offer: Offer) -> bool:
        """Tell whether other files may hold calls that have to change as well."""
        parameter = _parameter_at(place) if offer.id != f"{self.id}/add" else None
        return parameter is not None and _function_of(parameter).at_top

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edits of the function and of its calls, all of them in this file."""
        way = offer.id.partition("/")[2]
        if way == "add":
            missing = _missing_name(place)
            if missing is None:
                raise ActionRefusedError("There is no name here that a parameter could be made for.")
            return Plan((_addition(missing),))
        parameter = _chosen(place)
        function = _function_of(parameter)
        if function.is_public:
            raise ActionRefusedError("Others may call this function.")
        return Plan(tuple(sorted(each.edit for each in _edits(parameter, function, (), way))))

    def plan_everywhere(self, place: Place, offer: Offer, workspace: WorkspaceCode) -> Mapping[str, list[TextEdit]]:
        """Return the edits of each file, by its path in the symbol table; the document's own are under an empty path.

        Raises:
            ActionRefusedError: not every call is known for certain; the sentence says which.
            StorageError: the symbol table cannot be read.
        """
        parameter = _chosen(place)
        function = _function_of(parameter)
        way = offer.id.partition("/")[2]
        if function.binding is None:
            name = workspace.code(workspace.path).smallest(function.name.start, function.name.end)
            edits = edits_of_signature(method_signature(workspace, name, function.parameters.index(parameter)), way)
        else:
            edits = _edits(parameter, function, calls_elsewhere(workspace, function.name.text), way)
        found: dict[str, list[TextEdit]] = {}
        for path, edit in edits:
            found.setdefault(path, []).append(edit)
        return found


def _chosen(place: Place) -> CodeNode:
    parameter = _parameter_at(place)
    if parameter is None:
        raise ActionRefusedError("There is no parameter here.")
    return parameter


def _parameter_at(place: Place) -> CodeNode | None:
    assert place.code is not None
    node = place.code.smallest(place.start, place.end)
    for each in (node, *node.around()):
        parent = each.parent
        if parent is not None and parent.type in ("parameters", "formal_parameters"):
            is_own = parent.parent is not None and parent.parent.type in _FUNCTIONS and each.type in PLAIN
            return each if is_own and name_of(each).start <= place.start <= name_of(each).end else None
        if each.type in SHAPES[place.language].blocks:
            return None
    return None


def _function_of(parameter: CodeNode) -> _Function:
    """Return what has to be known of a function to change its parameters.

    Raises:
        ActionRefusedError: it is not certain that every call can be known.
    """
    listed = parameter.parent
    function = listed.parent if listed is not None else None
    name = function.field("name") if function is not None else None
    binding = binding_at(parameter.code, name.start) if name is not None else None
    bindings = parameter.code.bindings
    if listed is None or function is None or name is None or bindings is None:
        raise ActionRefusedError("Pylot cannot find the calls of this function.")
    if function.type == "method_definition" or class_defining(name) is not None:
        return _method_of(parameter, function, name)
    if binding is None:
        raise ActionRefusedError("Pylot cannot find the calls of this function.")
    kind = bindings.scopes[binding.scope].kind if binding.scope != FREE else "class"
    if function.has_error or kind not in ("module", "function", "block"):
        raise ActionRefusedError("Others may call this function.")
    _refuse_other_callers(function, name.text, bindings)
    parameters = tuple(listed.named)
    if any(each.type not in PLAIN or not name_of(each).type.endswith("identifier") for each in parameters):
        raise ActionRefusedError("This function takes its parameters in a way that Pylot cannot follow.")
    if len([each for each in binding.occurrences if each.is_definition]) != 1:
        raise ActionRefusedError("This function is defined more than once.")
    is_python = parameter.code.language == "python"
    is_public = kind == "module" and (
        not name.text.startswith("_") if is_python else name.text in bindings.exported or _is_exported(binding)
    )
    return _Function(function, name, binding, parameters, kind == "module", is_public)


def _method_of(parameter: CodeNode, function: CodeNode, name: CodeNode) -> _Function:
    parameters = parameters_of(function)
    if function.has_error or class_defining(name) is None or parameter not in parameters:
        raise ActionRefusedError("Others may call this function.")
    return _Function(function, name, None, parameters, at_top=True, is_public=True)


def _refuse_other_callers(function: CodeNode, name: str, bindings: FileBindings) -> None:
    """Refuse a function that something else than the code calls."""
    around = function.parent
    if around is not None and around.type == "decorated_definition":
        own = next((each for each in bindings.scopes if each.start == function.start and each.name == name), None)
        if own is None or set(own.decorators) - _TRANSPARENT:
            raise ActionRefusedError("Others may call this function: what decorates it gets hold of it.")
    if (
        around is not None
        and around.type == "export_statement"
        and any(each.type == "default" for each in around.children)
    ):
        raise ActionRefusedError("Others may call this function, by whatever name they import it.")
    if function.code.language != "python" and name in bindings.exported and not (
        around is not None and around.type == "export_statement"
    ):  # fmt: skip
        raise ActionRefusedError("Others may call this function: a script shares it with the whole page.")
    if function.code.language == "python" and name.startswith("test"):
        raise ActionRefusedError("The parameters of a test may be fixtures, which are found by their names.")


def _is_exported(binding: Binding) -> bool:
    return any(each.form == "export" for each in binding.occurrences)


def _edits(parameter: CodeNode, function: _Function, calls: Iterable[Call], way: str) -> list[FileEdit]:
    own = calls_in_file(parameter.code, function.binding) if function.binding is not None else ()
    head = Head(function.node, function.parameters)
    chosen = function.parameters.index(parameter)
    return edits_of_signature(Signature((head,), (*own, *calls), chosen), way)


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
