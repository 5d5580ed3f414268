"""Lines of code moved to another indentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pylot.actions.edits import TextEdit, applied
from pylot.actions.layout import line_start, next_line
from pylot.syntax.code_nodes import CodeNode

_STRINGS = frozenset({"string", "template_string", "block_comment", "comment"})


def moved_lines(nodes: Sequence[CodeNode], indent: str, edits: Iterable[TextEdit] = ()) -> str:
    """Return the lines of statements, with edits made in them and the first one's indentation exchanged for another.

    The inside of strings stays as it is, and so does what is indented less.
    """
    text = nodes[0].code.text
    start, end = line_start(text, nodes[0].start), nodes[-1].end
    old = text[start : nodes[0].start]
    fixed = [span for node in nodes for span in _string_spans(node)]
    changes = [
        TextEdit(at, at + len(old), indent)
        for at, line in _lines(text, start, end)
        if line.startswith(old) and line.strip() and not any(first < at <= last for first, last in fixed)
    ]
    own = [TextEdit(each.start - start, each.end - start, each.text) for each in (*changes, *edits)]
    return applied(text[start:end], own)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    while start < end:
        after = min(next_line(text, start), end)
        yield start, text[start:after]
        start = after


def _string_spans(node: CodeNode) -> list[tuple[int, int]]:
    """Return where strings that go over several lines begin and end."""
    found, pending = [], [node]
    while pending:
        each = pending.pop()
        if each.type not in _STRINGS:
            pending += each.children
        elif "\n" in each.text:
            found.append((each.start, each.end))
    return found
