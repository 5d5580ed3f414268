"""What is known of the pieces of a text, put together to its bindings, of which each is made when it is asked for.

A key changes one piece of a file. What was found in the others is only put in another place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import NamedTuple, TypeVar, overload

from pylot.syntax.binding_builder import FILE, Mark, OpenScope, Piece
from pylot.syntax.binding_values import (
    FREE,
    Binding,
    Bindings,
    FileBindings,
    Keyword,
    Member,
    Occurrence,
    Scope,
    Taken,
    owner_of,
)
from pylot.syntax.tree import SyntaxTree

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class IndexedPiece:
    """A piece of a file whose places count code points; `marks` are in the order of the text.

    `in_file` are the names that it defines in the file, `in_file_by_global` those of them that `global` takes there.
    """

    piece: Piece
    marks: tuple[Mark, ...]
    starts: tuple[int, ...]
    sets: frozenset[int]
    by_name: Mapping[str, Sequence[int]]
    names: tuple[frozenset[str], ...]
    in_file_by_global: frozenset[str]
    n_points: int


class PlacedPiece(NamedTuple):
    """A piece and what comes before it: code points, lines, and scopes beside the file's own."""

    indexed: IndexedPiece
    offset: int
    line: int
    n_scopes: int

    def scope(self, scope: int) -> int:
        """Return the index in the file of one of its scopes."""
        return scope + self.n_scopes if scope else FILE

    def occurrence(self, index: int) -> Occurrence:
        """Return one of its places in the file."""
        mark, at = self.indexed.marks[index], self.offset
        sets = mark.kind is not None or mark.start in self.indexed.sets
        return Occurrence(mark.start + at, mark.end + at, mark.line + self.line, self.scope(mark.scope),
                          mark.kind is not None, mark.form, sets)  # fmt: skip


def indexed_piece(piece: Piece, data: bytes) -> IndexedPiece:
    """Return a piece of a file ready to be asked; `data` is its source."""
    n_points = len(data) if data.isascii() else len(data.decode("utf-8", "replace"))
    if n_points != len(data):
        piece = _in_code_points(piece, data)
    marks = tuple(sorted(piece.marks, key=_place))
    starts = tuple(each.start for each in marks)
    by_name: dict[str, list[int]] = {}
    for index, mark in enumerate(marks):
        by_name.setdefault(mark.name, []).append(index)
    names: list[set[str]] = [set() for _ in piece.scopes]
    by_global: set[str] = set()
    for mark in marks:
        scope = piece.scopes[mark.scope]
        if mark.kind is None or mark.name in scope.nonlocals:
            continue
        if mark.scope and mark.name in scope.globals:
            by_global.add(mark.name)
        else:
            names[mark.scope].add(mark.name)
    sets = chain.from_iterable(
        starts[bisect_left(starts, start) : bisect_left(starts, end)] for start, end in piece.targets
    )
    return IndexedPiece(
        piece, marks, starts, frozenset(sets), by_name, tuple(map(frozenset, names)), frozenset(by_global), n_points
    )


def put_together(tree: SyntaxTree, pieces: Sequence[tuple[int, int, IndexedPiece]]) -> FileBindings:
    """Return the bindings of a text from its pieces in order, each with the byte and the line that it begins at."""
    placed = _placed(tree.data, pieces)
    n_points = _n_points(tree.data, 0, len(tree.data))
    scopes = _Scopes(placed, n_points)
    return FileBindings(
        tree.language,
        scopes,
        _PlacedBindings(placed, scopes),
        _Later(lambda: tuple(_keywords(placed, scopes))),
        frozenset(each.scope(scope) for each in placed for scope in each.indexed.piece.dynamic),
        frozenset().union(*(each.indexed.piece.exported for each in placed)),
        _Later(lambda: tuple(_taken(placed))),
        _Later(lambda: tuple(_members(placed))),
    )


def _placed(data: bytes, pieces: Sequence[tuple[int, int, IndexedPiece]]) -> list[PlacedPiece]:
    # The walks take the last part of a file first, and so do the numbers of scopes.
    found, n_scopes = [], sum(len(indexed.piece.scopes) - 1 for _, _, indexed in pieces)
    offset, previous = 0, 0
    for byte, line, indexed in pieces:
        offset += _n_points(data, previous, byte)
        n_scopes -= len(indexed.piece.scopes) - 1
        found.append(PlacedPiece(indexed, offset, line, n_scopes))
        previous = byte
    return found


