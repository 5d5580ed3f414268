"""Uses of names from the captures of a query: as its patterns say, or by the characters around each word."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from keyword import iskeyword

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
_WORDS = re.compile(rb"[0-9A-Za-z_.\x80-\xff]+(?:\(\)\.[0-9A-Za-z_.\x80-\xff]+)*\(?")
# One use in such words: where in them it starts, its name, its receiver and whether it is a call.
_Word = tuple[int, str, str, bool]


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
    data: bytes, lines: ByteLines, asides: Iterable[Node], wanted: set[bytes], skipped: set[int]
) -> list[Reference]:
    """Return the words that are called, stand behind a dot or are one of `wanted`.

    For a language whose words tell that by their neighbours this costs a third of capturing each of them.
    `asides` are the texts in code, the code in texts, and so on, each of which lies in one of the other sort.
    """
    places = [0, *sorted(chain.from_iterable(node.byte_range for node in asides)), len(data)]
    starts, is_ascii = lines.starts, lines.is_ascii
    # Most words come again, and what they say is always the same.
    known: dict[bytes, list[_Word]] = {}
    found: list[Reference] = []
    for begin, end in zip(places[::2], places[1::2], strict=True):
        for match in _WORDS.finditer(data, begin, end):
            words = known.get(text := match[0])
            if words is None:
                words = known[text] = _said_by(text, wanted)
            for offset, name, receiver, is_call in words:
                place = match.start() + offset
                if place not in skipped:
                    line = bisect_right(starts, place) - 1
                    column = place - starts[line] if is_ascii else lines.column(place, line)
                    found.append(_new(Reference, (name, line, column, receiver, is_call)))
    return found


def _said_by(text: bytes, wanted: set[bytes]) -> list[_Word]:
    """Return the uses in words with dots between them: `np.sum(` calls `sum`, and uses `np` if that is wanted."""
    if b"." not in text and not text.endswith(b"("):
        return [(0, text.decode("utf-8", "replace"), "", False)] if text in wanted else []
    found: list[_Word] = []
    # What the next word belongs to: the word before it, with the words that this one belongs to itself.
    receiver, place, is_number = "", 0, False
    for part in text.split(b"."):
        word = part.rstrip(b"()")
        name = word.decode("utf-8", "replace")
        is_call, is_member = len(word) < len(part), place > 0
        # Behind a number's dot stands the rest of the number.
        if is_number or not name.isidentifier() or (not is_member and iskeyword(name)):
            receiver = ""
        else:
            receiver = receiver if len(receiver) <= _LONGEST_RECEIVER else ""
            if is_member or is_call or word in wanted:
                found.append((place, name, receiver, is_call))
            receiver = f"{receiver}.{name}" if receiver else name
        is_number = word[:1].isdigit()
        place += len(part) + 1
    return found
