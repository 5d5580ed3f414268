"""The tree of a text, node by node, with places that count code points."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterator
from functools import cached_property

from tree_sitter import Node

from pylot.syntax.bindings import FileBindings, KnownPieces, bindings_of_tree
from pylot.syntax.grammars import grammar
from pylot.syntax.tree import LARGEST_TEXT, SyntaxTree, parse_by

# A line ends here for an editor, but not for tree-sitter.
_LONE_RETURN = re.compile(r"\r(?!\n)")
_BUDGET_SECONDS = 2.0


class CodeNode:
    """One node; two are equal if they are the same place of the same tree."""

    __slots__ = ("_node", "code")

    def __init__(self, node: Node, code: Code) -> None:
        self._node = node
        self.code = code

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CodeNode) and other._node.id == self._node.id

    def __hash__(self) -> int:
        return hash(self._node.id)

    def __repr__(self) -> str:
        return f"CodeNode({self.type}, {self.start}, {self.end})"

    @property
    def type(self) -> str:
        """What the grammar calls it."""
        return self._node.type

    @property
    def is_named(self) -> bool:
        """Whether it is more than punctuation or a keyword."""
        return self._node.is_named

    @property
    def has_error(self) -> bool:
        """Whether something in it does not parse."""
        return self._node.has_error

    @property
    def start(self) -> int:
        """The offset of its first code point."""
        return self.code.offset_of(self._node.start_byte)

    @property
    def end(self) -> int:
        """The offset behind its last code point."""
        return self.code.offset_of(self._node.end_byte)

    @property
    def line(self) -> int:
        """The line that it begins in, counted from 0."""
        return self._node.start_point[0]

    @property
    def text(self) -> str:
        """Its source."""
        return self.code.text[self.start : self.end]

    @property
    def parent(self) -> CodeNode | None:
        """The node around it."""
        return self._wrapped(self._node.parent)

    @property
    def previous(self) -> CodeNode | None:
        """What stands right before it, within the same node."""
        return self._wrapped(self._node.prev_named_sibling)

    @property
    def following(self) -> CodeNode | None:
        """What stands right behind it, within the same node."""
        return self._wrapped(self._node.next_named_sibling)

    @property
    def children(self) -> list[CodeNode]:
        """Everything right below it, comments and punctuation included."""
        return [CodeNode(each, self.code) for each in self._node.children]

    @property
    def named(self) -> list[CodeNode]:
        """What is right below it, without punctuation and comments."""
        return [CodeNode(each, self.code) for each in self._node.named_children if not is_comment(each.type)]

    def field(self, name: str) -> CodeNode | None:
        """Return the first child in a field of the grammar."""
        return self._wrapped(self._node.child_by_field_name(name))

    def fields(self, name: str) -> list[CodeNode]:
        """Return every child in a field of the grammar."""
        return [CodeNode(each, self.code) for each in self._node.children_by_field_name(name)]

    def around(self) -> Iterator[CodeNode]:
        """Yield the nodes around it, from the nearest to the root."""
        node = self._node.parent
        while node is not None:
            yield CodeNode(node, self.code)
            node = node.parent

    def walk(self) -> Iterator[CodeNode]:
        """Yield it and everything below it that is named, in the order of the text."""
        pending = [self._node]
        while pending:
            node = pending.pop()
            yield CodeNode(node, self.code)
            pending += reversed(node.named_children)

    def find(
        self, kinds: Container[str], *, closed: Container[str] = frozenset(), start: int = 0
    ) -> Iterator[CodeNode]:
        """Yield what is of certain kinds below it, in the order of the text, quicker than `walk` does.

        What is in `closed` kinds is left out, and so is what ends in front of an offset.
        """
        first, pending = self.code.byte_of(start), [self._node]
        while pending:
            node = pending.pop()
            kind = node.type
            if kind in closed or node.end_byte <= first:
                continue
            if kind in kinds:
                yield CodeNode(node, self.code)
            pending += reversed(node.named_children)

    def _wrapped(self, node: Node | None) -> CodeNode | None:
        return None if node is None else CodeNode(node, self.code)


class Code:
    """One text and its tree; what is known of its names is worked out when it is asked for."""

    def __init__(self, text: str, tree: SyntaxTree, known: KnownPieces | None = None) -> None:
        self.text = text
        self.tree = tree
        self.known = known or KnownPieces()
        self._is_ascii = len(tree.data) == len(text)

    @property
    def language(self) -> str:
        """The canonical language."""
        return self.tree.language

    @property
    def root(self) -> CodeNode:
        """The whole text."""
        return CodeNode(self.tree.root, self)

    @cached_property
    def bindings(self) -> FileBindings | None:
        """What each name is bound to, or None where the language's rules are not known."""
        return bindings_of_tree(self.tree, self.known)

    def offset_of(self, byte: int) -> int:
        """Return the code point that a byte belongs to."""
        if self._is_ascii:
            return byte
        bytes_before, points_before = self._line_starts
        line_idx = bisect_right(bytes_before, byte) - 1
        piece = self.tree.data[bytes_before[line_idx] : byte]
        return points_before[line_idx] + len(piece.decode("utf-8", "ignore"))

    def byte_of(self, offset: int) -> int:
        """Return the byte that a code point begins at."""
        if self._is_ascii:
            return offset
        bytes_before, points_before = self._line_starts
        line_idx = bisect_right(points_before, offset) - 1
        piece = self.text[points_before[line_idx] : offset]
        return bytes_before[line_idx] + len(piece.encode("utf-8", "surrogatepass"))

    def smallest(self, start: int, end: int) -> CodeNode:
        """Return the smallest named node that holds a range."""
        first, last = self.byte_of(start), self.byte_of(end)
        found = self.tree.root.named_descendant_for_byte_range(first, max(first, last))
        return CodeNode(found or self.tree.root, self)

    @cached_property
    def _line_starts(self) -> tuple[list[int], list[int]]:
        bytes_before, points_before = [0], [0]
        for line in self.tree.data.splitlines(keepends=True):
            bytes_before.append(bytes_before[-1] + len(line))
            points_before.append(points_before[-1] + len(line.decode("utf-8", "replace")))
        return bytes_before, points_before


def is_comment(kind: str) -> bool:
    """Tell whether the grammar calls a comment so."""
    return kind in ("comment", "line_comment", "block_comment", "html_comment")


def read_code_nodes(text: str, language: str, previous: Code | None = None) -> Code | None:
    """Return the tree of a text, with the help of that of an earlier version.

    None where the language has no grammar, or the text is larger than 1 MiB or takes more than two seconds to parse.
    """
    known = grammar(language)
    if known is None or len(text) > LARGEST_TEXT:
        return None
    if previous is not None and (previous.text, previous.language) == (text, language):
        return previous
    plain = _LONE_RETURN.sub("\n", text)
    tree = parse_by(known, language, plain, previous.tree if previous else None, _BUDGET_SECONDS)
    is_same_language = previous is not None and previous.language == language
    return Code(text, tree, previous.known if previous is not None and is_same_language else None) if tree else None
