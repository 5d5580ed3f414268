from __future__ import annotations

from pylot.lsp.context import Context
from pylot.lsp.from_proto import ChangedDocument


def did_change(context: Context, change: ChangedDocument) -> None:
    """Bring a document up to date; a change that cannot be read puts its text in doubt (test T2)."""
    documents = context.session.documents
    if change.edits is None:
        documents.distrust(change.uri)
    else:
        documents.change(change.uri, change.version, change.edits, context.facts.encoding)
    if documents.get(change.uri) is not None:
        context.session.document_changed(change.uri)
