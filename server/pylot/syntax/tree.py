"""A parsed text, measured in code points."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Language, Node, Parser, Point, Tree

from pylot.kernel.overlap import common_prefix_length, common_suffix_length
from pylot.syntax.excerpt import WHOLE, Excerpt
from pylot.syntax.grammars import grammar

LARGEST_TEXT = 1 << 20
BUDGET_SECONDS = 0.2

_CHUNK = 1 << 16
# Tree-sitter asks every hundred steps whether to go on, and reading the clock of a thread is a call of the system.
_ASKED_PER_LOOK = 16
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """A place that does not parse: what is there is wrong, or (`missing`) something is not there."""

    start: int
    end: int
    missing: bool


class SyntaxTree:
    """Hold the tree of one text, or of an excerpt of it.

    Offsets count code points of the text; bytes, those of the excerpt, only concern tree-sitter.
    """

    def __init__(self, language: str, text: str, data: bytes, tree: Tree, excerpt: Excerpt = WHOLE) -> None:
        self.language = language
        self.text = text
        self.data = data
        self.tree = tree
        self.excerpt = excerpt
        self._is_ascii = len(data) == len(text) - excerpt.n_before - excerpt.n_after

    @property
    def root(self) -> Node:
        """The root node, whose places count bytes."""
        return self.tree.root_node

    def to_byte(self, offset: int) -> int:
        """Return the byte at which a code point starts; one outside the excerpt gives the nearest of its ends."""
        start = self.excerpt.n_before
        if self._is_ascii:
            return min(max(0, offset - start), len(self.data))
        end = min(max(start, offset), len(self.text) - self.excerpt.n_after)
        return len(self.text[start:end].encode("utf-8", "surrogatepass"))

    def to_offset(self, byte: int) -> int:
        """Return the code point that starts at, or holds, a byte."""
        if self._is_ascii:
            return self.excerpt.n_before + byte
        return self.excerpt.n_before + len(self.data[:byte].decode("utf-8", "ignore"))

    @cached_property
    def error_count(self) -> int:
        """How many places do not parse; costs nothing for a text without any."""
        return sum(1 for _ in self._broken_nodes())

    @cached_property
    def problems(self) -> tuple[SyntaxProblem, ...]:
        """The places that do not parse, in order."""
        return tuple(
            SyntaxProblem(self.to_offset(node.start_byte), self.to_offset(node.end_byte), node.is_missing)
            for node in self._broken_nodes()
        )

    def _broken_nodes(self) -> Iterator[Node]:
        pending = [self.root] if self.root.has_error else []
        while pending:
            node = pending.pop()
            if node.is_error or node.is_missing:
                yield node
            pending.extend(child for child in reversed(node.children) if child.has_error)


def parse(
    language: str, text: str, previous: SyntaxTree | None = None, excerpt: Excerpt | None = None
) -> SyntaxTree | None:
    """Return the tree of a text or an excerpt of it, reusing what `previous` has in common with it.

    Without an `excerpt` it is that of `previous`, as long as the texts are the same around it.
    None where the language has no grammar, what is to be parsed is larger than 1 MiB, or parsing takes longer than
    200 ms of processor time (T12).
    """
    known = grammar(language)
    return parse_by(known, language, text, previous, BUDGET_SECONDS, excerpt) if known else None


def parse_replaced(before: SyntaxTree, start: int, end: int, insertion: str) -> SyntaxTree | None:
    """Return the tree of a text in which code points `start` to `end` have given way to an insertion.

    It costs what tree-sitter takes, however long the text is: of its `text` only what the tree shows is kept.
    None where that is larger than 1 MiB or takes too long, as in `parse`.
    """
    known = grammar(before.language)
    first, last = before.to_byte(start), before.to_byte(end)
    new = _encode(insertion)
    data = b"".join((before.data[:first], new, before.data[last:]))
    if known is None or len(data) > LARGEST_TEXT:
        return None
    old_tree = before.tree.copy()
    old_tree.edit(
        first, last, first + len(new),
        _point(before.data, first), _point(before.data, last), _point(data, first + len(new)),
    )  # fmt: skip
    tree = _parse_in_time(Parser(known), data, old_tree, BUDGET_SECONDS)
    return SyntaxTree(before.language, data.decode("utf-8", "replace"), data, tree) if tree else None


def parse_by(
    known: Language,
    language: str,
    text: str,
    previous: SyntaxTree | None,
    budget_seconds: float,
    excerpt: Excerpt | None = None,
) -> SyntaxTree | None:
    """Return the tree of a text by a certain grammar, or None as `parse` does."""
    if previous is not None and (previous.language != language or not previous.excerpt.is_shared(previous.text, text)):
        previous = None
    excerpt = excerpt or (previous.excerpt if previous else WHOLE)
    data = _encode(excerpt.of(text))
    if len(data) > LARGEST_TEXT:
        return None
    old_tree = None
    if previous is not None and previous.excerpt == excerpt:
        if previous.text == text:
            return previous
        old_tree = _edited(previous, data)
    tree = _parse_in_time(Parser(known), data, old_tree, budget_seconds)
    return SyntaxTree(language, text, data, tree, excerpt) if tree else None


def _parse_in_time(parser: Parser, data: bytes, old_tree: Tree | None, budget_seconds: float) -> Tree | None:
    """Parse with a parser of its own: the callbacks let other threads run in the middle of a parse."""
    # A busy machine makes nothing harder to parse.
    deadline = time.thread_time() + budget_seconds
    n_asked = 0

    def read(byte: int, _: Point) -> bytes:
        return data[byte : byte + _CHUNK]

    def is_late(_: int, __: bool) -> bool:
        nonlocal n_asked
        n_asked += 1
        return n_asked % _ASKED_PER_LOOK == 0 and time.thread_time() > deadline

    try:
        if old_tree is None:
            return parser.parse(read, progress_callback=is_late)
        return parser.parse(read, old_tree, progress_callback=is_late)
    except ValueError:
        return None


def _encode(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # The replacement takes three bytes, as the surrogate would, so that places stay where they are.
        return _LONE_SURROGATE.sub("\ufffd", text).encode("utf-8")


def _edited(previous: SyntaxTree, data: bytes) -> Tree:
    """Return a copy of the previous tree that knows which bytes have been replaced."""
    old = previous.data
    start = common_prefix_length(old, data)
    shared = common_suffix_length(old, data, min(len(old), len(data)) - start)
    old_end, new_end = len(old) - shared, len(data) - shared
    tree = previous.tree.copy()
    tree.edit(start, old_end, new_end, _point(old, start), _point(old, old_end), _point(data, new_end))
    return tree


def _point(data: bytes, byte: int) -> Point:
    return Point(data.count(b"\n", 0, byte), byte - (data.rfind(b"\n", 0, byte) + 1))
