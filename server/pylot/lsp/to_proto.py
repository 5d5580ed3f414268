"""From plain values to lsprotocol's types."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from pylot.app.client import FileProblem, Level
from pylot.app.file_edits import FileEdits
from pylot.completion.values import CompletionAnswer, Suggestion
from pylot.text.document_text import DocumentText
from pylot.text.positions import PositionEncoding
from pylot.text.store import Snapshot

ACCEPT_COMMAND = "pylot.acceptSuggestion"

_MESSAGE_TYPES = {
    Level.ERROR: types.MessageType.Error,
    Level.WARNING: types.MessageType.Warning,
    Level.INFO: types.MessageType.Info,
}
_SEVERITIES = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.INFO: types.DiagnosticSeverity.Information,
}


def inline_list(answer: CompletionAnswer, snapshot: Snapshot, encoding: PositionEncoding) -> types.InlineCompletionList:
    """Return the answer to `textDocument/inlineCompletion`; without items it takes shown ghost text away."""
    items = [_inline_item(it, snapshot.content, encoding) for it in answer.suggestions]
    return types.InlineCompletionList(items=[it for it in items if it is not None])


def _inline_item(
    suggestion: Suggestion, content: DocumentText, encoding: PositionEncoding
) -> types.InlineCompletionItem | None:
    span = range_of(suggestion.start, suggestion.end, content, encoding)
    if span.start.line != span.end.line:
        # LSP allows a single line only, and editors show nonsense for anything else.
        return None
    return types.InlineCompletionItem(insert_text=suggestion.text, range=span, command=accept_command(suggestion))


def accept_command(suggestion: Suggestion) -> types.Command:
    """Return the command that an editor runs after it has inserted a suggestion."""
    return types.Command(title="Accept suggestion", command=ACCEPT_COMMAND, arguments=[suggestion.id])


def range_of(start: int, end: int, content: DocumentText, encoding: PositionEncoding) -> types.Range:
    """Return a range of offsets in the client's encoding."""
    first, last = content.position_at(start, encoding), content.position_at(end, encoding)
    return types.Range(types.Position(first.line, first.character), types.Position(last.line, last.character))


def workspace_edit(changed: Sequence[FileEdits], encoding: PositionEncoding, *, versioned: bool) -> types.WorkspaceEdit:
    """Return edits of files; versioned ones are refused by the client when a document has changed meanwhile."""
    edits = {each.uri: text_edits(each, encoding) for each in changed}
    if not versioned:
        return types.WorkspaceEdit(changes=edits)
    documents = [
        types.OptionalVersionedTextDocumentIdentifier(each.uri, each.snapshot.version if each.snapshot else None)
        for each in changed
    ]
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(each, edits[each.uri]) for each in documents])


def text_edits(changed: FileEdits, encoding: PositionEncoding) -> list[types.TextEdit]:
    """Return the edits of one file in the client's encoding."""
    return [
        types.TextEdit(range_of(each.start, each.end, changed.content, encoding), each.text) for each in changed.edits
    ]


def message_type(level: Level) -> types.MessageType:
    """Return a level in the words of `window/showMessage`."""
    return _MESSAGE_TYPES[level]


def diagnostic(problem: FileProblem) -> types.Diagnostic:
    """Return a problem that covers its line."""
    start, end = types.Position(problem.line, 0), types.Position(problem.line + 1, 0)
    return types.Diagnostic(
        range=types.Range(start, end), message=problem.message, severity=_SEVERITIES[problem.severity], source="pylot"
    )
