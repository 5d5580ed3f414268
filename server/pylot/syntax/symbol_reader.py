"""Definitions, uses and imports from a tree, by the captures of its language's query.

A query captures whole definitions by their kind (`@class`), the `@name` in each, the `@base` classes, the `@body`
where the grammar has no field of that name, and the `@owner` of what is defined outside of its class; an
`@implementation` only says what its members belong to. `@import` statements, `@exports`, the `@package`, and uses:
`@call`, `@member`, `@type_use`, and `@any` identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tree_sitter import Node, Query, QueryCursor

from pylot.syntax.symbol_docs import comment_above, docstring_at
from pylot.syntax.symbol_rules import Rules, rules_of
from pylot.syntax.symbol_values import CALLABLES, CLASSES, Definition, FileSymbols, Import, Kind, Reference
from pylot.syntax.tree import SyntaxTree

# One node may be captured as several kinds: the first of these is what it is.
_PRECEDENCE: tuple[Kind, ...] = (
    "interface", "enum", "class", "namespace", "module", "function", "method", "type", "macro", "field", "constant",
    "variable", "section",
)  # fmt: skip
_BOUND = frozenset({"variable", "constant", "field"})
_LONGEST_SIGNATURE = 240
_LONGEST_NAME = 120
_LONGEST_RECEIVER = 60
# What stands before a member, read from the dot backwards, which costs one match instead of a search.
_RECEIVER_BACKWARDS = re.compile(rb"(?:\.[?!]?|::|>-)(?:\)\()?([\w.\x80-\xff]*[A-Za-z_$@\x80-\xff])(?![\w.])")
_BEFORE_MEMBER = frozenset({b".", b":", b">"})
_QUOTED = re.compile(rb"[\"']([^\"']+)[\"']")
_LIST_OF_NAMES = re.compile(rb"__all__[^=\"'\n]*=\s*[\[(](?:[\"'][^\"'\n]*[\"']|[\s,]|#[^\n]*\n)*+[\])]")
_EXPORT = re.compile(rb"^export\b", re.MULTILINE)
_ATTRIBUTES = re.compile(r"\A(?:(?:@[\w.]+(?:\([^()]*\))?|#?\[[^\[\]]*\])\s+(?![=+*/|&-]))+")
_KEYWORD_BEFORE = frozenset({"type", "var", "const"})
_OPENER = re.compile(r"\s*(?:=>|[:{=;,])?\s*\Z")


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
        self._exported: set[str] | None = None
        self._kinds: dict[int, tuple[Node, Kind]] = {
            node.id: (node, kind) for kind in reversed(_PRECEDENCE) for node in captures.get(kind, ())
        }
        self._implementations = {node.id for node in captures.get("implementation", ())}
        self._kinds.update({node.id: (node, "class") for node in captures.get("implementation", ())})
        self._bodies = self._inside("body")
        self._owners = self._inside("owner")

    def result(self) -> FileSymbols:
        imports = tuple(sorted(self._imports(), key=lambda one: one.line))
        if self._rules.lists_exports and _EXPORT.search(self._data):
            self._exported = {name for one in imports if one.is_reexport and not one.module for name, _ in one.names}
        definitions = tuple(self._definitions())
        return FileSymbols(
            self._tree.language,
            "parsed",
            definitions,
            tuple(self._references(definitions, imports)),
            imports,
            self._exports(),
            self._text(captures[0]) if (captures := self._captures.get("package")) else "",
        )

    def _definitions(self) -> Iterator[Definition]:
        bases = self._inside("base")
        stack: list[_Open] = []
        seen_fields: set[str] = set()
        for start, end, node, kind, name_node in sorted(
            self._named(), key=lambda item: (item[0], -item[1], item[4].start_byte)
        ):
            while stack and (stack[-1].end <= start or stack[-1].node_id == node.id):
                stack.pop()
            if kind in _BOUND:
                definition = self._variable(node, kind, name_node, stack)
                if definition is None or definition.qualified in seen_fields:
                    continue
                seen_fields.add(definition.qualified)
                yield definition
                continue
            if node.id in self._implementations:
                stack.append(_Open(node.id, end, "class", self._text(name_node), True))
                continue
            of_class = tuple(map(self._base, bases.get(node.id, ())))
            definition = self._definition(node, kind, name_node, stack, of_class)
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

    def _inside(self, capture: str) -> dict[int, list[Node]]:
        """Return the captured nodes in each definition, by its id, in the order of the text."""
        found: dict[int, list[Node]] = {}
        for node in sorted(self._captures.get(capture, ()), key=lambda node: node.start_byte):
            owner = self._owner(node)
            if owner is not None:
                found.setdefault(owner[0].id, []).append(node)
        return found

    def _base(self, node: Node) -> str:
        return self._text(node).partition("[")[0].replace("::", ".").replace("\\", ".")

    def _definition(
        self, node: Node, kind: Kind, name_node: Node, stack: list[_Open], bases: tuple[str, ...]
    ) -> Definition:
        parent = stack[-1] if stack else None
        if kind == "function" and parent and parent.kind in CLASSES and parent.kind not in ("namespace", "module"):
            kind = "method"
        name = self._name(name_node)
        outer = parent.qualified if parent else ""
        if owners := self._owners.get(node.id):
            outer = ".".join(filter(None, (outer, *map(self._base, owners))))
            kind = "method"
        whole = self._whole(node)
        body = self._body(node)
        signature = self._signature(node if self._rules.has_docstrings else whole, body, kind)
        if self._rules.has_docstrings:
            doc = docstring_at(self._data, body.start_byte) if body else ""
        else:
            doc = comment_above(self._data, whole.start_byte, self._tree.language)
        is_public = self._is_public(name, signature, parent) and (parent is None or parent.kind not in CALLABLES)
        line, _ = name_node.start_point
        return Definition(
            name, kind, f"{outer}.{name}" if outer else name, whole.start_point[0], _last_line(whole), line,
            self._column(name_node), signature, doc, bases, is_public,
        )  # fmt: skip

    def _variable(self, node: Node, kind: Kind, name_node: Node, stack: list[_Open]) -> Definition | None:
        """Return a variable outside of functions, or a field that a method gives its object; None for a local."""
        receiver = self._rules.receiver
        owner = stack[-1] if stack else None
        start = name_node.start_byte
        if owner is not None and owner.kind in CALLABLES:
            is_field = kind == "field" or (receiver and self._data.endswith(receiver, 0, start))
            if not is_field or owner.kind != "method":
                return None
            owner = next((scope for scope in reversed(stack) if scope.kind in CLASSES), None)
        elif receiver and self._data[start - 1 : start] == b".":
            return None
        name = self._name(name_node)
        if kind == "variable":
            kind = "constant" if name.isupper() else "field" if owner is not None and owner.kind in CLASSES else kind
        node = self._whole(node)
        signature = self._signature(node, None, kind)
        is_public = self._is_public(name, signature, owner)
        line, _ = name_node.start_point
        return Definition(
            name, kind, f"{owner.qualified}.{name}" if owner else name, node.start_point[0], _last_line(node), line,
            self._column(name_node), signature, "", (), is_public,
        )  # fmt: skip

    def _name(self, node: Node) -> str:
        name = " ".join(self._text(node).split())[:_LONGEST_NAME]
        return name.strip("\"'").lstrip(self._rules.sigils).replace("::", ".")

    def _body(self, node: Node) -> Node | None:
        if bodies := self._bodies.get(node.id):
            return bodies[0]
        if (body := node.child_by_field_name("body")) is not None:
            return body
        value = node.child_by_field_name("value")
        return value.child_by_field_name("body") if value is not None else None

    def _is_public(self, name: str, signature: str, owner: _Open | None) -> bool:
        if not self._rules.is_public(name, signature, owner.kind if owner else None):
            return False
        if owner is not None:
            return owner.is_public
        return self._exported is None or name in self._exported or signature.startswith(("export", "declare"))

    def _whole(self, node: Node) -> Node:
        wrappers = self._rules.wrappers
        while wrappers and (parent := node.parent) is not None and parent.type in wrappers:
            node = parent
        return node

    def _signature(self, node: Node, body: Node | None, kind: Kind) -> str:
        """Return one line of source: all before the body, or the first line of what only binds a name."""
        start, end = node.start_byte, body.start_byte if body else node.end_byte
        source = self._decode(start, min(end, start + 4 * _LONGEST_SIGNATURE))
        if body is None and (kind in _BOUND or kind == "section"):
            return source.partition("\n")[0].rstrip(" \t\r;,")[:_LONGEST_SIGNATURE]
        line = _ATTRIBUTES.sub("", " ".join(source.split()))
        line = line.replace("( ", "(").replace(", )", ")").replace(" )", ")")
        return _OPENER.sub("", self._keyword_before(start) + line[:_LONGEST_SIGNATURE])

    def _keyword_before(self, start: int) -> str:
        """Return the word of a statement whose parts are definitions: Go's `type` in `type Cart struct`."""
        if self._tree.language != "go":
            return ""
        word = self._decode(self._data.rfind(b"\n", 0, start) + 1, start).strip()
        return f"{word} " if word in _KEYWORD_BEFORE else ""

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
            own.add(found.local_name(self._tree.language))
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

    def _decode(self, start: int, end: int) -> str:
        return self._data[start:end].decode("utf-8", "ignore")


def _last_line(node: Node) -> int:
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row
