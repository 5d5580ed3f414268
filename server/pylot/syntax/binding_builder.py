"""Scopes and places of names as a walk over a piece of a tree finds them.

Where a language hoists names, a name may be used before it is defined, so nothing is looked up here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

from pylot.syntax.binding_values import FREE, BindingKind, Form, ScopeKind
from pylot.syntax.tree import SyntaxTree

FILE = 0
"""The scope of the whole file, in every piece of it."""


class Mark(NamedTuple):
    """One place of a name; `kind` is None where it is only used."""

    start: int
    end: int
    line: int
    name: str
    scope: int
    kind: BindingKind | None
    form: Form


class Call(NamedTuple):
    """One argument that a call names; `is_plain` where the called name stands alone."""

    name: str
    start: int
    end: int
    line: int
    scope: int
    callee: str
    is_plain: bool
    others: frozenset[str]


class Path(NamedTuple):
    """One member behind names and dots."""

    name: str
    start: int
    end: int
    owner: tuple[str, ...]
    scope: int


class Import(NamedTuple):
    """One name from another file; `line` is that of its statement."""

    name: str
    start: int
    end: int
    line: int
    form: Form


@dataclass(slots=True)
class OpenScope:
    """A scope as far as it is known; of one around a piece, only what the piece adds to it."""

    kind: ScopeKind
    name: str
    start: int
    end: int
    parent: int
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    keyword_names: set[str] = field(default_factory=set)
    decorators: tuple[str, ...] = ()


@dataclass(slots=True)
class Piece:
    """What a walk has found in a piece of a text; places are bytes and lines from the beginning of the piece.

    The first scopes are those around it: the file, and in a piece of a piece the scope that it stands in. `targets`
    are ranges in which names get a value.
    """

    n_around: int
    scopes: list[OpenScope]
    marks: list[Mark] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    targets: list[tuple[int, int]] = field(default_factory=list)
    dynamic: set[int] = field(default_factory=set)
    exported: set[str] = field(default_factory=set)


class BindingBuilder:
    """Collect scopes, definitions and uses of one piece, which stands in scopes of the kinds `around`."""

    def __init__(self, tree: SyntaxTree, node: Node, around: Sequence[ScopeKind] = ("module",)) -> None:
        self._data = tree.data
        self._start, self._end, self._line = node.start_byte, node.end_byte, node.start_point[0]
        self.scopes = [OpenScope(kind, "", 0, 0, index - 1 if index else FREE) for index, kind in enumerate(around)]
        self.piece = Piece(len(around), self.scopes)

    def text(self, node: Node) -> str:
        """Return the source of a node; of a name, as the language compares it."""
        text = self._data[node.start_byte : node.end_byte].decode("utf-8", "replace")
        return text if text.isascii() else unicodedata.normalize("NFKC", text)

    def open_scope(
        self, kind: ScopeKind, node: Node, parent: int, name: str = "", decorators: Sequence[str] = ()
    ) -> int:
        """Return a new scope that spans a node, as far as it is in the piece."""
        start, end = max(0, node.start_byte - self._start), min(node.end_byte, self._end) - self._start
        self.scopes.append(OpenScope(kind, name, start, end, parent, decorators=tuple(decorators)))
        return len(self.scopes) - 1

    def define(self, node: Node, scope: int, kind: BindingKind = "variable", form: Form = "name") -> None:
        """Take a place that gives a name its meaning in a scope."""
        self._mark(node, scope, kind, form)

    def use(self, node: Node, scope: int, form: Form = "name") -> None:
        """Take a place that uses a name."""
        self._mark(node, scope, None, form)

    def use_word(self, start: int, end: int, line: int, scope: int) -> None:
        """Take a word inside of a node that uses a name; places count bytes of the text."""
        name = self._data[start:end].decode("utf-8", "replace")
        mark = Mark(start - self._start, end - self._start, line - self._line, name, scope, None, "name")
        self.piece.marks.append(mark)

    def assign(self, target: Node | None) -> None:
        """Take what something is assigned to; a member of something gives no name a value."""
        if target is not None and target.type not in ("member_expression", "subscript_expression"):
            self.piece.targets.append(self._span(target))

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
        line = node.start_point[0] - self._line
        self.piece.calls.append(
            Call(self.text(node), *self._span(node), line, scope, callee, is_plain, frozenset(others))
        )

    def looks_up_while_running(self, scope: int) -> None:
        """Take a scope in which code looks names up by their text."""
        self.piece.dynamic.add(scope)

    def export(self, name: str) -> None:
        """Take a name of the file that other files can get."""
        self.piece.exported.add(name)

    def take(self, name: Node, statement: Node, form: Form) -> None:
        """Take a name that a statement gets from another file."""
        line = statement.start_point[0] - self._line
        self.piece.imports.append(Import(self.text(name), *self._span(name), line, form))

    def member(self, name: Node, owner: Node | None, scope: int) -> None:
        """Take a member, if only names and dots stand before it."""
        parts: list[str] = []
        while owner is not None and owner.type in ("attribute", "member_expression"):
            last = owner.child_by_field_name("attribute") or owner.child_by_field_name("property")
            parts += [self.text(last)] if last is not None else []
            owner = owner.child_by_field_name("object")
        if owner is not None and owner.type == "identifier":
            owners = (self.text(owner), *reversed(parts))
            self.piece.paths.append(Path(self.text(name), *self._span(name), owners, scope))

    def take_in(self, inner: Piece, node: Node, scope: int) -> None:
        """Take all of a piece that stands at a node in a scope."""
        byte, line = node.start_byte - self._start, node.start_point[0] - self._line
        first = len(self.scopes) - inner.n_around
        own = [FILE, scope, *(first + index for index in range(inner.n_around, len(inner.scopes)))]
        for index, each in enumerate(inner.scopes[: inner.n_around]):
            outer = self.scopes[own[index]]
            outer.globals |= each.globals
            outer.nonlocals |= each.nonlocals
            outer.keyword_names |= each.keyword_names
        self.scopes += [
            OpenScope(each.kind, each.name, each.start + byte, each.end + byte, own[each.parent], each.globals,
                      each.nonlocals, each.keyword_names, each.decorators)
            for each in inner.scopes[inner.n_around :]
        ]  # fmt: skip
        mine = self.piece
        mine.marks += [
            Mark(start + byte, end + byte, at + line, name, own[inside], kind, form)
            for start, end, at, name, inside, kind, form in inner.marks
        ]
        mine.calls += [
            each._replace(start=each.start + byte, end=each.end + byte, line=each.line + line, scope=own[each.scope])
            for each in inner.calls
        ]
        mine.paths += [
            Path(name, start + byte, end + byte, owner, own[inside]) for name, start, end, owner, inside in inner.paths
        ]
        mine.imports += [
            Import(name, start + byte, end + byte, at + line, form) for name, start, end, at, form in inner.imports
        ]
        mine.targets += [(start + byte, end + byte) for start, end in inner.targets]
        mine.dynamic |= {own[each] for each in inner.dynamic}
        mine.exported |= inner.exported

    def _mark(self, node: Node, scope: int, kind: BindingKind | None, form: Form) -> None:
        start, end = self._span(node)
        if start < end:
            line = node.start_point[0] - self._line
            self.piece.marks.append(Mark(start, end, line, self.text(node), scope, kind, form))

    def _span(self, node: Node) -> tuple[int, int]:
        return node.start_byte - self._start, node.end_byte - self._start
