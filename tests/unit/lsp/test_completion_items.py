"""Completion lists for clients without ghost text, Helix first among them."""

from __future__ import annotations

import pytest
from lsprotocol import types

from pylot.completion.values import CompletionRequest, Suggestion
from pylot.kernel.clock import ManualClock
from pylot.lsp.client_facts import ClientFacts
from pylot.lsp.completion_items import completion_list
from pylot.text.store import DocumentStore

NO_BREAK = "\u00a0"
HELIX = ClientFacts(markdown=True)
VIM = ClientFacts(keeps_indentation=True, label_details=True)


def item(before: str, suggested: str, facts: ClientFacts, *, start: int | None = None) -> types.CompletionItem | None:
    """Return the entry for a suggestion at the end of `before`."""
    snapshot = DocumentStore(ManualClock()).open("file:///a.py", "python", 1, before + "\nlast")
    offset = len(before)
    request = CompletionRequest("file:///a.py", "/a.py", "python", 1, snapshot.content.text, offset)
    suggestion = Suggestion("s-1", suggested, offset if start is None else start, offset, "model", 0.9)
    items = completion_list((suggestion,), request, snapshot, facts).items
    return items[0] if items else None


@pytest.mark.parametrize(
    ("before", "suggested", "facts", "label", "inserted"),
    [
        ("x\nval", "ue = 1", HELIX, "value = 1", "value = 1"),
        ("x\n  val", "ue:\n    a\n  b\nc", HELIX, "value:", "value:\n  a\nb\nc"),
        ("x\n  val", "ue:\n    a\n  b", VIM, "value:", "value:\n    a\n  b"),
        ("x\n\tif a:", "\n\t\tb()\n\t", HELIX, "b()", "\n\tb()\n"),
        ("x\r\ty", "\r\t\tz", HELIX, "y", "y\r\tz"),
        ("a.", "b()", HELIX, "b()", "b()"),
        ("a", "b" * 200, HELIX, "a" + "b" * 118 + "…", "a" + "b" * 200),
    ],
)
def test_an_entry_replaces_the_current_word(
    before: str, suggested: str, facts: ClientFacts, label: str, inserted: str
) -> None:
    """Helix adds the current line's indentation to every later line, so it gets them without."""
    entry = item(before, suggested, facts)

    assert entry is not None
    assert isinstance(entry.text_edit, types.TextEdit)
    assert (entry.label, entry.text_edit.new_text) == (label, inserted)
    mode = types.InsertTextMode.AsIs if facts.keeps_indentation else None
    assert entry.insert_text_mode == mode


@pytest.mark.parametrize(
    ("before", "suggested", "start", "filter_text", "column"),
    [
        ("  val", "ue", 5, "value", 2),
        ("  val", "value", 2, "value", 2),
        ("a val", "a value", 0, "a value", 0),
        ("teh", "the", 0, "tehthe", 0),
    ],
)
def test_the_filter_text_starts_with_what_was_typed(
    before: str, suggested: str, start: int, filter_text: str, column: int
) -> None:
    entry = item(before, suggested, HELIX, start=start)

    assert entry is not None
    assert isinstance(entry.text_edit, types.TextEdit)
    assert (entry.filter_text, entry.text_edit.range.start.character) == (filter_text, column)


def test_a_range_over_two_lines_is_not_sent() -> None:
    assert item("a\nb", "c", HELIX, start=0) is None


def test_the_source_and_the_whole_text_are_shown_as_the_client_can() -> None:
    helix, vim = item("a", "```b", HELIX), item("a", "b\n    c", VIM)

    assert helix is not None
    assert vim is not None
    assert helix.documentation == types.MarkupContent(types.MarkupKind.Markdown, "````python\na```b\n````")
    assert vim.documentation == types.MarkupContent(types.MarkupKind.PlainText, f"ab\n{4 * NO_BREAK}c")
    assert (helix.detail, helix.label_details) == ("Pylot (model)", None)
    assert (vim.detail, vim.label_details) == (None, types.CompletionItemLabelDetails(description="Pylot (model)"))
    assert helix.command is not None
    assert helix.command.arguments == ["s-1"]
