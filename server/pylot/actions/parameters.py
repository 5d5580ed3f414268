"""Calls that name a parameter, which have to change with it."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.actions.edits import TextEdit
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.bindings import FREE, Binding, BindingKind, FileBindings, Keyword, Scope

# What these make of a function is called as the function is.
_TRANSPARENT = frozenset(
    {"staticmethod", "classmethod", "abstractmethod", "override", "final", "cache", "lru_cache", "contextmanager",
     "asynccontextmanager", "setter", "property", "cached_property"}
)  # fmt: skip
MAKERS = frozenset({"__init__", "__new__"})
KNOWN: frozenset[BindingKind] = frozenset({"import", "class", "function"})
"""What a name that is called stands for, where it is certain that it is not the value of a variable."""


@dataclass(frozen=True, slots=True)
class NamedCalls:
    """Calls that may name a parameter of a function, maybe one of the class `owner`: by which names that is called."""

    parameter: str
    callees: frozenset[str]
    function: str = ""
    owner: str = ""


def calls_elsewhere(bindings: FileBindings, binding: Binding) -> NamedCalls | None:
    """Return which calls in other files may name a parameter of a function of Python; None where none can."""
    function = bindings.scopes[binding.scope]
    if not names_arguments(bindings, binding):
        return None
    scope = bindings.scopes[_without_types(bindings, function.parent)]
    if scope.kind not in ("module", "class"):
        return None
    owner = scope.name if scope.kind == "class" else ""
    callees = {function.name, owner} if function.name in MAKERS else {function.name}
    return NamedCalls(binding.name, frozenset(callees), function.name, owner)


def edits_of_calls(bindings: FileBindings, binding: Binding, new_name: str) -> set[TextEdit]:
    """Return what has to change in calls within the file when a parameter of a function of Python is renamed.

    Raises:
        ActionRefusedError: a call may or may not mean this function.
    """
    function = bindings.scopes[binding.scope]
    if not names_arguments(bindings, binding):
        return set()
    if set(function.decorators) - _TRANSPARENT:
        raise ActionRefusedError("What decorates this function may hand over its arguments by name.")
    if function.name.startswith("test"):
        raise ActionRefusedError("The parameters of a test may be fixtures, which are found by their names.")
    callee, owner = _called_as(bindings, function)
    edits = set()
    for each in bindings.keywords:
        if each.name != binding.name:
            continue
        if (each.callee, each.owner) == (callee, owner):
            edits.add(TextEdit(each.start, each.end, new_name))
        elif _may_mean(bindings, each, function.name):
            raise ActionRefusedError(
                f"Line {each.line + 1} hands over an argument by this name, maybe to this function."
            )
    n_same = sum(1 for each in bindings.scopes if (each.name, each.parent) == (function.name, function.parent))
    if edits and n_same > 1:
        raise ActionRefusedError("This function is defined more than once.")
    return edits


def names_arguments(bindings: FileBindings, binding: Binding) -> bool:
    """Tell whether a call can name what a binding stands for."""
    function = bindings.scopes[binding.scope]
    return binding.kind == "parameter" and bool(function.name) and binding.name in function.keyword_names


def _called_as(bindings: FileBindings, function: Scope) -> tuple[str, int | None]:
    """Return the name that certainly calls a function and the scope of that name, which is None for a method."""
    around = _without_types(bindings, function.parent)
    scope = bindings.scopes[around]
    if scope.kind != "class":
        return function.name, around
    if function.name in MAKERS:
        return scope.name, _without_types(bindings, scope.parent)
    return "", None


def _without_types(bindings: FileBindings, scope: int) -> int:
    while bindings.scopes[scope].kind == "type parameters":
        scope = bindings.scopes[scope].parent
    return scope


def _may_mean(bindings: FileBindings, keyword: Keyword, function: str) -> bool:
    """Tell whether a call could reach a function by another way than its name."""
    if keyword.callee == function or function in keyword.others or not keyword.callee:
        return True
    if keyword.owner is None:
        return function in MAKERS
    callee = bindings.bindings.get((keyword.owner, keyword.callee))
    kind = callee.kind if callee is not None else "variable"
    # A class may have its constructor from another one.
    return (keyword.owner != FREE and kind not in KNOWN) or (function in MAKERS and kind == "class")
