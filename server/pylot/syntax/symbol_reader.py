"""Definitions, uses and imports from a tree, by the captures of its language's query.

A query captures whole definitions by their kind (`@class`), the `@name` in each, the `@base` classes, the `@body`
where the grammar has no field of that name, and the `@owner` of what is defined outside of its class; an
`@implementation` only says what its members belong to. `@import` statements, `@exports`, the `@package`, and uses:
`@call`, `@member`, `@type_use`, and `@any` identifier. A language without declarations captures the names in an
assignment as `@target`, and a definition's `@wrapper` belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from tree_sitter import Node, Query, QueryCursor

from pylot.syntax.byte_lines import ByteLines
from pylot.syntax.symbol_docs import comment_above, docstring_at
from pylot.syntax.symbol_locals import without_locals
from pylot.syntax.symbol_references import captured_references, word_references
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
_LONGEST_IMPORT = 20_000
_DEEPEST = 400
_QUOTED = re.compile(rb"[\"']([^\"']+)[\"']")
_LIST_OF_NAMES = re.compile(rb"__all__[^=\"'\n]*=\s*[\[(](?:[\"'][^\"'\n]*[\"']|[\s,]|#[^\n]*\n)*+[\])]")
_EXPORT = re.compile(rb"^export\b", re.MULTILINE)
_ATTRIBUTES = re.compile(r"\A(?:(?:@[\w.]+(?:\([^()]*\))?|#?\[[^\[\]]*\])\s+(?![=+*/|&-]))+")
_KEYWORD_BEFORE = frozenset({"type", "var", "const"})
_OPENERS = " \t:{=;,"


# A definition before it has a name: its first byte, its last one as a negative number, so that what lies around comes
# first in order, a number of its own, the node and the kind.
_Span = tuple[int, int, int, Node, Kind]

_start = attrgetter("start_byte")


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
    cursor = QueryCursor(query)
    # Each step of a cursor takes as long as its place is deep, so a chain of a hundred thousand calls would take hours.
    cursor.set_max_start_depth(_DEEPEST)
    return _Reading(tree, cursor.captures(tree.root)).result()


class _Reading:
    """One pass over the captures of one tree."""

    def __init__(self, tree: SyntaxTree, captures: dict[str, list[Node]]) -> None:
        self._tree = tree
        self._data = tree.data
        self._lines = ByteLines(tree.data)
        self._rules: Rules = rules_of(tree.language)
        self._captures: Mapping[str, Sequence[Node]] = captures
        if "target" in captures:
            self._captures = without_locals(captures, tree.data, self._rules.receiver)
        self._exported: set[str] | None = None
        kinds: dict[int, tuple[Node, Kind]] = {
            node.id: (node, kind) for kind in reversed(_PRECEDENCE) for node in self._captures.get(kind, ())
        }
        implementations: dict[int, tuple[Node, Kind]] = {
            node.id: (node, "class") for node in captures.get("implementation", ())
        }
        self._implementations = implementations.keys()
        kinds.update(implementations)
        self._spans: list[_Span] = sorted(
            (node.start_byte, -node.end_byte, number, node, kind) for number, (node, kind) in enumerate(kinds.values())
        )
        self._bodies = self._inside("body")
        self._owners = self._inside("owner")
        self._wrappers = {
            inner.id: node
            for node in captures.get("wrapper", ())
            if (inner := node.child_by_field_name("definition")) is not None
        }

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
        bases, counts = self._inside("base"), self._rules.counts
        stack: list[_Open] = []
        seen_fields: set[str] = set()
        # No two of these are equal up to their number, so nodes, which have no order, are never compared.
        named = sorted(
            (start, negative_end, place, number, node, kind, name_node)
            for number, ((start, negative_end, _, node, kind), place, name_node) in enumerate(self._within("name"))
        )
        for start, negative_end, _, _, node, kind, name_node in named:
            if counts is not None and not counts(self._data, name_node):
                continue
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
                stack.append(_Open(node.id, -negative_end, "class", self._text(name_node), True))
                continue
            of_class = tuple(map(self._base, bases.get(node.id, ())))
            definition = self._definition(node, kind, name_node, stack, of_class)
            stack.append(_Open(node.id, -negative_end, definition.kind, definition.qualified, definition.is_public))
            yield definition

    def _within(self, capture: str) -> Iterator[tuple[_Span, int, Node]]:
        """Yield the captured nodes with the innermost definition around and their place, in the order of the text."""
        spans, position, n_spans = self._spans, 0, len(self._spans)
        around: list[_Span] = []
        for node in self._ordered(capture):
            place = node.start_byte
            while position < n_spans and spans[position][0] <= place:
                span = spans[position]
                while around and -around[-1][1] <= span[0]:
                    around.pop()
                around.append(span)
                position += 1
            while around and -around[-1][1] <= place:
                around.pop()
            if around:
                yield around[-1], place, node

    def _ordered(self, capture: str) -> list[Node]:
        """Return the captured nodes in the order of the text: a cursor gives them in none."""
        return sorted(self._captures.get(capture, ()), key=_start)

    def _inside(self, capture: str) -> dict[int, list[Node]]:
        """Return the captured nodes in each definition, by its id, in the order of the text."""
        found: dict[int, list[Node]] = {}
        for span, _, node in self._within(capture):
            found.setdefault(span[3].id, []).append(node)
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
        return Definition(
            name, kind, f"{outer}.{name}" if outer else name, *self._places(whole, name_node),
            signature, doc, bases, is_public,
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
        return Definition(
            name, kind, f"{owner.qualified}.{name}" if owner else name, *self._places(node, name_node),
            signature, "", (), is_public,
        )  # fmt: skip

    def _name(self, node: Node) -> str:
        name = self._text(node)
        if name.isidentifier():
            return name
        name = " ".join(name.split())[:_LONGEST_NAME]
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
        if (wrapper := self._wrappers.get(node.id)) is not None:
            return wrapper
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
        line = source
        if "\n" in source or "\t" in source:
            line = (
                " ".join(source.replace("\\\n", " ").split()).replace("( ", "(").replace(", )", ")").replace(" )", ")")
            )
        if line.startswith(("@", "[", "#[")):
            line = _ATTRIBUTES.sub("", line)
        line = line[:_LONGEST_SIGNATURE]
        if self._tree.language == "go":
            line = self._keyword_before(start) + line
        line = line.rstrip()
        return line.removesuffix("=>").rstrip() if line.endswith("=>") else line.rstrip(_OPENERS)

    def _keyword_before(self, start: int) -> str:
        """Return the word of a statement whose parts are definitions: Go's `type` in `type Cart struct`."""
        word = self._decode(self._data.rfind(b"\n", 0, start) + 1, start).strip()
        return f"{word} " if word in _KEYWORD_BEFORE else ""

    def _imports(self) -> Iterator[Import]:
        for node in self._ordered("import"):
            start = node.start_byte
            text = self._decode(start, min(node.end_byte, start + _LONGEST_IMPORT))
            yield from self._rules.imports(text, self._lines.line(start))

    def _exports(self) -> tuple[str, ...] | None:
        """Return the names that `__all__` lists, or None where it is made in a way that only running it could tell."""
        if b"__all__" not in self._data:
            return None
        names: list[str] = []
        texts = [self._data[node.start_byte : node.end_byte] for node in self._ordered("exports")]
        listed = [text for text in texts if text.startswith(b"__all__")]
        if not listed or b"__all__." in self._data or not all(map(_LIST_OF_NAMES.fullmatch, listed)):
            return None
        for text in listed:
            names += [name.decode("utf-8", "replace") for name in _QUOTED.findall(text)]
        return tuple(names)

    def _references(self, definitions: Iterable[Definition], imports: Iterable[Import]) -> list[Reference]:
        own = {definition.name for definition in definitions if definition.name == definition.qualified}
        for found in imports:
            own.update(name for pair in found.names for name in pair)
            own.add(found.local_name(self._tree.language))
        wanted = {name.encode("utf-8", "surrogatepass") for name in own}
        skipped = {node.start_byte for capture in ("name", "target") for node in self._captures.get(capture, ())}
        if self._rules.words_tell_uses:
            return word_references(self._data, self._lines, self._captures.get("any", ()), wanted, skipped)
        return captured_references(self._tree, self._captures, wanted, skipped)

    def _places(self, node: Node, name: Node) -> tuple[int, int, int, int]:
        """Return the first and the last line of a definition, and the line and the column of its name."""
        line, start, end = self._lines.line, name.start_byte, node.end_byte
        first, last, name_line = line(node.start_byte), line(end), line(start)
        if last > first and self._lines.starts[last] == end:
            last -= 1
        return first, last, name_line, self._lines.column(start, name_line)

    def _text(self, node: Node) -> str:
        return self._decode(node.start_byte, node.end_byte)

    def _decode(self, start: int, end: int) -> str:
        return self._data[start:end].decode("utf-8", "ignore")
