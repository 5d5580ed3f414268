"""Every place of a member of a class, or a refusal that names the place that is not certain (L2, K5).

A member is shared by the classes that define it and derive from each other (its family). Every other place in the
workspace with a member of the same name has to belong to another class for certain.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pylot.actions.class_lineage import CLASSES, Class, Lineages, Outside, bases_of
from pylot.actions.function_calls import line_of, texts_naming
from pylot.actions.member_names import class_defining, object_before
from pylot.actions.receivers import Receiver, Receivers
from pylot.actions.shapes import words
from pylot.actions.workspace_code import WorkspaceCode
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode

_KEYS = words("pair method_definition pair_pattern")
_SIGNATURES = words("property_signature method_signature")
_TARGETS = words("pattern_list tuple_pattern list_pattern array_pattern")
_ASSIGNMENTS = words("assignment assignment_expression")
_SHORTHANDS = words("shorthand_property_identifier shorthand_property_identifier_pattern")
_NAMES = words("identifier property_identifier") | _SHORTHANDS
# A library may look these up on whatever it is handed.
_PROTOCOLS = words(
    """read readline readlines readinto write writelines close flush seek tell fileno isatty encoding mode keys items
    values get name acquire release locked send throw next append extend put emit handle run start stop join
    then toString valueOf toJSON length handleEvent constructor return dispose"""
)
_LOOK_UP = words("getattr setattr hasattr delattr vars")
_BY_TEXT = re.compile(r"\b__(?:getattr|getattribute|setattr|delattr|dict)__\b")
_CLASS_DECORATORS = re.compile(r"@(?:\w+\.)?(?:dataclass|final|total_ordering|unique|runtime_checkable)\b")


class MemberPlace(NamedTuple):
    """One place of a member: its name there and, behind a dot, what stands before that."""

    path: str
    node: CodeNode
    receiver: Receiver | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member with the classes that define it and all its places, those of its definitions first."""

    name: str
    family: frozenset[Class]
    definitions: tuple[MemberPlace, ...]
    accesses: tuple[MemberPlace, ...]
    listed: tuple[MemberPlace, ...] = ()


def find_member(workspace: WorkspaceCode, node: CodeNode) -> Member:
    """Return a member with all its places, from the name at one of them in the workspace's own file.

    Raises:
        ActionRefusedError: a place is not certain; the sentence says which.
        StorageError: the symbol table cannot be read.
    """
    return _Search(workspace, node.text).found(node)


@dataclass(slots=True)
class _Places:
    defined: dict[Class, list[MemberPlace]] = field(default_factory=dict)
    accessed: list[MemberPlace] = field(default_factory=list)
    listed: dict[Class, list[MemberPlace]] = field(default_factory=dict)


