"""Renaming what other files import: each of them is read as it is now, and all change together or none (L2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pylot.actions.edits import TextEdit, applied
from pylot.actions.named_arguments import refuse_named_arguments
from pylot.actions.rename import RenamePlan, refuse_conflicts
from pylot.actions.workspace_code import ReadText, WorkspaceCode
from pylot.index.symbols.resolve import Found, is_at_top
from pylot.index.symbols.store import module_name
from pylot.index.symbols.table import SymbolTable
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.bindings import FREE, Binding, FileBindings, bindings_of_tree, parse_whole
from pylot.syntax.code_nodes import CodeNode
from pylot.syntax.symbols import read_symbols


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file, the text that its edits were made for, and the edits."""

    text: str
    edits: tuple[TextEdit, ...]


def changes_elsewhere(
    table: SymbolTable, read: ReadText, path: str, language: str, plan: RenamePlan, new_name: str
) -> Mapping[str, ChangedFile]:
    """Return what a rename in the file `path`, which is one of the symbol table's, changes in other files.

    Raises:
        ActionRefusedError: it cannot be done for certain in all of them; the sentence says why.
        StorageError: the symbol table cannot be read.
    """
    if plan.calls_elsewhere:
        refuse_named_arguments(WorkspaceCode(table, read, path, language), plan.calls_elsewhere)
    if plan.handed_on:
        refuse_handing_on(table, path, plan.handed_on)
    if plan.shown:
        refuse_shown_names(table, read, path, language, plan.shown)
    if not plan.other_files:
        return {}
    _refuse_paths(WorkspaceCode(table, read, path, language), plan.other_files)
    return rename_elsewhere(table, read, path, plan.other_files, new_name)


def rename_elsewhere(
    table: SymbolTable, read: ReadText, path: str, name: str, new_name: str
) -> Mapping[str, ChangedFile]:
    """Return what has to change in other files when a name at the top of the file `path` is renamed.

    `path` is one of the symbol table's, which knows the file as it is now. Imports, what is used by them, members of
    the module and names behind star imports change, also in files that get it through another file; one that gives it a
    name of its own keeps that.

    Raises:
        ActionRefusedError: a file cannot be changed for certain; the sentence says why.
        StorageError: the symbol table cannot be read.
    """
    found = table.lookup(path, name)
    is_known = found is not None and found.path == path and found.definition is not None
    if not is_known and (table.importers(path) or table.references(name)):
        raise ActionRefusedError("Other files may use this name, and the index does not know where it is defined.")
    changed: dict[str, ChangedFile] = {}
    seen, pending = {path}, [path]
    while pending:
        module = pending.pop()
        for other in {*table.importers(module), *(use.path for use in table.references(name))} - seen:
            seen.add(other)
            file = _Other(table, read, other, Found(path, found.definition if found else None), name, new_name)
            if file.bindings is None:
                raise ActionRefusedError(f"{other} may use this name, and Pylot cannot read it.")
            edits = tuple(sorted(file.edits()))
            if edits:
                file.check(edits)
                changed[other] = ChangedFile(file.text, edits)
                pending.append(other)
    return changed


def refuse_shown_names(table: SymbolTable, read: ReadText, path: str, language: str, name: str) -> None:
    """Refuse to rename what asks for its own name while it runs, where a text has that name as well.

    Raises:
        ActionRefusedError: there is such a text.
        StorageError: the symbol table cannot be read.
    """
    workspace = WorkspaceCode(table, read, path, language)
    word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    for other in workspace.naming({name}):
        for each in workspace.code(other).root.find(("string_content", "string_fragment")):
            statement = each.parent.parent if each.parent is not None else None
            is_doc = statement is not None and statement.type == "expression_statement"
            if word.search(each.text) and not is_doc and not _is_listed(each):
                raise ActionRefusedError(
                    f"Line {each.line + 1} of {other} has this name in a text, and code here asks for its name."
                )


def _refuse_paths(workspace: WorkspaceCode, name: str) -> None:
    """Refuse where a text names what is renamed by its module (`"shop.cart.total"`), as it is put in for a test."""
    modules = "|".join(map(re.escape, (*PurePosixPath(workspace.path).parts[:-1], module_name(workspace.path))))
    path = re.compile(rf"([\"'])(?:[\w.]+\.)?(?:{modules})[.:]{re.escape(name)}(?:\.[\w.]+)?\1")
    for other in workspace.naming({name}):
        text = workspace.text(other) or ""
        if (found := path.search(text)) is not None:
            line = text.count("\n", 0, found.start()) + 1
            raise ActionRefusedError(f"Line {line} of {other} speaks of this name in a text.")


def _is_listed(text: CodeNode) -> bool:
    """Tell whether a string is one of `__all__`, which change with the name."""
    statement = next((each for each in text.around() if each.type.endswith("assignment")), None)
    left = statement.field("left") if statement is not None else None
    return left is not None and left.text == "__all__"


