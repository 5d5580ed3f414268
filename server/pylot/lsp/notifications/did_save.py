from __future__ import annotations

from pylot.lsp.context import Context
from pylot.text.uris import path_of


def did_save(context: Context, uri: str) -> None:
    """Take in that a document was written to disk."""
    context.session.file_changed(path_of(uri) or "")
