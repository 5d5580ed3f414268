"""Every call of a function, in its own file and in all that import it, or a refusal that names the place (L2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pylot.actions.shapes import words
from pylot.actions.workspace_code import WorkspaceCode
from pylot.index.symbols.resolve import Found, ImportedName, is_at_top
from pylot.index.symbols.store import last_parts, module_name
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, Binding, FileBindings
from pylot.syntax.code_nodes import Code, CodeNode

_IMPORTS = words("import_statement import_from_statement")
_CALLS = words("call call_expression")
_LISTS = words("argument_list arguments")
_TEXTS = words("string_content string_fragment")
# These look a name up by its text.
_BY_TEXT = words("getattr setattr hasattr delattr attrgetter methodcaller object spy spyOn stub defineProperty")


class Call(NamedTuple):
    """The arguments of one call, and the file that it is in; empty for the one that an action was asked for in."""

    arguments: CodeNode
    path: str = ""


def calls_in_file(code: Code, binding: Binding, path: str = "") -> Iterator[Call]:
    """Yield every call by a name.

    Raises:
        ActionRefusedError: the name is used in another way.
    """
    for each in binding.occurrences:
        if each.is_definition:
            continue
        name = code.smallest(each.start, each.end)
        if name.type in _TEXTS or each.form == "export":
            continue
        yield call_of(name, path)


def call_of(name: CodeNode, path: str = "") -> Call:
    """Return the call that a name, or a member with its object, stands in front of.

    Raises:
        ActionRefusedError: nothing is called there, or it hands over an unknown number of arguments.
    """
    call = name.parent
    line = line_of(name, path)
    arguments = call.field("arguments") if call is not None else None
    is_call = call is not None and call.type in _CALLS and call.field("function") == name
    if not is_call or arguments is None or arguments.type not in _LISTS:
        raise ActionRefusedError(f"{line} uses this function in another way than by a call.")
    if any("splat" in it.type or "spread" in it.type for it in arguments.named):
        raise ActionRefusedError(f"{line} hands over arguments that Pylot cannot tell apart.")
    return Call(arguments, path)


def line_of(node: CodeNode, path: str = "") -> str:
    """Return how a sentence names a line: `Line 3`, or `Line 3 of shop/cart.py`."""
    return f"Line {node.line + 1} of {path}" if path else f"Line {node.line + 1}"


def calls_elsewhere(workspace: WorkspaceCode, name: str) -> list[Call]:
    """Return every call, by way of an import, of a function at the top of the workspace's own file.

    Imports are followed through other files and other names.

    Raises:
        ActionRefusedError: a file uses the function in another way, or may do so; the sentence says where.
        StorageError: the symbol table cannot be read.
    """
    found = workspace.table.lookup(workspace.path, name)
    if found is None or found.path != workspace.path or found.definition is None:
        raise ActionRefusedError("The index does not know where this function is defined, and so not who calls it.")
    names, done = {name}, set[str]()
    calls: dict[str, list[Call]] = {}
    while new := names - done:
        done |= new
        for path in sorted(
            {*workspace.naming(new), *(workspace.table.importers(workspace.path) if name in new else ())}
        ):
            # A file that was seen before may use a name that only later turned out to mean the function.
            calls[path] = list(_File(workspace, path, found, names).calls())
    return [each for path in sorted(calls) for each in calls[path]]


class _File:
    """One file, and what in it means the function by way of an import; `names` grows by those that it gives it."""

    def __init__(self, workspace: WorkspaceCode, path: str, target: Found, names: set[str]) -> None:
        assert target.definition is not None
        self._table, self._path, self._target, self._names = workspace.table, path, target, names
        self._name = target.definition.name
        self._code = workspace.code(path)
        assert self._code.bindings is not None
        self._bindings: FileBindings = self._code.bindings
        # The file that the action was asked for in needs no name.
        self._called = "" if path == workspace.path else path

    def calls(self) -> Iterator[Call]:
        self._refuse_texts()
        imports = self._table.imports(self._path)
        for one in imports:
            if one.found is None:
                self._refuse_unknown(one)
            elif self._is_target(one.found):
                yield from self._by_import(one)
            elif one.found == Found(self._target.path) and one.local != "*":
                self._refuse_handing_on(one)
        yield from self._members()
        yield from self._behind_star()

    def _by_import(self, one: ImportedName) -> Iterator[Call]:
        if one.imported.is_reexport or one.local == "*":
            self._names.add(one.local)
            return
        for binding in self._bound(one):
            if binding.scope == 0:
                self._names.add(one.local)
            if sum(each.is_definition for each in binding.occurrences) > 1:
                raise ActionRefusedError(f"{self._path} gives {binding.name} more than one meaning.")
            yield from calls_in_file(self._code, binding, self._called)

    def _bound(self, one: ImportedName) -> Iterator[Binding]:
        """Yield what an import statement lets a name mean."""
        for binding in self._bindings.named(one.local):
            for each in binding.occurrences:
                statement = self._statement(each.start) if each.is_definition else None
                if statement is not None and statement.line == one.imported.line:
                    yield binding
                    break

    def _statement(self, offset: int) -> CodeNode | None:
        around = self._code.smallest(offset, offset).around()
        return next((each for each in around if each.type in _IMPORTS), None)

    def _members(self) -> Iterator[Call]:
        module = module_name(self._target.path)
        for each in self._bindings.members:
            if each.name not in self._names:
                continue
            root = self._bindings.bindings.get((self._bindings.owner_of(each.owner[0], each.scope), each.owner[0]))
            is_import = root is not None and root.kind == "import"
            dotted = ".".join((*each.owner, each.name))
            node = self._code.smallest(each.start, each.end)
            if is_import and self._is_target(self._table.lookup(self._path, dotted)):
                assert node.parent is not None
                yield call_of(node.parent, self._called)
            elif each.name == self._name and not is_import and each.owner[-1] == module:
                raise ActionRefusedError(f"{line_of(node, self._called)} may mean this function, or another.")

    def _behind_star(self) -> Iterator[Call]:
        for name in sorted(self._names):
            binding = self._bindings.bindings.get((FREE, name))
            if binding is None or not self._is_target(self._table.lookup(self._path, name)):
                continue
            yield from calls_in_file(self._code, binding, self._called)

    def _refuse_handing_on(self, one: ImportedName) -> None:
        """Refuse where the module itself is a value, which may come to be called anywhere."""
        for binding in self._bound(one):
            for each in binding.occurrences:
                node = self._code.smallest(each.start, each.end)
                parent = node.parent
                is_owner = parent is not None and parent.field("object") == node
                if not each.is_definition and not is_owner and node.type not in _TEXTS:
                    raise ActionRefusedError(f"{line_of(node, self._called)} hands over the module as a value.")

    def _refuse_unknown(self, one: ImportedName) -> None:
        """Refuse an import that leads nowhere Pylot knows and may still mean the function."""
        names = {name for name, _ in one.imported.names}
        modules = {*last_parts([one.imported])} - names
        if self._name in names and module_name(self._target.path) in modules:
            raise ActionRefusedError(f"Pylot cannot tell what line {one.imported.line + 1} of {self._path} imports.")

    def _refuse_texts(self) -> None:
        for each in texts_naming(self._code, self._name):
            raise ActionRefusedError(f"{line_of(each, self._called)} speaks of this name in a text.")

    def _is_target(self, found: Found | None) -> bool:
        if found is None or found.definition is None or found.path != self._target.path:
            return False
        symbols = self._table.symbols(found.path)
        return found.definition.name == self._name and symbols is not None and is_at_top(symbols, found.definition)


def texts_naming(code: Code, name: str) -> Iterator[CodeNode]:
    """Yield the strings of a text by which code may look a name up while it runs.

    That is a dotted path with it, and the name alone where a call looks names up by their texts.
    """
    path = re.compile(
        rf"[\w.:]+[.:]{re.escape(name)}(?:\.[\w.]+)?|.*\{{\w*(?:\.\w+)*\.{re.escape(name)}\b.*", re.DOTALL
    )
    if name not in code.text:
        return
    for each in code.root.find(_TEXTS):
        if (each.text == name and _looks_up(each)) or path.fullmatch(each.text):
            yield each


def _looks_up(text: CodeNode) -> bool:
    call = next((each for each in text.around() if each.type in _CALLS), None)
    called = call.field("function") if call is not None else None
    return called is not None and re.split(r"\W+", called.text)[-1] in _BY_TEXT