class _PlacedBindings(Bindings):
    def __init__(self, placed: Sequence[PlacedPiece], scopes: Sequence[Scope]) -> None:
        self._placed, self._scopes = placed, scopes
        self._offsets = [each.offset for each in placed]
        self._owners: dict[tuple[str, int], int] = {}
        self._named: dict[str, dict[int, Binding]] = {}

    def __getitem__(self, key: tuple[int, str]) -> Binding:
        return self._of_name(key[1])[key[0]]

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def starting_at(self, offset: int) -> Binding | None:
        return next(self._from(offset, offset + 1), None)

    def touching(self, offset: int) -> Binding | None:
        # Names stand apart, so only the last one that begins before a place can reach it.
        for placed in reversed(self._placed[: bisect_right(self._offsets, offset)]):
            at = offset - placed.offset
            index = bisect_right(placed.indexed.starts, at) - 1
            if index >= 0:
                mark = placed.indexed.marks[index]
                return self._binding_of(placed, mark) if at <= mark.end else None
        return None

    def between(self, start: int, end: int) -> list[Binding]:
        return list({id(each): each for each in self._from(start, end)}.values())

    def named(self, name: str) -> list[Binding]:
        return list(self._of_name(name).values())

    def _from(self, start: int, end: int) -> Iterator[Binding]:
        for index in range(max(0, bisect_right(self._offsets, start) - 1), len(self._placed)):
            placed = self._placed[index]
            if placed.offset >= end:
                return
            starts = placed.indexed.starts
            for at in range(bisect_left(starts, start - placed.offset), bisect_left(starts, end - placed.offset)):
                yield self._binding_of(placed, placed.indexed.marks[at])

    def _binding_of(self, placed: PlacedPiece, mark: Mark) -> Binding:
        return self._of_name(mark.name)[self._owner(mark.name, placed.scope(mark.scope))]

    @cached_property
    def _keys(self) -> Mapping[tuple[int, str], None]:
        marks = ((placed, mark) for placed in self._placed for mark in placed.indexed.marks)
        return {(self._owner(mark.name, placed.scope(mark.scope)), mark.name): None for placed, mark in marks}

    def _of_name(self, name: str) -> Mapping[int, Binding]:
        """Return the bindings of a name by the scopes that it belongs to."""
        found = self._named.get(name)
        if found is None:
            found = self._named[name] = self._read(name)
        return found

    def _read(self, name: str) -> dict[int, Binding]:
        places: dict[int, list[Occurrence]] = {}
        kinds: dict[int, list[Mark]] = {}
        for placed in self._placed:
            for index in placed.indexed.by_name.get(name, ()):
                each, mark = placed.occurrence(index), placed.indexed.marks[index]
                owner = self._owner(name, each.scope)
                places.setdefault(owner, []).append(each)
                if mark.kind is not None:
                    kinds.setdefault(owner, []).append(mark)
        return {
            owner: Binding(name, owner, (owner in kinds and kinds[owner][0].kind) or "variable", tuple(found))
            for owner, found in places.items()
        }

    def _owner(self, name: str, scope: int) -> int:
        key = (name, scope)
        found = self._owners.get(key)
        if found is None:
            found = self._owners[key] = owner_of(self._scopes, name, scope)
        return found


