from __future__ import annotations

from pylot.completion.values import CompletionAnswer, Suggestion
from pylot.kernel.clock import ManualClock
from pylot.lsp import to_proto
from pylot.text.positions import PositionEncoding
from pylot.text.store import DocumentStore


def test_ghost_text_stays_on_one_line() -> None:
    """LSP 3.18: the range of an inline completion must begin and end on the same line."""
    snapshot = DocumentStore(ManualClock()).open("file:///a", "", 1, "a\n😀b")
    suggestions = tuple(Suggestion(f"s-{start}", "x", start, 4, "model", 1.0) for start in (0, 3))

    answer = to_proto.inline_list(CompletionAnswer("t", suggestions), snapshot, PositionEncoding.UTF16)

    [item] = answer.items
    assert item.range is not None
    assert (item.range.start.line, item.range.start.character, item.range.end.character) == (1, 2, 3)
