from __future__ import annotations

from pylot.lsp.context import Context


def did_close(context: Context, uri: str) -> None:
    """Let go of a document, and of what was found in it."""
    context.port.forget_found(uri)
    if context.session.documents.close(uri) is not None:
        context.session.document_closed(uri)