class _Search:
    """One search for the places of a member."""

    def __init__(self, workspace: WorkspaceCode, name: str) -> None:
        self._workspace, self._name = workspace, name
        self._lineages = Lineages(workspace)
        self._receivers = Receivers(self._lineages)
        self._found = _Places()
        self._doubts: list[tuple[str, CodeNode]] = []

    def found(self, node: CodeNode) -> Member:
        path = self._workspace.path
        if self._name in _PROTOCOLS or (self._name.startswith("__") and self._name.endswith("__")):
            raise ActionRefusedError("Other code may look a member of this name up on whatever it is handed.")
        for each in self._workspace.naming({self._name}):
            self._read(each)
        owner = self._receivers.owner_at(path, node)
        if not isinstance(owner, Class):
            raise ActionRefusedError("Pylot cannot tell of which class this is a member.")
        definers = self._definers()
        lineage = self._lineages.of(owner)
        family = {each for each in lineage.classes if each in definers}
        if not family:
            raise ActionRefusedError(f"Pylot cannot find where {owner.qualified} defines this member.")
        self._grow(family, definers)
        for one in sorted(family, key=lambda each: (each.path, each.qualified)):
            self._refuse_unseen(one)
        ours = [each for each in self._found.accessed if self._is_ours(each, family, definers)]
        self._refuse_doubts()
        definitions = [place for one in family for place in self._found.defined.get(one, ())]
        listed = [place for one in family for place in self._found.listed.get(one, ())]
        return Member(self._name, frozenset(family), _ordered(definitions), _ordered(ours), _ordered(listed))

    def _read(self, path: str) -> None:
        """Take in every place of the name in a file."""
        code = self._workspace.code(path)
        for each in texts_naming(code, self._name):
            raise ActionRefusedError(f"{line_of(each, path)} speaks of this name in a text.")
        for node in code.root.find(_NAMES):
            if node.text == self._name:
                self._take(path, node)
        for node in code.root.find(("string_content", "string_fragment")):
            if node.text == self._name:
                self._take_text(path, node)

    def _take(self, path: str, node: CodeNode) -> None:
        accessed, around = object_before(node), class_defining(node)
        if accessed is not None:
            self._found.accessed.append(MemberPlace(path, node, self._receivers.of(path, accessed)))
        elif around is not None:
            owner = self._lineages.class_at(path, around)
            if owner is None:
                self._doubts.append((path, node))
            else:
                self._found.defined.setdefault(owner, []).append(MemberPlace(path, node))
        elif _may_name_member(node):
            self._doubts.append((path, node))

    def _take_text(self, path: str, node: CodeNode) -> None:
        string = node.parent
        if string is None or string.parent is None:
            return
        if node.code.language != "python" and string.parent.type not in ("import_statement", "export_statement"):
            # Scripts look members up by texts (`c["total"]`), and TypeScript has types of them (`Pick<C, "total">`).
            self._doubts.append((path, node))
        statement = next((each for each in node.around() if each.type == "assignment"), None)
        left = statement.field("left") if statement is not None else None
        if left is None or left.text not in ("__slots__", "__match_args__"):
            return
        around = class_defining(left)
        owner = self._lineages.class_at(path, around) if around is not None else None
        if owner is None or left.text == "__match_args__":
            self._doubts.append((path, node))
        else:
            self._found.listed.setdefault(owner, []).append(MemberPlace(path, node))

    def _definers(self) -> set[Class]:
        """Return the classes that have the member: by their bodies, or since their methods give it a value."""
        found = {*self._found.defined, *self._found.listed}
        for place in self._found.accessed:
            owner = place.receiver.owner if place.receiver is not None else None
            if isinstance(owner, Class) and _is_set(place.node):
                found.add(owner)
        return found

    def _grow(self, family: set[Class], definers: set[Class]) -> None:
        """Take in every class that shares the member, by deriving from one that has it or by a common heir."""
        heirs = list(self._heirs(definers | family))
        before = 0
        while before != len(family):
            before = len(family)
            for one in definers:
                lineage = self._lineages.of(one)
                if family & set(lineage.classes) or any(one in self._lineages.of(each).classes for each in family):
                    family.add(one)
                elif lineage.unclear:
                    raise ActionRefusedError(
                        f"Pylot cannot tell what {one.qualified} derives from, which has this too."
                    )
            for heir in heirs:
                lineage = self._lineages.of(heir)
                if family & set(lineage.classes):
                    family |= definers & set(lineage.classes)
                    if lineage.unseen or lineage.unclear:
                        base = lineage.unclear or lineage.unseen[0]
                        raise ActionRefusedError(f"{heir.qualified} also derives from {base}, which may have this too.")

    def _heirs(self, definers: set[Class]) -> Iterator[Class]:
        """Yield classes with several bases that derive from one of these."""
        names, seen = {each.qualified.rpartition(".")[2] for each in definers}, set[str]()
        while new := [path for path in self._workspace.naming(names) if path not in seen]:
            for path in new:
                seen.add(path)
                for node in self._workspace.code(path).root.find(CLASSES):
                    one = self._lineages.class_at(path, node)
                    if one is not None and definers & set(self._lineages.of(one).classes):
                        names.add(one.qualified.rpartition(".")[2])
                        if len(list(bases_of(node))) > 1:
                            yield one

    def _is_ours(self, place: MemberPlace, family: set[Class], definers: set[Class]) -> bool:
        if place.receiver is None:
            raise self._doubt(place.path, place.node)
        owner = place.receiver.owner
        if isinstance(owner, Outside):
            return False
        lineage = self._lineages.of(owner)
        having = definers & set(lineage.classes[1:] if place.receiver.above else lineage.classes)
        if having:
            return bool(having & family)
        if lineage.unseen and not lineage.unclear:
            return False
        raise self._doubt(place.path, place.node)

    def _refuse_doubts(self) -> None:
        for path, node in self._doubts:
            raise self._doubt(path, node)

    def _doubt(self, path: str, node: CodeNode) -> ActionRefusedError:
        return ActionRefusedError(f"{line_of(node, path)} may mean this member, or another of its name.")

    def _refuse_unseen(self, one: Class) -> None:
        """Refuse a class that has more than its text and that of its bases says."""
        lineage = self._lineages.of(one)
        for base in filter(None, (*lineage.unseen, lineage.unclear)):
            if not hasattr(builtins, base) or hasattr(getattr(builtins, base), self._name):
                raise ActionRefusedError(f"{one.qualified} derives from {base}, which may have this member too.")
        for each in lineage.classes:
            node = self._lineages.node(each)
            if node is None:
                raise ActionRefusedError(f"Pylot cannot find the class {each.qualified}.")
            self._refuse_looking_up(each, node)
            self._refuse_decorators(each, node)

    def _refuse_looking_up(self, one: Class, node: CodeNode) -> None:
        if _BY_TEXT.search(node.text):
            raise ActionRefusedError(f"{one.qualified} looks its members up while it runs.")
        for call in node.find(("call",)):
            called, arguments = call.field("function"), call.field("arguments")
            if called is None or arguments is None or called.text not in _LOOK_UP:
                continue
            if len(arguments.named) < 2 or arguments.named[1].type != "string" or "{" in arguments.named[1].text:
                raise ActionRefusedError(f"{line_of(call, one.path)} looks members up by texts that Pylot cannot tell.")
        for each in node.find(("subscript_expression",)):
            owner = each.field("object")
            if owner is not None and owner.type == "this":
                raise ActionRefusedError(f"{line_of(each, one.path)} looks members up by texts that Pylot cannot tell.")

    def _refuse_decorators(self, one: Class, node: CodeNode) -> None:
        around = node.parent
        decorators = [
            each for each in (*(around.named if around is not None else ()), *node.named) if each.type == "decorator"
        ]
        if not decorators or (around is not None and around.type not in ("decorated_definition", "export_statement") and
                              not any(each.parent == node for each in decorators)):  # fmt: skip
            return
        is_field = any(_is_field(each.node) for each in self._found.defined.get(one, ()))
        if is_field or not all(_CLASS_DECORATORS.match(each.text) for each in decorators):
            raise ActionRefusedError(f"What decorates {one.qualified} may use this member by its name.")