def refuse_handing_on(table: SymbolTable, path: str, name: str) -> None:
    """Refuse to give an imported name of the file `path` another one where other files get it from there.

    Raises:
        ActionRefusedError: a file does, or may do so.
        StorageError: the symbol table cannot be read.
    """
    for other in table.importers(path):
        for one in table.imports(other):
            module = table.module_of(other, one.imported)
            is_taken = any(taken in (name, "*") for taken, _ in one.imported.names)
            if is_taken and module is not None and module.file == path:
                raise ActionRefusedError(f"Line {one.imported.line + 1} of {other} imports this name from here.")
        for use in table.references_in(other):
            if use.name == name and use.receiver:
                raise ActionRefusedError(f"Line {use.line + 1} of {other} may get this name from here.")


class _Other:
    """One other file, and what in it means the thing that is renamed."""

    def __init__(self, table: SymbolTable, read: ReadText, path: str, target: Found, name: str, new_name: str) -> None:
        self._table, self._path, self._target, self._name, self._new_name = table, path, target, name, new_name
        symbols, text = table.symbols(path), read(path)
        self._language = symbols.language if symbols else ""
        self.text = text or ""
        self.bindings: FileBindings | None = None
        tree = parse_whole(self.text, self._language) if text is not None else None
        if tree is not None:
            # The index may be behind the file, and the edits are made for the file.
            table.open(path, read_symbols(self.text, self._language))
            self.bindings = bindings_of_tree(tree)
            self._n_errors = tree.error_count

    def edits(self) -> Iterator[TextEdit]:
        assert self.bindings is not None
        yield from self._taken(self.bindings)
        yield from self._members(self.bindings)
        yield from self._behind_star(self.bindings)

    def check(self, edits: tuple[TextEdit, ...]) -> None:
        """Refuse what does not parse as well as before."""
        after = parse_whole(applied(self.text, edits), self._language)
        if after is None or after.error_count > self._n_errors:
            raise ActionRefusedError(f"With the new name {self._path} would not parse any more.")

    def _taken(self, bindings: FileBindings) -> Iterator[TextEdit]:
        """Yield the edits of statements that import the name, and of what they bind in this file."""
        lines = {
            one.imported.line
            for one in self._table.imports(self._path)
            if self._is_target(one.found) and any(name == self._name for name, _ in one.imported.names)
        }
        taken = [each for each in bindings.taken if each.name == self._name]
        bound = {each.start: each.line in lines for each in taken if each.form == "import"}
        for each in taken:
            if each.line in lines and each.form != "import":
                yield TextEdit(each.start, each.end, self._new_name)
        for binding in bindings.named(self._name):
            means_it = {bound[each.start] for each in binding.occurrences if each.start in bound}
            if means_it == {True, False}:
                raise ActionRefusedError(f"{self._path} imports the same name from several files.")
            if means_it == {True}:
                yield from self._renamed(bindings, binding)

    def _renamed(self, bindings: FileBindings, binding: Binding) -> Iterator[TextEdit]:
        self._refuse_conflicts(bindings, binding)
        for each in binding.occurrences:
            text = f"{self._name}: {self._new_name}" if each.form == "shorthand" else self._new_name
            yield TextEdit(each.start, each.end, text)

    def _members(self, bindings: FileBindings) -> Iterator[TextEdit]:
        for each in bindings.members:
            if each.name != self._name:
                continue
            root = bindings.bindings.get((bindings.owner_of(each.owner[0], each.scope), each.owner[0]))
            if root is None or root.kind != "import":
                continue
            if self._is_target(self._table.lookup(self._path, ".".join((*each.owner, each.name)))):
                yield TextEdit(each.start, each.end, self._new_name)

    def _behind_star(self, bindings: FileBindings) -> Iterator[TextEdit]:
        binding = bindings.bindings.get((FREE, self._name))
        if binding is None:
            return
        if self._language != "python":
            raise ActionRefusedError(f"{self._path} uses this name without importing it.")
        if self._is_target(self._table.lookup(self._path, self._name)):
            self._refuse_conflicts(bindings, binding)
            yield from (TextEdit(each.start, each.end, self._new_name) for each in binding.occurrences)

    def _refuse_conflicts(self, bindings: FileBindings, binding: Binding) -> None:
        try:
            refuse_conflicts(bindings, binding, self._new_name)
        except ActionRefusedError as error:
            raise ActionRefusedError(f"In {self._path}: {error.sentence}") from error

    def _is_target(self, found: Found | None) -> bool:
        """Tell whether something is what is renamed: a definition of this name at the top of its file."""
        if found is None or found.definition is None or found.path != self._target.path:
            return False
        symbols = self._table.symbols(found.path)
        return found.definition.name == self._name and symbols is not None and is_at_top(symbols, found.definition)
