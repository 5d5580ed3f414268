from __future__ import annotations

from pylot.lsp.context import Context
from pylot.lsp.from_proto import OpenedDocument


def did_open(context: Context, document: OpenedDocument) -> None:
    """Take a document's text."""
    context.session.documents.open(document.uri, document.language, document.version, document.text)
    context.session.document_opened(document.uri)
