"""Uses of names from the captures of a query: as its patterns say, or by the characters around each word."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from tree_sitter import Node

from pylot.syntax.byte_lines import ByteLines
from pylot.syntax.symbol_values import Reference
from pylot.syntax.tree import SyntaxTree

_LONGEST_RECEIVER = 60
# What stands before a member, read from the dot backwards, which costs one match instead of a search.
_RECEIVER_BACKWARDS = re.compile(rb"(?:\.[?!]?|::|>-)(?:\)\()?([\w.\x80-\xff]*[A-Za-z_$@\x80-\xff])(?![\w.])")
_BEFORE_MEMBER = frozenset({b".", b":", b">"})
# What a named tuple's own constructor calls, for half the time: there is one for every word that is kept.
_new = tuple.__new__
_DOT, _PARENTHESIS = ord("."), ord("(")
_BEHIND_RECEIVER = frozenset({_DOT, _PARENTHESIS})


def captured_references(
    tree: SyntaxTree, captures: Mapping[str, Sequence[Node]], wanted: set[bytes], skipped: set[int]
) -> list[Reference]:
    """Return what is captured as `@call`, `@member` or `@type_use`, and every `@any` that is one of `wanted`.

    `skipped` are the bytes at which names of definitions start.
    """
    data = tree.data
    used = {
        node.start_byte: node for node in captures.get("any", ()) if data[node.start_byte : node.end_byte] in wanted
    }
    for capture in ("type_use", "member"):
        used.update({node.start_byte: node for node in captures.get(capture, ())})
    calls = {node.start_byte: node for node in captures.get("call", ())}
    used.update(calls)
    backwards, length, is_ascii = data[::-1], len(data), len(data) == len(tree.text)
    found = []
    for start in sorted(used.keys() - skipped):
        node, receiver = used[start], ""
        name = data[start : node.end_byte].decode("utf-8", "replace")
        if not _is_name(name):
            continue
        if data[start - 1 : start] in _BEFORE_MEMBER:
            end = length - start
            before = _RECEIVER_BACKWARDS.match(backwards, end, end + _LONGEST_RECEIVER)
            receiver = before[1][::-1].decode("utf-8", "replace") if before else ""
        row, column = node.start_point
        if not is_ascii:
            column = len(data[start - column : start].decode("utf-8", "ignore"))
        found.append(Reference(name, row, column, receiver, start in calls))
    return found


def _is_name(name: str) -> bool:
    """Tell whether others could look for a name: a shell's commands may be a dot, or hold an escaped space."""
    return (name[:1].isalnum() or name[:1] in ("_", "$", "@")) and " " not in name and name.isprintable()


def word_references(
    data: bytes, lines: ByteLines, words: Iterable[Node], wanted: set[bytes], skipped: set[int]
) -> list[Reference]:
    """Return the words that are called, stand behind a dot or are one of `wanted`.

    For a language whose identifiers tell that by their neighbours this is twice as fast as patterns for each case.
    """
    data += b"\0"
    starts, is_ascii = lines.starts, lines.is_ascii
    # Numbers are put in order faster than nodes by a number of theirs.
    ends = {node.start_byte: node.end_byte for node in words}
    found: list[Reference] = []
    # What a member that follows belongs to: the word before it, with the words that this one belongs to itself.
    chain, chain_end = "", -1
    for start in sorted(ends):
        end = ends[start]
        word = data[start:end]
        after, is_member = data[end], data[start - 1] == _DOT
        if not (is_member or after == _PARENTHESIS or word in wanted) or start in skipped:
            if after == _DOT:
                chain, chain_end = word.decode("utf-8", "replace"), end
            continue
        receiver = ""
        if is_member and (chain_end == start - 1 or (chain_end == start - 3 and data[chain_end : start - 1] == b"()")):
            receiver = chain if len(chain) <= _LONGEST_RECEIVER else ""
        line = bisect_right(starts, start) - 1
        column = start - starts[line] if is_ascii else lines.column(start, line)
        name = word.decode("utf-8", "replace")
        found.append(_new(Reference, (name, line, column, receiver, after == _PARENTHESIS)))
        if after in _BEHIND_RECEIVER:
            chain, chain_end = f"{receiver}.{name}" if receiver else name, end
    return found
