"""A file cut into pieces that are worth finding: one function, one class without its methods, what lies between them.

The cut follows the definitions, as in cAST (https://arxiv.org/abs/2506.15655): what is too large is split where
it is nested least, so that a piece is whole code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

LARGEST_CHUNK = 1500
CHUNKS_VERSION = 1
"""Goes up with every change of the cut, so that an index knows what is out of date."""

_WHOLE = frozenset({"function", "method", "macro", "section"})
_OPENED = frozenset({"class", "interface", "enum", "type", "namespace", "module"})


class Defined(Protocol):
    """What a chunk needs to know of a definition; `syntax.symbols.Definition` is one."""

    @property
    def kind(self) -> str:
        """What it is: function, method, class, section and so on."""
        ...

    @property
    def qualified(self) -> str:
        """The dotted path from the file's top."""
        ...

    @property
    def start_line(self) -> int:
        """The first line, counted from 0."""
        ...

    @property
    def end_line(self) -> int:
        """The last line."""
        ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file.

    Lines count from 0, and `end_line` is the last one. `symbol` is the dotted path of what the piece belongs to, and
    `kind` that definition's kind; `text` with an empty symbol lies outside of all definitions.
    """

    start_line: int
    end_line: int
    symbol: str
    kind: str
    text: str


@dataclass(slots=True)
class _Span:
    start: int
    end: int
    symbol: str
    kind: str
    inner: list[_Span]


def chunks_of(text: str, definitions: Iterable[Defined] = ()) -> list[Chunk]:
    """Return the chunks of a text in order; without definitions it is cut by lines.

    Every line with a letter or digit is in a chunk, and none is longer than 1,500 characters.
    """
    lines = text.split("\n")
    return list(_cut(lines, _Span(0, len(lines) - 1, "", "text", _nested(lines, definitions))))


def _nested(lines: Sequence[str], definitions: Iterable[Defined]) -> list[_Span]:
    """Return the outermost definitions, each with those inside it; one that crosses another's end is left out."""
    top = _Span(0, len(lines) - 1, "", "", [])
    open_spans = [top]
    wanted = (found for found in definitions if found.kind in _WHOLE or found.kind in _OPENED)
    for found in sorted(wanted, key=lambda one: (one.start_line, -one.end_line)):
        while found.start_line > open_spans[-1].end:
            open_spans.pop()
        around = open_spans[-1]
        taken = around.inner[-1].end + 1 if around.inner else around.start
        if found.end_line > around.end or found.start_line < taken:
            continue
        span = _Span(found.start_line, found.end_line, found.qualified, found.kind, [])
        around.inner.append(span)
        open_spans.append(span)
    return top.inner


def _cut(lines: Sequence[str], span: _Span) -> Iterator[Chunk]:
    is_whole = span.kind in _WHOLE and _size(lines, span.start, span.end) <= LARGEST_CHUNK
    if is_whole or not span.inner:
        yield from _pieces(lines, span.start, span.end, span)
        return
    at = span.start
    for inner in span.inner:
        # Comments directly above a definition are read with it.
        start = _with_comments(lines, at, inner.start)
        yield from _pieces(lines, at, start - 1, span)
        yield from _cut(lines, replace(inner, start=start))
        at = inner.end + 1
    yield from _pieces(lines, at, span.end, span)


def _with_comments(lines: Sequence[str], lowest: int, start: int) -> int:
    while start > lowest and lines[start - 1].lstrip().startswith(("#", "//", "/*", "*", "--", "///", '"""')):
        start -= 1
    return start


def _pieces(lines: Sequence[str], start: int, end: int, span: _Span) -> Iterator[Chunk]:
    """Yield the lines from `start` to `end` in pieces that are small enough."""
    while start <= end and not _has_words(lines[start]):
        start += 1
    while end > start and not lines[end].strip():
        end -= 1
    while start <= end:
        last = _last_that_fits(lines, start, end)
        piece = "\n".join(lines[start : last + 1])
        if _has_words(piece):
            # A line that is too long by itself is cut wherever it has to be.
            for at in range(0, len(piece), LARGEST_CHUNK):
                yield Chunk(start, last, span.symbol, span.kind, piece[at : at + LARGEST_CHUNK])
        start = last + 1


def _last_that_fits(lines: Sequence[str], start: int, end: int) -> int:
    """Return the last line of the piece that starts here: before the least nested line of its second half."""
    size, last = len(lines[start]), start
    while last < end and size + len(lines[last + 1]) + 1 <= LARGEST_CHUNK:
        last += 1
        size += len(lines[last]) + 1
    if last == end:
        return end
    places = range(start + 1 + (last - start) // 2, last + 2)
    return min(places, key=lambda line: (_indentation(lines, line), -line), default=last + 1) - 1


def _indentation(lines: Sequence[str], line: int) -> int:
    """Return how deep a line is; one after an empty line is a better beginning than others as deep."""
    text = lines[line]
    depth = 2 * (len(text) - len(text.lstrip()))
    return depth - (not lines[line - 1].strip()) if text.strip() else LARGEST_CHUNK


def _size(lines: Sequence[str], start: int, end: int) -> int:
    return sum(len(line) + 1 for line in lines[start : end + 1])


def _has_words(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
