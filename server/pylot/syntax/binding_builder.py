"""Scopes and places as a walk over a tree finds them, put together to bindings at its end.

Where a language hoists names, a name may be used before it is defined, so nothing is looked up before the end.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

from pylot.syntax.binding_values import (
    FREE,
    Binding,
    BindingKind,
    FileBindings,
    Form,
    Keyword,
    Member,
    Occurrence,
    Scope,
    ScopeKind,
    Taken,
)
from pylot.syntax.tree import SyntaxTree


class _Mark(NamedTuple):
    """One place of a name in bytes; `kind` is None where it is only used."""

    start: int
    end: int
    line: int
    name: str
    scope: int
    kind: BindingKind | None
    form: Form


class _Call(NamedTuple):
    """One argument that a call names."""

    node: Node
    callee: str
    is_plain: bool
    scope: int
    others: frozenset[str]


@dataclass(slots=True)
class _Scope:
    kind: ScopeKind
    name: str
    start: int
    end: int
    parent: int
    names: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    keyword_names: set[str] = field(default_factory=set)
    decorators: tuple[str, ...] = ()


class BindingBuilder:
    """Collect scopes, definitions and uses of one tree; scope 0 is the whole file."""

    def __init__(self, tree: SyntaxTree) -> None:
        self._tree = tree
        self._marks: list[_Mark] = []
        self._calls: list[_Call] = []
        self._dynamic: set[int] = set()
        self._exported: set[str] = set()
        self._taken: list[tuple[Node, int, Form]] = []
        self._members: list[tuple[Node, tuple[str, ...], int]] = []
        self.scopes = [_Scope("module", "", 0, len(tree.data), FREE)]

    def text(self, node: Node) -> str:
        """Return the source of a node; of a name, as the language compares it."""
        text = self._tree.data[node.start_byte : node.end_byte].decode("utf-8", "replace")
        return text if text.isascii() else unicodedata.normalize("NFKC", text)

    def open_scope(
        self, kind: ScopeKind, node: Node, parent: int, name: str = "", decorators: Sequence[str] = ()
    ) -> int:
        """Return a new scope that spans a node."""
        self.scopes.append(_Scope(kind, name, node.start_byte, node.end_byte, parent, decorators=tuple(decorators)))
        return len(self.scopes) - 1

    def define(self, node: Node, scope: int, kind: BindingKind = "variable", form: Form = "name") -> None:
        """Take a place that gives a name its meaning in a scope."""
        self._mark(node, scope, kind, form)

    def use(self, node: Node, scope: int, form: Form = "name") -> None:
        """Take a place that uses a name."""
        self._mark(node, scope, None, form)

    def use_word(self, start: int, end: int, line: int, scope: int) -> None:
        """Take a word inside of a node that uses a name; places count bytes."""
        name = self._tree.data[start:end].decode("utf-8", "replace")
        self._marks.append(_Mark(start, end, line, name, scope, None, "name"))

    def look_up_in_file(self, names: Iterable[str], scope: int) -> None:
        """Let names belong to the file wherever a scope uses them (Python's `global`)."""
        self.scopes[scope].globals.update(names)

    def look_up_outside(self, names: Iterable[str], scope: int) -> None:
        """Let names belong to a scope around this one (Python's `nonlocal`)."""
        self.scopes[scope].nonlocals.update(names)

    def can_be_named(self, name: str, scope: int) -> None:
        """Take a parameter of a function that calls can name."""
        self.scopes[scope].keyword_names.add(name)

    def call_names(self, node: Node, callee: str, scope: int, *, is_plain: bool, others: Iterable[str]) -> None:
        """Take an argument that a call names."""
        self._calls.append(_Call(node, callee, is_plain, scope, frozenset(others)))

    def looks_up_while_running(self, scope: int) -> None:
        """Take a scope in which code looks names up by their text."""
        self._dynamic.add(scope)

    def export(self, name: str) -> None:
        """Take a name of the file that other files can get."""
        self._exported.add(name)

    def take(self, name: Node, statement: Node, form: Form) -> None:
        """Take a name that a statement gets from another file."""
        self._taken.append((name, statement.start_point[0], form))

    def member(self, name: Node, owner: Node | None, scope: int) -> None:
        """Take a member, if only names and dots stand before it."""
        parts: list[str] = []
        while owner is not None and owner.type in ("attribute", "member_expression"):
            last = owner.child_by_field_name("attribute") or owner.child_by_field_name("property")
            parts += [self.text(last)] if last is not None else []
            owner = owner.child_by_field_name("object")
        if owner is not None and owner.type == "identifier":
            self._members.append((name, (self.text(owner), *reversed(parts)), scope))

    def result(self) -> FileBindings:
        """Return every binding."""
        for mark in self._marks:
            if mark.kind is not None and mark.name not in self.scopes[mark.scope].nonlocals:
                is_global = mark.name in self.scopes[mark.scope].globals
                self.scopes[0 if is_global else mark.scope].names.add(mark.name)
        offsets = self._offsets()
        scopes = tuple(
            Scope(
                each.kind, each.name, offsets[each.start], offsets[each.end], each.parent, frozenset(each.names),
                frozenset(each.globals), frozenset(each.keyword_names), each.decorators,
            )
            for each in self.scopes
        )  # fmt: skip
        lookup = FileBindings(self._tree.language, scopes, {})
        groups: dict[tuple[int, str], list[_Mark]] = {}
        for mark in sorted(self._marks, key=_place):
            groups.setdefault((lookup.owner_of(mark.name, mark.scope), mark.name), []).append(mark)
        bindings = {key: _binding(key, marks, offsets) for key, marks in groups.items()}
        keywords = tuple(self._keyword(call, lookup, offsets) for call in self._calls)
        taken = tuple(
            Taken(self.text(node), offsets[node.start_byte], offsets[node.end_byte], line, form)
            for node, line, form in self._taken
        )
        members = tuple(
            Member(self.text(node), offsets[node.start_byte], offsets[node.end_byte], owner, scope)
            for node, owner, scope in self._members
        )
        return FileBindings(
            self._tree.language, scopes, bindings, keywords, frozenset(self._dynamic), frozenset(self._exported), taken,
            members,
        )  # fmt: skip

    def _mark(self, node: Node, scope: int, kind: BindingKind | None, form: Form) -> None:
        if node.start_byte < node.end_byte:
            line = node.start_point[0]
            self._marks.append(_Mark(node.start_byte, node.end_byte, line, self.text(node), scope, kind, form))

    def _keyword(self, call: _Call, lookup: FileBindings, offsets: dict[int, int]) -> Keyword:
        start, end = call.node.start_byte, call.node.end_byte
        owner = lookup.owner_of(call.callee, call.scope) if call.is_plain else None
        return Keyword(
            self.text(call.node),
            offsets[start],
            offsets[end],
            call.node.start_point[0],
            call.callee,
            owner,
            call.others,
        )

    def _offsets(self) -> dict[int, int]:
        """Return the code point at each byte that is spoken of, in one pass over the text."""
        spoken = {byte for mark in self._marks for byte in (mark.start, mark.end)}
        spoken |= {byte for scope in self.scopes for byte in (scope.start, scope.end)}
        nodes = [call.node for call in self._calls] + [each[0] for each in (*self._taken, *self._members)]
        spoken |= {byte for node in nodes for byte in (node.start_byte, node.end_byte)}
        offsets, previous, offset = {}, 0, 0
        for byte in sorted(spoken):
            offset += len(self._tree.data[previous:byte].decode("utf-8", "replace"))
            offsets[byte], previous = offset, byte
        return offsets


def _place(mark: _Mark) -> tuple[int, int]:
    return mark.start, mark.end


def _binding(key: tuple[int, str], marks: Sequence[_Mark], offsets: dict[int, int]) -> Binding:
    kinds = [mark.kind for mark in marks if mark.kind is not None]
    occurrences = tuple(
        Occurrence(offsets[each.start], offsets[each.end], each.line, each.scope, each.kind is not None, each.form)
        for each in marks
    )
    return Binding(key[1], key[0], kinds[0] if kinds else "variable", occurrences)
