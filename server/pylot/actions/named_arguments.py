"""Calls in a workspace that may name a parameter of a function of Python, which keep it from a new name (L2)."""

from __future__ import annotations

from pylot.actions.class_lineage import Class, Lineages
from pylot.actions.function_calls import line_of
from pylot.actions.parameters import KNOWN, MAKERS, NamedCalls
from pylot.actions.receivers import Receivers
from pylot.actions.shapes import words
from pylot.actions.workspace_code import WorkspaceCode
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, FileBindings, Keyword
from pylot.syntax.code_nodes import CodeNode
from pylot.syntax.symbols import CLASSES


def refuse_named_arguments(workspace: WorkspaceCode, calls: NamedCalls) -> None:
    """Refuse to rename a parameter of a function of the workspace's own file that calls name, or may name.

    Calls in the file itself that certainly mean the function change with it, and are nothing to refuse.

    Raises:
        ActionRefusedError: there is such a call; the sentence says where.
        StorageError: the symbol table cannot be read.
    """
    search = _Search(workspace, calls)
    for path in workspace.naming({calls.parameter}):
        bindings = workspace.code(path).bindings
        for each in bindings.keywords if bindings else ():
            if bindings and each.name == calls.parameter and search.may_mean(path, bindings, each):
                raise ActionRefusedError(f"Line {each.line + 1} of {path} hands over an argument by this name.")
    for path in workspace.naming({*calls.callees}):
        for call in workspace.code(path).root.find(("call",)):
            if _unpacks(call) and search.is_call(path, call):
                raise ActionRefusedError(f"{line_of(call, path)} hands over arguments whose names Pylot cannot tell.")


_NO_VALUES = words(
    """dotted_name aliased_import import_statement import_from_statement decorator except_clause raise_statement
    class_definition function_definition typed_parameter global_statement"""
)


class _Search:
    """One search for calls that may name the parameter."""

    def __init__(self, workspace: WorkspaceCode, calls: NamedCalls) -> None:
        self._workspace, self._table, self._calls = workspace, workspace.table, calls
        self._lineages = Lineages(workspace)
        self._receivers = Receivers(self._lineages)
        self._is_value = any(self._uses_value(path) for path in workspace.naming(calls.callees))

    def _uses_value(self, path: str) -> bool:
        """Tell whether a file hands the function, or the class that it makes, on as a value."""
        nodes = self._workspace.code(path).root.find(("identifier",))
        return any(each.text in self._calls.callees and _is_value(each) for each in nodes)

    def may_mean(self, path: str, bindings: FileBindings, call: Keyword) -> bool:
        """Tell whether a call that names an argument may be one of the function, by its name or another."""
        is_named = call.callee in self._calls.callees or bool(call.others & self._calls.callees)
        if is_named and path != self._workspace.path:
            return True
        if call.owner is None:
            return self._is_value
        callee = bindings.bindings.get((call.owner, call.callee))
        if callee is None or callee.kind not in KNOWN:
            return self._is_value and call.owner != FREE
        if is_named:
            return False
        return self._means_it(path, call)

    def _means_it(self, path: str, call: Keyword) -> bool:
        """Tell whether a name that is imported or a class is the function, or a class made by it."""
        found = self._table.lookup(path, call.callee)
        if found is None or found.definition is None:
            return False
        if found.definition.kind not in CLASSES:
            return found.path == self._workspace.path and found.definition.name == self._calls.function
        return self._calls.function in MAKERS and self._derives(Class(found.path, found.definition.qualified))

    def is_call(self, path: str, call: CodeNode) -> bool:
        """Tell whether a call by one of the function's names may be one of it."""
        called = call.field("function")
        last = called.field("attribute") if called is not None and called.type == "attribute" else called
        if called is None or last is None or last.text not in self._calls.callees:
            return False
        before = called.field("object")
        if self._calls.function not in MAKERS or last.text not in MAKERS or before is None:
            return True
        receiver = self._receivers.of(path, before)
        return receiver is None or (isinstance(receiver.owner, Class) and self._derives(receiver.owner))

    def _derives(self, one: Class) -> bool:
        """Tell whether a class is the one that the function makes, derives from it, or may do so."""
        lineage = self._lineages.of(one)
        own = any(
            each.path == self._workspace.path and each.qualified.endswith(self._calls.owner) for each in lineage.classes
        )
        return own or bool(lineage.unclear)


def _is_value(name: CodeNode) -> bool:
    """Tell whether a name is there to be handed on: not called, derived from, asked for members or named as a type."""
    parent = name.parent
    if parent is not None and parent.type == "attribute" and parent.field("attribute") == name:
        name, parent = parent, parent.parent
    if parent is None or parent.type in _NO_VALUES or parent.field("object") == name or parent.field("name") == name:
        return False
    if parent.type in ("call", "keyword_argument") and parent.field("value") != name:
        return False
    for each in name.around():
        call = each.parent
        if each.type == "type" or (
            call is not None and call.type == "class_definition" and each.type == "argument_list"
        ):
            return False
        if each.type == "argument_list" and call is not None:
            called = call.field("function")
            return called is None or called.text not in ("isinstance", "issubclass")
    return True


def _unpacks(call: CodeNode) -> bool:
    arguments = call.field("arguments")
    return arguments is not None and any(each.type == "dictionary_splat" for each in arguments.named)
