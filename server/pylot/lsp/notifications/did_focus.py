"""A document came to the front (in the shape that editors speak to Copilot's server)."""

from __future__ import annotations

from pylot.lsp.context import Context


def did_focus(context: Context, uri: str) -> None:
    """Warm up for the document that the user looks at."""
    if context.session.documents.get(uri) is not None:
        context.session.document_opened(uri)
