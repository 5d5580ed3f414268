"""Source of a node with edits in it, and definitions taken away with their lines."""

from __future__ import annotations

from collections.abc import Iterable

from pylot.actions.edits import TextEdit
from pylot.actions.layout import begins_line, line_end, line_start, next_line
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode


def edited(node: CodeNode, edits: Iterable[TextEdit]) -> str:
    """Return the source of a node with edits made in it."""
    pieces, position = [], node.start
    for each in sorted(edits):
        pieces += [node.code.text[position : each.start], each.text]
        position = each.end
    return "".join([*pieces, node.code.text[position : node.end]])


def without_lines(definition: CodeNode) -> TextEdit:
    """Return the edit that takes a definition away with the empty lines behind it.

    Raises:
        ActionRefusedError: something else stands on its lines.
    """
    text = definition.code.text
    if not begins_line(text, definition.start) or text[definition.end : line_end(text, definition.end)].strip():
        raise ActionRefusedError("The function is not on lines of its own.")
    start, end = line_start(text, definition.start), next_line(text, definition.end)
    while end < len(text) and not text[end : line_end(text, end)].strip():
        end = next_line(text, end)
    while start and end == len(text) and not text[line_start(text, start - 1) : start].strip():
        start = line_start(text, start - 1)
    return TextEdit(start, end, "")
