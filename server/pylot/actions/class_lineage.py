"""Which class of a workspace a name means, and what it derives from, as far as the text says so for certain (L2)."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from pylot.actions.evaluation import binding_at
from pylot.actions.shapes import words
from pylot.actions.workspace_code import WorkspaceCode
from pylot.index.symbols.resolve import Found
from pylot.index.symbols.store import last_parts
from pylot.syntax.binding_values import FREE, Binding
from pylot.syntax.code_nodes import CodeNode

CLASSES = words("class_definition class_declaration abstract_class_declaration")
_PLAIN_BASES = words("identifier type_identifier attribute member_expression nested_type_identifier")
_HEADERS = words("argument_list class_heritage extends_clause implements_clause")
# These change nothing of what a class has for others than type checkers.
_WITHOUT_MEMBERS = frozenset({"object", "ABC", "abc.ABC", "Generic", "typing.Generic"})


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the workspace: its file, and its name from the file's top."""

    path: str
    qualified: str


@dataclass(frozen=True, slots=True)
class Outside:
    """A class, a value or a module that certainly is none of the workspace's classes."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Lineage:
    """A class with all that it derives from in the workspace.

    `unseen` names a base that is not in the workspace, and `unclear` one that cannot be told at all; empty for none.
    """

    classes: tuple[Class, ...]
    unseen: tuple[str, ...] = ()
    unclear: str = ""


class Lineages:
    """Look classes up in the files of a workspace; used by one action, in one thread."""

    def __init__(self, workspace: WorkspaceCode) -> None:
        self.workspace = workspace
        self._known: dict[Class, Lineage] = {}
        self._nodes: dict[Class, CodeNode | None] = {}

    def meaning(self, path: str, node: CodeNode) -> Class | Outside | None:
        """Return the class that a name or a dotted name stands for in a file; None where that is not certain."""
        dotted = node.text.replace("?.", ".")
        first = node
        while (inner := first.field("object") or first.field("module")) is not None:
            first = inner
        binding = binding_at(node.code, first.start)
        if binding is None:
            return None
        if binding.scope == FREE:
            is_builtin = node.code.language == "python" and hasattr(builtins, dotted)
            return Outside(dotted) if is_builtin else None
        if sum(each.is_definition for each in binding.occurrences) != 1:
            return None
        if binding.kind == "import":
            return self._imported(path, dotted, binding)
        if binding.kind != "class" or first != node:
            return None
        place = next(each for each in binding.occurrences if each.is_definition)
        return self.class_at(path, first.code.smallest(place.start, place.end).parent)

    def class_at(self, path: str, node: CodeNode | None) -> Class | None:
        """Return what is known of the class that a node defines."""
        name = node.field("name") if node is not None and node.type in CLASSES else None
        symbols = self.workspace.table.symbols(path)
        if node is None or name is None or symbols is None:
            return None
        found = [each for each in symbols.definitions if each.name_line == name.line and each.name == name.text]
        if len(found) != 1 or sum(each.qualified == found[0].qualified for each in symbols.definitions) != 1:
            return None
        self._nodes[Class(path, found[0].qualified)] = node
        return Class(path, found[0].qualified)

    def node(self, one: Class) -> CodeNode | None:
        """Return the definition of a class."""
        if one not in self._nodes:
            code = self.workspace.code(one.path)
            for each in code.root.find(CLASSES):
                self.class_at(one.path, each)
        return self._nodes.setdefault(one, None)

    def of(self, one: Class) -> Lineage:
        """Return what a class derives from, itself first."""
        if one not in self._known:
            # A class that derives from itself is no class; what is half known must not be asked for.
            self._known[one] = Lineage((one,), unclear=one.qualified)
            self._known[one] = self._of(one)
        return self._known[one]

    def _of(self, one: Class) -> Lineage:
        classes, unseen, unclear = [one], list[str](), ""
        node = self.node(one)
        if node is None:
            return Lineage((one,), unclear=one.qualified)
        for base in bases_of(node):
            meant = self.meaning(one.path, base) if base.type in _PLAIN_BASES else None
            if meant is None:
                unclear = unclear or base.text
            elif isinstance(meant, Outside):
                unseen += [] if meant.name in _WITHOUT_MEMBERS else [meant.name]
            else:
                further = self.of(meant)
                classes += further.classes
                unseen += further.unseen
                unclear = unclear or further.unclear
        return Lineage(tuple(dict.fromkeys(classes)), tuple(dict.fromkeys(unseen)), unclear)

    def _imported(self, path: str, dotted: str, binding: Binding) -> Class | Outside | None:
        table = self.workspace.table
        same = [one for one in table.imports(path) if one.local == binding.name]
        # The table knows no scopes: two imports of a name may be of two functions, and mean two things.
        if len(same) != 1 and any(one.imported.names or one.imported.alias for one in same):
            return None
        found = table.lookup(path, dotted)
        if found is not None and found.path == path:
            return None
        if found is None:
            return None if self._may_be_ours(path, binding.name) else Outside(dotted)
        if found.definition is None:
            return Outside(dotted) if "." not in dotted else None
        if found.definition.kind not in ("class", "interface"):
            return None
        self.workspace.code(found.path)
        return self._single(found)

    def _single(self, found: Found) -> Class | None:
        assert found.definition is not None
        one = Class(found.path, found.definition.qualified)
        return one if self.node(one) is not None else None

    def _may_be_ours(self, path: str, local: str) -> bool:
        """Tell whether an import that leads nowhere may still mean a file of the workspace."""
        table = self.workspace.table
        for one in table.imports(path):
            if one.local == local:
                if one.imported.level or one.imported.module.startswith("."):
                    return True
                names = {name for name, _ in one.imported.names}
                if any(table.modules_named(each) for each in {*last_parts([one.imported])} - names):
                    return True
        return False


def bases_of(node: CodeNode) -> Iterator[CodeNode]:
    """Yield what a class derives from or implements, as written; without arguments of types."""
    for each in node.named:
        if each.type in _HEADERS:
            yield from bases_of(each)
        elif node.type in _HEADERS and each.type not in ("type_arguments", "comment"):
            yield each.named[0] if each.type in ("subscript", "generic_type") else each