def _may_name_member(node: CodeNode) -> bool:
    """Tell whether a name that is neither behind a dot nor in a class may be that of a member all the same."""
    parent = node.parent
    if parent is None:
        return False
    if parent.type == "keyword_pattern":
        return parent.named[0] == node
    if node.code.language == "python":
        return False
    if parent.type in ("required_parameter", "optional_parameter"):
        return any(each.type in ("accessibility_modifier", "readonly") for each in parent.children)
    is_typed = node.code.language != "javascript"
    if parent.type in _SIGNATURES or node.type == "shorthand_property_identifier":
        return is_typed
    if node.type == "shorthand_property_identifier_pattern":
        return True
    is_key = parent.type in _KEYS and node in (parent.field("key"), parent.field("name"))
    return is_key and (is_typed or parent.type == "pair_pattern")


def _is_set(node: CodeNode) -> bool:
    """Tell whether a member gets a value at a place of it."""
    target = node.parent
    while target is not None and target.parent is not None and target.parent.type in _TARGETS:
        target = target.parent
    statement = target.parent if target is not None else None
    return statement is not None and statement.type in _ASSIGNMENTS and statement.field("left") == target


def _is_field(node: CodeNode) -> bool:
    return node.parent is not None and node.parent.type == "assignment"


def _ordered(places: list[MemberPlace]) -> tuple[MemberPlace, ...]:
    return tuple(sorted(places, key=lambda each: (each.path, each.node.start)))
