"""Tables for people at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pylot.cli.terminal import paint, print_lines

Column = TypeVar("Column")


def columns(
    names: Sequence[str], labelled: Sequence[tuple[str, Callable[[Column], str]]], each: Sequence[Column]
) -> list[list[str]]:
    """Return a table's rows: the names above, and for every label what its function makes of each column."""
    return [["", *names], *([label, *map(cell, each)] for label, cell in labelled)]


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows, the first of them as a head; the first column stands left and the others right aligned."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head, *body = ("  ".join(_padded(row, widths)).rstrip() for row in rows)
    print_lines(paint(head, "bold"), *body)


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = widths
    return [row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))]
