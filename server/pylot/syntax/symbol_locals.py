"""Assignments that bind a function's own names, left out before anything else is asked of them.

A language without declarations captures every assignment, and most of them are such.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from tree_sitter import Node

from pylot.syntax.symbol_values import CALLABLES, CLASSES


def without_locals(captures: Mapping[str, Sequence[Node]], data: bytes, receiver: bytes) -> dict[str, Sequence[Node]]:
    """Return the captures with those `@variable`s and their `@target`s, now `@name`s, that are no locals.

    In a function these are the assignments that begin with the receiver, `self.` in Python.
    """
    targets = captures.get("target", ())
    edges, in_callable = _scopes(captures)
    variables: list[Node] = []
    members: set[int] = set()
    for node in captures.get("variable", ()):
        start = node.start_byte
        if in_callable[bisect_right(edges, start)]:
            if not data.startswith(receiver, start):
                continue
            members.add(start + len(receiver))
        variables.append(node)
    names = [
        node for node in targets if (start := node.start_byte) in members or not in_callable[bisect_right(edges, start)]
    ]
    return {**captures, "variable": variables, "name": [*captures.get("name", ()), *names]}


def _scopes(captures: Mapping[str, Sequence[Node]]) -> tuple[list[int], list[bool]]:
    """Return the bytes at which definitions start and end, and whether a callable is the innermost one around.

    There is one answer more than there are bytes: the first is for what stands before all of them.
    """
    spans = sorted(
        (node.start_byte, -node.end_byte, kind in CALLABLES)
        for kind in CLASSES | CALLABLES
        for node in captures.get(kind, ())
    )
    edges: list[int] = []
    in_callable = [False]
    around: list[tuple[int, bool]] = []

    def leave(place: int) -> None:
        while around and around[-1][0] <= place:
            edges.append(around.pop()[0])
            in_callable.append(bool(around) and around[-1][1])

    for start, negative_end, is_callable in spans:
        leave(start)
        around.append((-negative_end, is_callable))
        edges.append(start)
        in_callable.append(is_callable)
    if around:
        leave(around[0][0])
    return edges, in_callable
