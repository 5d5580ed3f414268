"""The signature of a method: all its overrides, and every call of it in the workspace (L2, K5)."""

from __future__ import annotations

from pylot.actions.function_calls import Call, call_of, line_of
from pylot.actions.members import MemberPlace, find_member
from pylot.actions.shapes import words
from pylot.actions.signature_edits import PLAIN, Head, Signature, name_of
from pylot.actions.workspace_code import WorkspaceCode
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode

METHODS = words("function_definition method_definition")
# What these make of a method is called as the method is.
_TRANSPARENT = words("staticmethod classmethod abstractmethod final override cache lru_cache contextmanager")


def method_signature(workspace: WorkspaceCode, name: CodeNode, chosen: int) -> Signature:
    """Return a method with its overrides and calls, from its name in the workspace's own file.

    `chosen` is the index of the parameter that is changed, not counting the object.

    Raises:
        ActionRefusedError: a definition or a call is not certain, or is no call.
        StorageError: the symbol table cannot be read.
    """
    member = find_member(workspace, name)
    if member.listed:
        raise ActionRefusedError("This is also the name of a value that objects have.")
    heads = tuple(_head(place, workspace) for place in member.definitions)
    kinds = {_kind(head.function) for head in heads}
    if len(kinds) != 1 or any(_names(head) != _names(heads[0]) for head in heads):
        raise ActionRefusedError("Classes override this method with other parameters.")
    return Signature(heads, tuple(_call(place, workspace, kinds == {""}) for place in member.accesses), chosen)


def parameters_of(function: CodeNode) -> tuple[CodeNode, ...]:
    """Return the parameters of a method that its calls give values to.

    Raises:
        ActionRefusedError: it takes them in another way.
    """
    listed = function.field("parameters")
    found = listed.named if listed is not None else []
    if function.code.language == "python" and _kind(function) != "staticmethod":
        if not found or found[0].type not in PLAIN:
            raise ActionRefusedError("This method takes its object in a way that Pylot cannot follow.")
        found = found[1:]
    if any(each.type not in PLAIN or not name_of(each).type.endswith("identifier") for each in found):
        raise ActionRefusedError("This method takes its parameters in a way that Pylot cannot follow.")
    return tuple(found)


def _head(place: MemberPlace, workspace: WorkspaceCode) -> Head:
    function = place.node.parent
    path = _file(place, workspace)
    if function is None or function.type not in METHODS or function.field("name") != place.node:
        raise ActionRefusedError(f"{line_of(place.node, path)} uses this method in another way than by a call.")
    if any(each.type in ("get", "set") for each in function.children) or set(_decorators(function)) - _TRANSPARENT:
        raise ActionRefusedError(f"{line_of(function, path)} defines more than a method that is called.")
    return Head(function, parameters_of(function), path)


def _call(place: MemberPlace, workspace: WorkspaceCode, needs_object: bool) -> Call:
    access, path = place.node.parent, _file(place, workspace)
    assert access is not None
    is_python = place.node.code.language == "python"
    if needs_object and is_python and place.receiver is not None and place.receiver.is_class:
        raise ActionRefusedError(f"{line_of(place.node, path)} calls this method by its class.")
    return call_of(access, path)


def _kind(function: CodeNode) -> str:
    """Return `staticmethod`, `classmethod`, or nothing for a method of objects."""
    return next((each for each in _decorators(function) if each in ("staticmethod", "classmethod")), "")


def _decorators(function: CodeNode) -> list[str]:
    around = function.parent
    if around is None or around.type != "decorated_definition":
        return [each.text for each in function.named if each.type == "decorator"]
    listed = [each.text for each in around.named if each.type == "decorator"]
    return [each.lstrip("@").partition("(")[0].rpartition(".")[2].strip() for each in listed]


def _names(head: Head) -> list[str]:
    return [name_of(each).text for each in head.parameters]


def _file(place: MemberPlace, workspace: WorkspaceCode) -> str:
    return "" if place.path == workspace.path else place.path
