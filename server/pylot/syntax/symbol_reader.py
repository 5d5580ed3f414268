"""Definitions, uses and imports from a tree, by the captures of its language's query.

A query captures whole definitions by their kind (`@class`), the `@name` in each, the `@base` classes,
`@import` statements, `@exports`, the `@package`, and uses: `@call`, `@member`, `@type_use`, and `@any` identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

from tree_sitter import Node, Query, QueryCursor

from pylot.syntax.symbol_docs import comment_above, docstring_at
from pylot.syntax.symbol_rules import Rules, rules_of
from pylot.syntax.symbol_values import CALLABLES, CLASSES, Definition, FileSymbols, Import, Kind, Reference
from pylot.syntax.tree import SyntaxTree

_KINDS: tuple[Kind, ...] = get_args(Kind)
_LONGEST_SIGNATURE = 240
_LONGEST_RECEIVER = 60
# What stands before a member, read from the dot backwards, which costs one match instead of a search.
_RECEIVER_BACKWARDS = re.compile(rb"(?:\.[?!]?|::|>-)(?:\)\()?([\w.\x80-\xff]*[A-Za-z_$@\x80-\xff])(?![\w.])")
_BEFORE_MEMBER = frozenset({b".", b":", b">"})
_QUOTED = re.compile(rb"[\"']([^\"']+)[\"']")
_LIST_OF_NAMES = re.compile(rb"__all__[^=\"'\n]*=\s*[\[(](?:[\"'][^\"'\n]*[\"']|[\s,]|#[^\n]*\n)*+[\])]")
_OPENERS = " \t\r\n:{="


@dataclass(slots=True)
class _Open:
    """A definition that others may lie in."""

    node_id: int
    end: int
    kind: Kind
    qualified: str
    is_public: bool


def read_tree(tree: SyntaxTree, query: Query) -> FileSymbols:
    """Return the symbols of a parsed text by a query for its language."""
    return _Reading(tree, QueryCursor(query).captures(tree.root)).result()


class _Reading:
    """One pass over the captures of one tree."""

    def __init__(self, tree: SyntaxTree, captures: dict[str, list[Node]]) -> None:
        self._tree = tree
        self._data = tree.data
        self._length = len(tree.data)
        self._backwards = tree.data[::-1]
        self._is_ascii = len(tree.data) == len(tree.text)
        self._captures = captures
        self._rules: Rules = rules_of(tree.language)
        self._kinds: dict[int, tuple[Node, Kind]] = {
            node.id: (node, kind) for kind in _KINDS for node in captures.get(kind, ())
        }

    def result(self) -> FileSymbols:
        definitions = tuple(self._definitions())
        imports = tuple(sorted(self._imports(), key=lambda one: one.line))
        return FileSymbols(
            self._tree.language,
            "parsed",
            definitions,
            tuple(self._references(definitions, imports)),
            imports,
            self._exports(),
        )

    def _definitions(self) -> Iterator[Definition]:
        bases = self._bases()
        stack: list[_Open] = []
        seen_fields: set[str] = set()
        for start, end, node, kind, name_node in sorted(self._named(), key=lambda item: (item[0], -item[1])):
            while stack and (stack[-1].end <= start or stack[-1].node_id == node.id):
                stack.pop()
            if kind in ("variable", "constant", "field"):
                definition = self._variable(node, kind, name_node, stack)
                if definition is None or definition.qualified in seen_fields:
                    continue
                seen_fields.add(definition.qualified)
                yield definition
                continue
            definition = self._definition(node, kind, name_node, stack, tuple(bases.get(node.id, ())))
            stack.append(_Open(node.id, end, definition.kind, definition.qualified, definition.is_public))
            yield definition

    def _named(self) -> Iterator[tuple[int, int, Node, Kind, Node]]:
        """Yield every definition with its name: (first byte, last byte, node, kind, name)."""
        for name in self._captures.get("name", ()):
            owner = self._owner(name)
            if owner is not None:
                node, kind = owner
                yield node.start_byte, node.end_byte, node, kind, name

    def _owner(self, inner: Node) -> tuple[Node, Kind] | None:
        kinds = self._kinds
        node: Node | None = inner
        while node is not None:
            if node.id in kinds:
                return kinds[node.id]
            node = node.parent
        return None

    def _bases(self) -> dict[int, list[str]]:
        bases: dict[int, list[str]] = {}
        for node in self._captures.get("base", ()):
            owner = self._owner(node)
            if owner is not None:
                bases.setdefault(owner[0].id, []).append(self._text(node).partition("[")[0])
        return bases

    def _definition(
        self, node: Node, kind: Kind, name_node: Node, stack: list[_Open], bases: tuple[str, ...]
    ) -> Definition:
        parent = stack[-1] if stack else None
        if kind == "function" and parent and parent.kind in CLASSES and parent.kind not in ("namespace", "module"):
            kind = "method"
        name = self._text(name_node)
        whole = self._whole(node)
        body = node.child_by_field_name("body")
        signature = self._signature(node, body)
        if self._rules.has_docstrings:
            doc = docstring_at(self._data, body.start_byte) if body else ""
        else:
            doc = comment_above(self._data, whole.start_byte)
        is_public = self._rules.is_public(name, self._first_line(whole))
        if parent:
            is_public = is_public and parent.is_public and parent.kind not in CALLABLES
        line, _ = name_node.start_point
        return Definition(
            name, kind, f"{parent.qualified}.{name}" if parent else name, whole.start_point[0], _last_line(whole), line,
            self._column(name_node), signature, doc, bases, is_public,
        )  # fmt: skip

    def _variable(self, node: Node, kind: Kind, name_node: Node, stack: list[_Open]) -> Definition | None:
        """Return a variable outside of functions, or a field that a method gives its object; None for a local."""
        receiver = self._rules.receiver
        owner = stack[-1] if stack else None
        start = name_node.start_byte
        if owner is not None and owner.kind in CALLABLES:
            if not (receiver and self._data.endswith(receiver, 0, start)) or owner.kind != "method":
                return None
            owner = next((scope for scope in reversed(stack) if scope.kind in CLASSES), None)
        elif receiver and self._data[start - 1 : start] == b".":
            return None
        name = self._text(name_node)
        if kind == "variable":
            kind = "constant" if name.isupper() else "field" if owner is not None and owner.kind in CLASSES else kind
        is_public = self._rules.is_public(name, self._first_line(node)) and (owner is None or owner.is_public)
        line, _ = name_node.start_point
        return Definition(
            name, kind, f"{owner.qualified}.{name}" if owner else name, node.start_point[0], _last_line(node), line,
            self._column(name_node), self._signature(node, None), "", (), is_public,
        )  # fmt: skip

    def _whole(self, node: Node) -> Node:
        wrappers = self._rules.wrappers
        while wrappers and (parent := node.parent) is not None and parent.type in wrappers:
            node = parent
        return node

    def _signature(self, node: Node, body: Node | None) -> str:
        start, end = node.start_byte, body.start_byte if body else node.end_byte
        line = " ".join(self._decode(start, min(end, start + 4 * _LONGEST_SIGNATURE)).split())
        line = line.replace("( ", "(").replace(", )", ")").replace(" )", ")")
        return line[:_LONGEST_SIGNATURE].rstrip(_OPENERS)

    def _imports(self) -> Iterator[Import]:
        for node in self._captures.get("import", ()):
            yield from self._rules.imports(self._text(node), node.start_point[0])

    def _exports(self) -> tuple[str, ...] | None:
        """Return the names that `__all__` lists, or None where it is made in a way that only running it could tell."""
        names: list[str] = []
        texts = [self._data[node.start_byte : node.end_byte] for node in self._captures.get("exports", ())]
        listed = [text for text in texts if text.startswith(b"__all__")]
        if not listed or b"__all__." in self._data or not all(map(_LIST_OF_NAMES.fullmatch, listed)):
            return None
        for text in listed:
            names += [name.decode("utf-8", "replace") for name in _QUOTED.findall(text)]
        return tuple(names)

    def _references(self, definitions: Iterable[Definition], imports: Iterable[Import]) -> list[Reference]:
        data = self._data
        own = {definition.name for definition in definitions if definition.parent == ""}
        for found in imports:
            own.update(name for pair in found.names for name in pair)
            if not found.names:
                own.add(found.alias or found.module.partition(".")[0])
        captures = self._captures
        wanted = {name.encode("utf-8", "surrogatepass") for name in own}
        skipped = {node.start_byte for node in captures.get("name", ())}
        calls = {node.start_byte: node for node in captures.get("call", ())}
        used = {
            node.start_byte: node for node in captures.get("any", ()) if data[node.start_byte : node.end_byte] in wanted
        }
        for capture in ("type_use", "member"):
            used.update({node.start_byte: node for node in captures.get(capture, ())})
        used.update(calls)
        return [self._reference(used[start], start, start in calls) for start in sorted(used.keys() - skipped)]

    def _reference(self, node: Node, start: int, is_call: bool) -> Reference:
        data = self._data
        receiver = ""
        if data[start - 1 : start] in _BEFORE_MEMBER:
            end = self._length - start
            found = _RECEIVER_BACKWARDS.match(self._backwards, end, end + _LONGEST_RECEIVER)
            receiver = found[1][::-1].decode("utf-8", "replace") if found else ""
        row, column = node.start_point
        if not self._is_ascii:
            column = len(data[start - column : start].decode("utf-8", "ignore"))
        return Reference(data[start : node.end_byte].decode("utf-8", "replace"), row, column, receiver, is_call)

    def _column(self, node: Node) -> int:
        column: int = node.start_point[1]
        if self._is_ascii:
            return column
        start = node.start_byte
        return len(self._decode(start - column, start))

    def _text(self, node: Node) -> str:
        return self._decode(node.start_byte, node.end_byte)

    def _first_line(self, node: Node) -> str:
        start = node.start_byte
        newline = self._data.find(b"\n", start, start + _LONGEST_SIGNATURE)
        return self._decode(start, newline if newline >= 0 else min(node.end_byte, start + _LONGEST_SIGNATURE))

    def _decode(self, start: int, end: int) -> str:
        return self._data[start:end].decode("utf-8", "ignore")


def _last_line(node: Node) -> int:
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row