class _Scopes(Sequence[Scope]):
    """The scopes of a file, each made when it is asked for."""

    def __init__(self, placed: Sequence[PlacedPiece], n_points: int) -> None:
        # Numbers of scopes grow towards the beginning of the file.
        self._placed, self._n_points = placed[::-1], n_points
        self._firsts = [each.n_scopes for each in self._placed]
        self._n = 1 + sum(len(each.indexed.piece.scopes) - 1 for each in placed)
        self._made: dict[int, Scope] = {}

    def __len__(self) -> int:
        return self._n

    @overload
    def __getitem__(self, index: int) -> Scope: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Scope]: ...
    def __getitem__(self, index: int | slice) -> Scope | Sequence[Scope]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(self._n))]
        index = index + self._n if index < 0 else index
        if not 0 <= index < self._n:
            raise IndexError(index)
        found = self._made.get(index)
        if found is None:
            found = self._made[index] = self._scope(index) if index else self._file()
        return found

    def _scope(self, index: int) -> Scope:
        placed = self._placed[bisect_left(self._firsts, index) - 1]
        own = index - placed.n_scopes
        each = placed.indexed.piece.scopes[own]
        start, end = each.start + placed.offset, each.end + placed.offset
        return _made(each, start, end, placed.scope(each.parent), placed.indexed.names[own])

    def _file(self) -> Scope:
        kept = [each.indexed for each in self._placed]
        added = [each.piece.scopes[FILE] for each in kept]
        whole = OpenScope("module", "", 0, self._n_points, FREE)
        for each in added:
            whole.globals |= each.globals
            whole.nonlocals |= each.nonlocals
            whole.keyword_names |= each.keyword_names
        names = frozenset().union(*(each.names[FILE] for each in kept)) - whole.nonlocals
        by_global = frozenset().union(*(each.in_file_by_global for each in kept))
        return _made(whole, 0, self._n_points, FREE, names | by_global)


class _Later(Sequence[_T]):
    """Values that are worked out when somebody looks at them."""

    def __init__(self, make: Callable[[], tuple[_T, ...]]) -> None:
        self._make = make

    @cached_property
    def _values(self) -> tuple[_T, ...]:
        return self._make()

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[_T]: ...
    def __getitem__(self, index: int | slice) -> _T | Sequence[_T]:
        return self._values[index]


def _made(scope: OpenScope, start: int, end: int, parent: int, names: frozenset[str]) -> Scope:
    return Scope(
        scope.kind, scope.name, start, end, parent, names, frozenset(scope.globals), frozenset(scope.keyword_names),
        scope.decorators,
    )  # fmt: skip


def _keywords(placed: Sequence[PlacedPiece], scopes: Sequence[Scope]) -> Iterator[Keyword]:
    for each in placed:
        for call in each.indexed.piece.calls:
            owner = owner_of(scopes, call.callee, each.scope(call.scope)) if call.is_plain else None
            start, end = call.start + each.offset, call.end + each.offset
            yield Keyword(call.name, start, end, call.line + each.line, call.callee, owner, call.others)


def _taken(placed: Sequence[PlacedPiece]) -> Iterator[Taken]:
    for each in placed:
        for one in each.indexed.piece.imports:
            yield Taken(one.name, one.start + each.offset, one.end + each.offset, one.line + each.line, one.form)


def _members(placed: Sequence[PlacedPiece]) -> Iterator[Member]:
    for each in placed:
        for path in each.indexed.piece.paths:
            start, end = path.start + each.offset, path.end + each.offset
            yield Member(path.name, start, end, path.owner, each.scope(path.scope))


def _in_code_points(piece: Piece, data: bytes) -> Piece:
    """Return a piece whose places count code points instead of bytes."""
    places = {byte for scope in piece.scopes[piece.n_around :] for byte in (scope.start, scope.end)}
    for named in (piece.marks, piece.calls, piece.paths, piece.imports):
        places |= {byte for each in named for byte in (each.start, each.end)}
    places |= {byte for target in piece.targets for byte in target}
    points, previous, point = {0: 0}, 0, 0
    for byte in sorted(places):
        point += _n_points(data, previous, byte)
        points[byte], previous = point, byte
    return Piece(
        piece.n_around,
        [replace(each, start=points[each.start], end=points[each.end]) for each in piece.scopes],
        [each._replace(start=points[each.start], end=points[each.end]) for each in piece.marks],
        [each._replace(start=points[each.start], end=points[each.end]) for each in piece.calls],
        [each._replace(start=points[each.start], end=points[each.end]) for each in piece.paths],
        [each._replace(start=points[each.start], end=points[each.end]) for each in piece.imports],
        [(points[start], points[end]) for start, end in piece.targets],
        piece.dynamic,
        piece.exported,
    )


def _n_points(data: bytes, start: int, end: int) -> int:
    return len(data[start:end].decode("utf-8", "replace"))


def _place(mark: Mark) -> tuple[int, int]:
    return mark.start, mark.end
