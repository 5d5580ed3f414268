"""Read the names of a text piece by piece, those not again that an earlier version of it had (issue 8, 5).

What stands at the top of a file, and every function, is a piece: its scopes and places follow from its source alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tree_sitter import Node

from pylot.syntax.binding_builder import BindingBuilder, Piece
from pylot.syntax.binding_index import IndexedPiece, indexed_piece, put_together
from pylot.syntax.binding_values import FileBindings, ScopeKind
from pylot.syntax.tree import SyntaxTree

_Key = tuple[str, str, bytes]
"""The kind of a node, that of the scope it stands in, and its source."""

_T = TypeVar("_T")

_SMALLEST_BYTES = 64
# Each level is a call in a call, and each copies what the next one has found.
_MOST_LEVELS = 4


@dataclass(frozen=True, slots=True)
class _Known(Generic[_T]):
    """What was found in a piece, and the pieces in it."""

    found: _T
    inner: dict[_Key, _Known[Piece]]


@dataclass(slots=True)
class KnownPieces:
    """The pieces of the last text that was read with them, to be found again by their source."""

    tops: dict[_Key, _Known[IndexedPiece]] = field(default_factory=dict)
    inner: dict[_Key, _Known[Piece]] = field(default_factory=dict)


class PieceReader:
    """Put the bindings of one text together; `walk` reads a node in a scope into the `builder` of this moment.

    Without `known`, what is in a piece is read in one go, since nobody will ask for it again.
    """

    def __init__(self, tree: SyntaxTree, known: KnownPieces | None, walk: Callable[[Node, int], None]) -> None:
        self.builder = BindingBuilder(tree, tree.root)
        self._tree, self._walk = tree, walk
        self._known, self._is_kept = known or KnownPieces(), known is not None
        self._inner: dict[_Key, _Known[Piece]] = {}
        self._level = 0

    def read(self) -> FileBindings:
        """Return the bindings; from now on its pieces are the known ones."""
        tops: dict[_Key, _Known[IndexedPiece]] = {}
        inner: dict[_Key, _Known[Piece]] = {}
        placed = []
        for node in self._tree.root.named_children:
            key = self._key(node, "module")
            top = None if node.has_error else tops.get(key) or self._known.tops.get(key)
            if top is None:
                found = self._read(node, ())
                top = _Known(indexed_piece(found.found, key[2]), found.inner)
            if not node.has_error:
                tops[key] = top
            inner |= top.inner
            placed.append((node.start_byte, node.start_point[0], top.found))
        self._known.tops, self._known.inner = tops, inner
        return put_together(self._tree, placed)

    def takes(self, node: Node, scope: int) -> bool:
        """Read a piece within the one that is being read, if it is worth being one; False leaves it to the caller."""
        is_small = node.end_byte - node.start_byte < _SMALLEST_BYTES
        if not self._is_kept or is_small or self._level >= _MOST_LEVELS or node.has_error:
            return False
        kind = self.builder.scopes[scope].kind
        key = self._key(node, kind)
        known = self._inner.get(key) or self._known.inner.get(key) or self._read(node, (kind,))
        self._inner[key] = known
        self._inner |= known.inner
        self.builder.take_in(known.found, node, scope)
        return True

    def _read(self, node: Node, around: tuple[ScopeKind, ...]) -> _Known[Piece]:
        outer, self.builder = (
            self.builder,
            BindingBuilder(self._tree, node, ("module", *around)),
        )
        outer_inner, self._inner = self._inner, {}
        self._level += 1
        self._walk(node, len(around))
        self._level -= 1
        found = _Known(self.builder.piece, self._inner)
        self.builder, self._inner = outer, outer_inner
        return found

    def _key(self, node: Node, around: str) -> _Key:
        return node.type, around, self._tree.data[node.start_byte : node.end_byte]
