"""Suggestions as entries of a completion list, for clients without ghost text."""

from __future__ import annotations

import re

from lsprotocol import types

from pylot.completion.values import CompletionRequest, Suggestion
from pylot.lsp import to_proto
from pylot.lsp.client_facts import ClientFacts
from pylot.text.lines import split_lines
from pylot.text.positions import PositionEncoding
from pylot.text.store import Snapshot

_WORD_BEFORE = re.compile(r"[\w$]*\Z")
_BACKTICKS = re.compile(r"`+")
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
_MAX_LABEL = 120


def completion_list(
    suggestions: tuple[Suggestion, ...], request: CompletionRequest, snapshot: Snapshot, facts: ClientFacts
) -> types.CompletionList:
    """Return the suggestions as a list that the client asks for again with the next key."""
    items = [_item(idx, it, request, snapshot, facts) for idx, it in enumerate(suggestions)]
    return types.CompletionList(is_incomplete=True, items=[it for it in items if it is not None])


def _item(
    item_idx: int, suggestion: Suggestion, request: CompletionRequest, snapshot: Snapshot, facts: ClientFacts
) -> types.CompletionItem | None:
    cursor = snapshot.content.position_at(request.offset, PositionEncoding.UTF32)
    before = snapshot.content.line(cursor.line)[: cursor.character]
    word_start = request.offset - len(_word_before(before))
    start = min(word_start, suggestion.start)
    typed = request.text[start : request.offset]
    text = request.text[start : suggestion.start] + suggestion.text
    span = to_proto.range_of(start, suggestion.end, snapshot.content, facts.encoding)
    if span.start.line != span.end.line:
        return None
    inserted = text if facts.keeps_indentation else _relative(text, before)
    detail = f"Pylot ({suggestion.source})"
    return types.CompletionItem(
        label=_label(text),
        label_details=types.CompletionItemLabelDetails(description=detail) if facts.label_details else None,
        kind=types.CompletionItemKind.Snippet,
        detail=None if facts.label_details else detail,
        documentation=_documentation(text, snapshot.language, facts),
        sort_text=f"{item_idx:04}",
        # A client drops an entry whose filter text does not start with what was typed.
        filter_text=text if text.startswith(typed) else typed + text,
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs if facts.keeps_indentation else None,
        text_edit=types.TextEdit(range=span, new_text=inserted),
        command=to_proto.accept_command(suggestion),
    )


def _word_before(text: str) -> str:
    match = _WORD_BEFORE.search(text)
    return match.group() if match else ""


def _label(text: str) -> str:
    lines = [line.strip() for line in split_lines(text)]
    label = next((line for line in lines if line), "")
    return label if len(label) <= _MAX_LABEL else label[: _MAX_LABEL - 1] + "…"


def _relative(text: str, before: str) -> str:
    """Return the text with later lines relative to the current line's indentation, which the client adds to them."""
    indent = before[: len(before) - len(before.lstrip(" \t"))]
    first, *later = split_lines(text)
    return first + "".join(_without_prefix(line, indent) for line in later)


def _without_prefix(line: str, indent: str) -> str:
    n_common = 0
    while n_common < min(len(line), len(indent)) and line[n_common] == indent[n_common]:
        n_common += 1
    return line[n_common:]


def _documentation(text: str, language: str, facts: ClientFacts) -> types.MarkupContent:
    if not facts.markdown:
        # Helix reads plain text as Markdown, which swallows indentation; no-break spaces look the same in both.
        shown = _INDENTATION.sub(lambda found: found.group().expandtabs(4).replace(" ", "\u00a0"), text)
        return types.MarkupContent(kind=types.MarkupKind.PlainText, value=shown)
    longest = max((len(it) for it in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return types.MarkupContent(kind=types.MarkupKind.Markdown, value=f"{fence}{language}\n{text}\n{fence}")
